"""Families in every form that leaves the house: filters, ways, tables, credits, linked data, ZIPs, the strip on a work."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways.storage import get_storage
from classprojects.media.models import MediaKind
from classprojects.web.works import bundle, lineage_files
from classprojects.web.works.crediting import PENS
from classprojects.works import actions, queries
from classprojects.works.actions import ExternalDraft, SourceDraft
from classprojects.works.lineage import FAN, MOST_DRAWN
from classprojects.works.models import EdgeKind, Medium, RemixEdge
from tests.client import PageClient
from tests.factories.families import SHAPES, plant
from tests.factories.people import Cast
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[[Any], PageClient]


def text_of(client: PageClient, address: str) -> str:
    page = client.get(address)
    assert page.status == 200, address
    return page.response.get_data(as_text=True)


def make_band(cast: Cast) -> dict[str, int]:
    """A poem; a picture of it; a sound from the picture; a class work from the sound; an open remix of it that came back."""
    poem = make_work(cast.maker, title="Poem", external_sources=(ExternalDraft("https://example.org/seed", "Old Hand", "CC BY 4.0"),))
    picture = make_work(
        cast.free, title="Picture", medium=Medium.IMAGE, alt_text="A boat.", file_id=make_file(cast.free).id,
        sources=[SourceDraft(poem.id, EdgeKind.INSPIRED_BY)],
    )  # fmt: skip
    sound = make_work(
        cast.maker, title="Sound", medium=Medium.AUDIO, file_id=make_file(cast.maker, MediaKind.AUDIO).id,
        sources=[SourceDraft(picture.id, EdgeKind.PERFORMED)],
    )  # fmt: skip
    hidden = make_work(cast.free, title="Hidden", sources=[sound], space=make_space(), external_sources=(ExternalDraft("https://hidden.example/x", "Hidden Author"),))
    gone = make_work(cast.free, title="Gone", sources=[poem])
    last = make_work(cast.subscriber, title="Last", sources=[SourceDraft(gone.id, EdgeKind.REFINED), SourceDraft(sound.id, EdgeKind.SAMPLED)])
    with transaction():
        actions.erase_work(queries.get_work(gone.id))
    return {"poem": poem.id, "picture": picture.id, "sound": sound.id, "hidden": hidden.id, "gone": gone.id, "last": last.id}


def test_a_filter_leaves_works_out_and_keeps_the_ways_between_the_others(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    found = client.get(f"/works/{band['poem']}/lineage.json?medium=audio").json
    assert {node["id"] for node in found["nodes"]} == {str(band["poem"]), str(band["sound"])}
    assert found["edges"] == [{"child": str(band["sound"]), "parent": str(band["poem"]), "kind": "performed", "through": 1}]
    page = client.get(f"/works/{band['poem']}/lineage?medium=audio")
    assert page("select[name=medium] option[selected]")[0].get("value") == "audio"
    assert page("path.is-contracted") and "after 1 work that is left out" in page.text
    assert "Picture" not in page("svg.family-tree")[0].text_content()
    assert len(client.get(f"/works/{band['poem']}/lineage?maker=@Maker")("svg.family-tree a")) == 2
    nothing = client.get(f"/works/{band['poem']}/lineage?maker=nobody")
    assert "No other work in it fits" in nothing.text and len(nothing("svg.family-tree a")) == 1


def test_p4_no_filter_tells_whose_or_when_a_hidden_work_is(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    for query in ("maker=free", "medium=text", "since=2020-01-01", "until=2199-01-01"):
        for view in ("lineage", "family"):
            found = client.get(f"/works/{band['poem']}/lineage.json?{query}&view={view}").json
            assert not {str(band["hidden"]), str(band["gone"])} & {node["id"] for node in found["nodes"]}


def test_days_are_the_readers_own_and_wrong_ones_are_said_so(client: PageClient, cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        old = make_work(cast.maker, title="Old")
        day = clock.now().date()
    new = make_work(cast.free, title="New", sources=[old])
    for query, ids in ((f"since={day + timedelta(days=1)}", {new.id}), (f"until={day}", {new.id, old.id}), (f"since={day}", {new.id, old.id})):
        found = client.get(f"/works/{new.id}/lineage.json?{query}").json
        assert {int(node["id"]) for node in found["nodes"]} == ids, query
    for wrong in ("yesterday", "2026-13-40", "0001-01-01", "9999-12-31"):
        page = client.get(f"/works/{new.id}/lineage?since={wrong}")
        assert page.status == 422 and page("#lineage-since-error") and page("#lineage-since")[0].get("value") == wrong


def test_the_whole_family_holds_what_grew_beside(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    own = {node["id"] for node in client.get(f"/works/{band['picture']}/lineage.json").json["nodes"]}
    assert str(band["gone"]) not in own
    whole = client.get(f"/works/{band['picture']}/lineage.json?view=family").json
    assert {node["id"] for node in whole["nodes"]} == {str(id) for id in band.values()} and whole["view"] == "family"
    page = client.get(f"/works/{band['picture']}/lineage?view=family")
    assert page("h1")[0].text_content().startswith("Family of") and "4 works by 3 people" in page.text


def test_a_large_family_is_drawn_in_part_and_every_box_leads_on(client: PageClient, cast: Cast) -> None:
    ids = plant(3000, SHAPES["fan"](3000), [cast.maker])
    page = client.get(f"/works/{ids[0]}/lineage")
    assert len(page("svg.family-tree [data-node]")) == FAN + 1 <= MOST_DRAWN
    (more,) = page("a.family-tree__bundle")
    assert "More than" in more.get("aria-label")
    following = client.get(more.get("href"))
    assert {a.get("href") for a in page("svg a[data-node]")} & {a.get("href") for a in following("svg a[data-node]")} == {f"/works/{ids[0]}"}
    beside = client.get(f"/works/{ids[7]}/lineage?view=family")
    assert len(beside("svg a[data-node]")) <= MOST_DRAWN
    assert beside("a.family-tree__bundle")[0].get("href") == f"/works/{ids[0]}/lineage"
    assert client.get(f"/works/{ids[0]}/lineage?after=99999999999999999999&before=x").status == 200


def test_works_are_walked_by_keys_along_what_they_are_tied_to(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    page = client.get(f"/works/{band['poem']}/lineage")
    nodes = {node.get("data-node"): node for node in page("[data-node]")}
    assert nodes[str(band["last"])].get("data-parents").split() and nodes[str(band["poem"])].get("data-children").split()
    told = {(child, id) for id, node in nodes.items() for child in (node.get("data-children") or "").split()}
    assert told == {(id, parent) for id, node in nodes.items() for parent in (node.get("data-parents") or "").split()}


def test_the_way_between_two_works(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    empty = client.get(f"/works/{band['picture']}/lineage/path")
    assert empty.status == 200 and empty("input[name=to]")
    for typed in (str(band["last"]), f"#{band['last']}", f"http://localhost/works/{band['last']}"):
        page = client.get(f"/works/{band['picture']}/lineage/path", query_string={"to": typed})
        steps = [" ".join(li.text_content().split()) for li in page(".lineage-path li")]
        assert steps == ["Picture by Free", "performed as Sound by Maker", "sampled in Last by Subscriber"], typed
    assert len(page("svg.family-tree [data-node]")) == 3 and len(page.queries) <= 8
    through = client.get(f"/works/{band['last']}/lineage/path?to={band['poem']}")
    assert "A work that is gone" in through.text and "refined from" in through.text and "Gone" not in through.html
    alone = make_work(cast.maker)
    assert "No chain of remixes" in client.get(f"/works/{alone.id}/lineage/path?to={band['poem']}").text
    assert "That is the same work" in client.get(f"/works/{alone.id}/lineage/path?to={alone.id}").text


def test_p4_the_way_to_a_hidden_work_answers_as_if_there_were_none(client: PageClient, browse: Browse, cast: Cast) -> None:
    band = make_band(cast)
    draft = make_work(cast.free, title="Draft", publish=False)
    answers = {
        (page.status, page.text.replace(str(to), ""))
        for to in (band["hidden"], draft.id, 999_999)
        for page in [client.get(f"/works/{band['poem']}/lineage/path?to={to}")]
    }
    assert len(answers) == 1 and answers.pop()[0] == 422
    own = browse(cast.free).get(f"/works/{band['poem']}/lineage/path?to={band['hidden']}")
    assert own.status == 200 and len(own(".lineage-path li")) == 4


@pytest.mark.slow
def test_a_way_of_200_generations_and_one_in_a_large_family_are_found(client: PageClient, cast: Cast) -> None:
    ids = plant(200, SHAPES["chain"](200), [cast.maker])
    page = client.get(f"/works/{ids[0]}/lineage/path?to={ids[-1]}")
    assert "199 steps" in page.text and len(page.queries) <= 8
    ids = plant(9000, SHAPES["tree"](9000), [cast.maker])
    assert client.get(f"/works/{ids[8999]}/lineage/path?to={ids[8000]}").status == 200


def test_the_table_is_one_that_spreadsheets_take(client: PageClient, cast: Cast) -> None:
    evil = '=HYPERLINK("https://evil.test";"x"), +1\u00a0"q"'
    work = make_work(cast.maker, title=evil)
    child = make_work(cast.free, title="-2+3", sources=[SourceDraft(work.id, EdgeKind.SAMPLED)])
    page = client.get(f"/works/{work.id}/lineage.csv")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8; header=present" and "attachment" in page.headers["Content-Disposition"]
    raw = page.response.get_data(as_text=True)
    assert raw.count("\r\n") == 3 and "\n" not in raw.replace("\r\n", "")
    head, first, second = csv.reader(io.StringIO(raw, newline=""))
    assert tuple(head) == lineage_files.COLUMNS
    assert first[1] == f"'{evil}" and second[1] == "'-2+3" and second[-1] == f"{work.id}:sampled"
    assert int(second[0]) == child.id and second[6] == "shown"
    for value in ("=1", " =1", "+", "-", "@x", "\tx", "\rx", "＝1"):
        assert lineage_files.cell(value).startswith("'"), value
    assert lineage_files.cell("Plain = words") == "Plain = words"


def test_credits_name_everybody_upstream_in_three_pens(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    where = f"/works/{band['last']}/credits"
    plain = text_of(client, f"{where}?as=text")
    assert plain == (
        f"“Last” by Subscriber, http://localhost/works/{band['last']}\n\n"
        "It is built on:\n"
        f"- “Sound” by Maker, http://localhost/works/{band['sound']} (sampled from)\n"
        f"- “Poem” by Maker, http://localhost/works/{band['poem']} (refined from in a work between)\n".replace("refined from in", "built on in")
        + f"- “Picture” by Free, http://localhost/works/{band['picture']} (performed from in “Sound”)\n"
        "- 1 work that is gone\n\n"
        "From elsewhere:\n"
        "- https://example.org/seed by Old Hand, CC BY 4.0 (used in “Poem”)\n"
    )
    marked = text_of(client, f"{where}?as=markdown")
    assert f"“[Sound](<http://localhost/works/{band['sound']}>)” by Maker" in marked
    html = text_of(client, f"{where}?as=html")
    assert f'“<a href="http://localhost/works/{band["sound"]}">Sound</a>” by Maker' in html
    page = client.get(where)
    assert [button.get("data-text") for button in page("copy-button")] == [plain, marked, html]
    assert "Hidden" not in page.html and "Gone" not in page.html


def test_p4_credits_tell_nothing_of_what_a_hidden_source_used(client: PageClient, browse: Browse, cast: Cast) -> None:
    """An unpublished source keeps a nameless line; its sources from elsewhere would describe it."""
    seed = make_work(cast.maker, title="Seed", external_sources=(ExternalDraft("https://secret.example/", "Secret Author"),))
    child = make_work(cast.free, title="Child", sources=[seed])
    with transaction():
        actions.unpublish_work(queries.get_work(seed.id))
    told = text_of(client, f"/works/{child.id}/credits?as=text")
    assert "1 work that is not shown" in told and "ecret" not in told and "Seed" not in told
    assert "https://secret.example/ by Secret Author" in text_of(browse(cast.maker), f"/works/{child.id}/credits?as=text")


@pytest.mark.parametrize("title", ['</script><b>"x"</b>', "[x](javascript:alert(1)) *y* `z`", "a\\b_c_ <i>& #1. - ~", "‮ سلام 😀"])
def test_hostile_words_stay_words_in_every_form(client: PageClient, cast: Cast, title: str) -> None:
    first = make_work(cast.maker, title=title, external_sources=(ExternalDraft('https://e.test/"><x>)(', title, title[:90]),))
    child = make_work(cast.free, title=title, sources=[first])
    title = queries.get_work(first.id).current_version.title  # type: ignore[union-attr]
    html = text_of(client, f"/works/{child.id}/credits?as=html")
    import lxml.html

    part = lxml.html.fromstring(f"<div>{html}</div>")
    assert {element.tag for element in part.iter()} <= {"div", "p", "ul", "li", "a"} and title in part.text_content()
    from markdown_it import MarkdownIt

    drawn = lxml.html.fromstring(f"<div>{MarkdownIt('commonmark').render(text_of(client, f'/works/{child.id}/credits?as=markdown'))}</div>")
    assert {element.tag for element in drawn.iter()} <= {"div", "p", "ul", "li", "a"} and title in drawn.text_content()
    assert all(link.get("href").startswith(("http://localhost/", "https://e.test/")) for link in [*part.iter("a"), *drawn.iter("a")])
    page = client.get(child.url)
    (script,) = page("script[type='application/ld+json']")
    assert json.loads(script.text)["name"] == title and "</b>" not in script.text
    with zipfile.ZipFile(io.BytesIO(client.get(f"/works/{child.id}/bundle.zip").response.get_data())) as archive:
        assert not archive.testzip() and all(".." not in name and "/" not in name.removeprefix("sources/") for name in archive.namelist())


def test_linked_data_says_who_made_it_from_what(client: PageClient, browse: Browse, cast: Cast) -> None:
    band = make_band(cast)

    def told(work_id: int, who: Any = None) -> Any:
        scripts = browse(who).get(f"/works/{work_id}")("script[type='application/ld+json']")
        return json.loads(scripts[0].text) if scripts else None

    sound = told(band["sound"])
    assert sound["@type"] == "AudioObject" and sound["duration"] == "PT12S" and sound["creator"]["url"] == "http://localhost/people/maker"
    assert sound["isBasedOn"] == [
        {
            "@type": "ImageObject", "@id": f"http://localhost/works/{band['picture']}", "url": f"http://localhost/works/{band['picture']}",
            "name": "Picture", "creator": {"@type": "Person", "name": "Free", "url": "http://localhost/people/free"},
        }
    ]  # fmt: skip
    assert sound["license"] and sound["dateCreated"] and sound["creditText"]
    poem = told(band["poem"])
    assert poem["isBasedOn"] == [
        {"@type": "CreativeWork", "url": "https://example.org/seed", "creator": {"@type": "Person", "name": "Old Hand"}, "license": {"@type": "CreativeWork", "name": "CC BY 4.0"}}
    ]
    # Whoever looks, only what everybody may know (P4).
    assert {"@type": "CreativeWork"} in told(band["last"], cast.free)["isBasedOn"]
    assert told(band["hidden"], cast.free) is None


def test_the_zip_holds_the_work_its_sources_and_credits(client: PageClient, browse: Browse, cast: Cast, tmp_path: Path) -> None:
    band = make_band(cast)
    picture = queries.get_work(band["picture"]).current_version.file  # type: ignore[union-attr]
    bytes_of = tmp_path / "original"
    bytes_of.write_bytes(b"the very bytes" * 100_000)
    get_storage().put_file(picture.storage_key, bytes_of)  # type: ignore[union-attr]
    page = browse(cast.free).get(f"/works/{band['last']}/bundle.zip")
    assert page.status == 200 and page.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(page.response.get_data())) as archive:
        assert not archive.testzip()
        names = archive.namelist()
        assert names[:3] == ["CREDITS.txt", "CREDITS.md", "NOT-INCLUDED.txt"] and names[3] == "Last by Subscriber.md"
        assert set(names[4:]) == {"sources/Poem by Maker.md", "sources/Picture by Free.jpg"}
        assert archive.read("sources/Picture by Free.jpg") == bytes_of.read_bytes()
        assert "“Sound” by Maker" in archive.read("NOT-INCLUDED.txt").decode() and "“Poem”" in archive.read("CREDITS.txt").decode()
        assert not any(b"Hidden" in archive.read(name) or b"Gone" in archive.read(name) for name in names)
    assert client.get(f"/works/{band['hidden']}/bundle.zip").status == 404
    assert client.get(f"/works/{band['gone']}/bundle.zip").status == 404


def test_the_zip_has_an_end(client: PageClient, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_SOURCES", 3)
    works = [make_work(cast.maker, title="Same") for _ in range(5)]
    last = make_work(cast.free, sources=works)
    page = client.get(f"{last.url}/bundle.zip")
    with zipfile.ZipFile(io.BytesIO(page.response.get_data())) as archive:
        kept = [name for name in archive.namelist() if name.startswith("sources/")]
        assert kept == ["sources/Same by Maker.md", "sources/Same by Maker 2.md", "sources/Same by Maker 3.md"]
        assert archive.read("NOT-INCLUDED.txt").decode().count("“Same”") == 2


def test_names_in_the_zip_stay_inside_on_every_system() -> None:
    names = bundle.Names()
    given = [names.free(wanted) for wanted in ("../../etc/passwd", "sources/..\\..\\x.md", "sources/CON.md", ".md", "A.md", "a.md", "CREDITS.txt", "é.md", "e\u0301.md", "sources/\x00\n.md")]
    assert len({name.casefold() for name in given}) == len(given)
    for name in given:
        folder, _slash, last = name.rpartition("/")
        assert folder in {"", "sources", "../../etc"} and not last.startswith(".") and not set(last) & set('\\:*?"<>|\x00\n'), name
    assert "CREDITS.txt" not in given and "sources/CON.md" not in given


def test_a_work_says_what_family_it_is_part_of_in_one_more_query(client: PageClient, cast: Cast) -> None:
    band = make_band(cast)
    page = client.get(f"/works/{band['sound']}")
    assert page(".family-strip a")[0].text == "Part of a family of 4 works by 3 people"
    assert len(page(".family-small circle")) == 6 and len(page(".family-small circle.is-quiet")) == 2
    assert len(page.queries) <= 8
    assert not client.get(make_work(cast.maker).url)(".family-strip")
    ids = plant(400, SHAPES["tree"](400), [cast.maker])
    large = client.get(f"/works/{ids[5]}")
    assert "more than 100 works" in large(".family-strip a")[0].text and len(large.queries) <= 8
    assert len(large(".family-small circle")) <= 24


def test_the_wall_of_firsts_by_how_often_they_were_remixed(client: PageClient, cast: Cast) -> None:
    one, two = make_work(cast.maker, title="Once"), make_work(cast.maker, title="Twice")
    for parent in (one, two, two):
        make_work(cast.free, title="Child", sources=[parent])
    make_work(cast.maker, title="Alone")
    page = client.get("/open?sort=remixed&filter=roots")
    assert [a.text_content().strip() for a in page(".work-card__title")] == ["Text: Twice", "Text: Once"]
    assert page("select[name=filter] option[selected]")[0].get("value") == "roots"


def test_a_dispute_is_read_on_the_map_and_in_every_table(client: PageClient, cast: Cast) -> None:
    import sqlalchemy as sa

    from classprojects.works.models import EdgeDispute

    first = make_work(cast.maker, title="First")
    make_work(cast.free, title="Second", sources=[first])
    with transaction() as session:
        edge = session.scalar(sa.select(RemixEdge))
        session.add(EdgeDispute(edge_id=edge.id, person_id=cast.maker.id, reason="I do not see it."))
    page = client.get(f"{first.url}/lineage")
    assert "disputed by Maker" in page(".lineage-outline")[0].text_content() and page("path.is-disputed")
    assert client.get(f"{first.url}/lineage.json").json["edges"][0]["disputed_by"] == "Maker"
    assert ":disputed" in text_of(client, f"{first.url}/lineage.csv")
    assert "disputed by Maker" in client.get(f"{first.url}/lineage/path?to={edge.child_id}")(".lineage-path")[0].text_content()


def test_pens_are_what_the_page_offers(app: Flask) -> None:
    assert set(PENS) == {"text", "markdown", "html"}
