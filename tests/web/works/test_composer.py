"""The composer without JavaScript: series, captions, texts from files, sources, and every button that does not post."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from classprojects.core.database import db
from classprojects.media.models import MediaFile, MediaKind
from classprojects.works import actions, queries
from classprojects.works.models import EdgeKind, Medium, Space, TextLayout, Work, WorkPicture
from tests.client import Page, PageClient
from tests.factories.classes import make_class, make_learner
from tests.factories.media import picture_file, sound_file
from tests.factories.people import Cast
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[[Any], PageClient]

TEXT = {"medium": "text", "title": "A title", "body": "A line", "language": "en"}
IMAGE = {"medium": "image", "title": "Pictures", "language": "en"}
VTT = "WEBVTT\n\n00:01.000 --> 00:02.500\nHello <b>there</b>\n"


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def newest() -> Work:
    return queries.get_work(db.session.scalar(sa.select(sa.func.max(Work.id))) or 0)


def composer(page: Page) -> dict[str, Any]:
    return page.form("form.composer__form")


def values(page: Page, name: str) -> list[str]:
    """Every value that the composer would send under a name, in order."""
    return [value for key, value in page("form.composer__form")[0].form_values() if key == name]


def series_of(work: Work) -> list[tuple[str, str]]:
    version = work.current_version
    further = queries.list_pictures(version)
    return [(version.file.public_id, version.alt_text), *((one.file.public_id, one.alt_text) for one in further)]


def error_of(page: Page, field: str) -> str:
    return " ".join(" ".join(e.text_content().split()) for e in page(f"#{field}-error"))


def step(browser: PageClient, address: str = "/works/new", **fields: Any) -> Page:
    """Press a button that does not post, and see the page that it leads to."""
    page = browser.post(address, fields)
    assert page.status == 303 and str(page.location).startswith(address), (page.status, page.location, page.text)
    return browser.get(str(page.location).split("#")[0])


def pictures(folder: Path, number: int) -> list[tuple[io.BytesIO, str]]:
    """So many picture files as a browser sends them."""
    made = (picture_file(folder / f"{n}.jpg", 90 + n, 60) for n in range(number))
    return [(io.BytesIO(path.read_bytes()), path.name) for path in made]


# -- Series ----------------------------------------------------------------------------------


def test_several_pictures_make_a_series_in_order(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    browser = browse(cast.free)
    files = pictures(tmp_path, 3)
    assert browser.post("/works/new", {**IMAGE, "file": files, "alt_text": "The first"}).status == 303
    work = newest()
    assert work.current_version.file.original_name == "0.jpg" and len(series_of(work)) == 3
    assert [alt for _name, alt in series_of(work)] == ["The first", "", ""]


def test_each_picture_has_its_own_words(browse: Browse, cast: Cast) -> None:
    one, two, three = (make_file(cast.free) for _ in range(3))
    uploads = ["", two.public_id, one.public_id, three.public_id, one.public_id]
    page = browse(cast.free).post("/works/new", {**IMAGE, "upload": uploads, "alt_text": ["B", "A", "C", "again"]})
    assert page.status == 303
    assert series_of(newest()) == [(two.public_id, "B"), (one.public_id, "A"), (three.public_id, "C")]


def test_a_series_is_put_in_order_by_buttons(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    one, two, three = (make_file(cast.free).public_id for _ in range(3))
    sent = {**IMAGE, "upload": [one, two, three], "alt_text": ["1", "2", "3"]}
    page = step(browser, **sent, move=f"up:{two}")
    assert values(page, "upload")[1:] == [two, one, three] and values(page, "alt_text") == ["2", "1", "3"]
    page = step(browser, **{**sent, "upload": [two, one, three], "alt_text": ["2", "1", "3"]}, move=f"down:{three}")
    assert values(page, "upload")[1:] == [two, one, three]
    page = step(browser, **sent, drop=two)
    assert values(page, "upload")[1:] == [one, three] and values(page, "alt_text") == ["1", "3"]
    page = step(browser, **sent, move="sideways")
    assert values(page, "upload")[1:] == [one, two, three]


def test_pictures_are_added_before_they_are_described(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    browser = browse(cast.free)
    files = pictures(tmp_path, 2)
    page = step(browser, **IMAGE, file=files, alt_text="First", add_files="1")
    assert len(values(page, "upload")) == 3 and values(page, "alt_text") == ["First", ""] and count(Work) == 0
    assert "Describe picture 2" in page.text
    sent = {**IMAGE, "upload": values(page, "upload"), "alt_text": ["First", "Second"]}
    assert browser.post("/works/new", sent).status == 303
    assert [alt for _name, alt in series_of(newest())] == ["First", "Second"]


def test_a_series_has_an_end(browse: Browse, cast: Cast) -> None:
    names = [make_file(cast.free).public_id for _ in range(actions.MOST_PICTURES + 1)]
    page = browse(cast.free).post("/works/new", {**IMAGE, "upload": names, "alt_text": [""] * len(names)})
    assert page.status == 422 and "at most 20 pictures" in error_of(page, "file") and count(Work) == 0
    page = browse(cast.free).post(
        "/works/new", {**IMAGE, "upload": names[:2], "alt_text": ["", "x" * (actions.LONGEST_ALT_TEXT + 1)]}
    )
    assert page.status == 422 and "picture 2" in page.text


@pytest.mark.parametrize("whose", ["nobody's", "another's", "in use"])
def test_uploads_are_ones_own_and_unused(browse: Browse, cast: Cast, whose: str) -> None:
    name = {"nobody's": "forged", "another's": make_file(cast.maker).public_id}.get(whose)
    if name is None:
        file = make_file(cast.free)
        make_work(cast.free, medium=Medium.IMAGE, file_id=file.id)
        name = file.public_id
    mine = make_file(cast.free).public_id
    before = count(Work)
    page = browse(cast.free).post("/works/new", {**IMAGE, "upload": [mine, name], "alt_text": ["", ""]})
    assert page.status == 422 and "not here any more" in error_of(page, "file") and count(Work) == before
    assert mine in values(page, "upload") and name not in values(page, "upload")


def test_another_sound_takes_the_place_of_the_first(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    browser = browse(cast.free)
    first = make_file(cast.free, MediaKind.AUDIO)
    with sound_file(tmp_path / "tone.wav", 1.0).open("rb") as file:
        page = browser.post("/works/new", {"medium": "audio", "title": "T", "upload": first.public_id, "file": (file, "second.wav")})
    assert page.status == 303 and newest().current_version.file.original_name == "second.wav"


def test_a_file_of_another_kind_is_told_apart(browse: Browse, cast: Cast) -> None:
    sound = make_file(cast.free, MediaKind.AUDIO)
    page = browse(cast.free).post("/works/new", {**IMAGE, "upload": sound.public_id})
    assert page.status == 422 and "another kind" in error_of(page, "file")
    assert sound.public_id in values(page, "upload")  # and is still there for who meant a sound
    assert browse(cast.free).post("/works/new", {**IMAGE, "medium": "audio", "upload": sound.public_id}).status == 303


def test_editing_a_series_keeps_changes_and_empties_it(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    one, two, three = (make_file(cast.free) for _ in range(3))
    browser.post("/works/new", {**IMAGE, "upload": [one.public_id, two.public_id], "alt_text": ["1", "2"]})
    work = newest()
    page = browser.get(f"{work.url}/edit")
    assert values(page, "upload")[1:] == [one.public_id, two.public_id] and values(page, "alt_text") == ["1", "2"]
    # A program that says nothing about files changes none.
    assert browser.post(f"{work.url}/edit", {**IMAGE, "title": "Renamed", "alt_text": "new"}).status == 303
    assert series_of(queries.get_work(work.id)) == [(one.public_id, "new"), (two.public_id, "2")]
    sent = {**IMAGE, "upload": [three.public_id, one.public_id], "alt_text": ["3", "1"]}
    assert browser.post(f"{work.url}/edit", sent).status == 303
    assert series_of(queries.get_work(work.id)) == [(three.public_id, "3"), (one.public_id, "1")]
    nothing = browser.post(f"{work.url}/edit", {**IMAGE, "upload": ""})
    assert nothing.status == 422 and "Choose a picture" in error_of(nothing, "file")
    theirs = make_file(cast.maker)
    assert browser.post(f"{work.url}/edit", {**IMAGE, "upload": theirs.public_id}).status == 422
    assert count(WorkPicture) == 3


# -- Captions and texts ----------------------------------------------------------------------


def test_captions_are_checked_and_kept(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    sound = make_file(cast.free, MediaKind.AUDIO).public_id
    sent = {"medium": "audio", "title": "T", "upload": sound}
    wrong = browser.post("/works/new", {**sent, "captions": "just words"})
    assert wrong.status == 422 and error_of(wrong, "captions") and composer(wrong)["captions"].strip() == "just words"
    assert browser.post("/works/new", {**sent, "captions": VTT}).status == 303
    assert "Hello" in newest().current_version.captions and newest().current_version.captions.startswith("WEBVTT")


def test_captions_come_as_a_file_too(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    sent = {"medium": "audio", "title": "T", "upload": make_file(cast.free, MediaKind.AUDIO).public_id}
    bad = browser.post("/works/new", {**sent, "captions_file": (io.BytesIO(b"\xff\xd8\xff\x00"), "a.vtt")})
    assert bad.status == 422 and error_of(bad, "captions")
    good = browser.post("/works/new", {**sent, "captions_file": (io.BytesIO(VTT.encode()), "a.vtt")})
    assert good.status == 303 and "Hello" in newest().current_version.captions


def test_a_text_file_is_looked_over_before_it_is_posted(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    sent = {**TEXT, "body": "", "text_file": (io.BytesIO(b"Erste Zeile\r\nzweite"), "poem.txt")}
    page = browser.post("/works/new", sent)  # by the very button that posts
    assert page.status == 303 and page.location == "/works/new#body" and count(Work) == 0
    shown = browser.get("/works/new")
    assert "Look it over before you post it" in shown.text
    assert composer(shown)["body"].strip("\n") == "Erste Zeile\nzweite" and composer(shown)["title"] == "A title"
    more = step(browser, **TEXT, text_file=(io.BytesIO(b"and more"), "b.md"), read_text="1")
    assert composer(more)["body"].strip("\n") == "A line\n\nand more"
    none = step(browser, **TEXT, read_text="1")
    assert "Choose a text file first" in none.text and composer(none)["body"].strip("\n") == "A line"
    nonsense = step(browser, **TEXT, text_file=(io.BytesIO(b"%PDF-1.7 but not really"), "b.pdf"), read_text="1")
    assert nonsense(".flash-error") and composer(nonsense)["body"].strip("\n") == "A line"


@pytest.mark.parametrize("layout", list(TextLayout))
def test_a_text_is_set_as_its_maker_says(browse: Browse, cast: Cast, layout: TextLayout) -> None:
    browser = browse(cast.free)
    assert browser.post("/works/new", {**TEXT, "layout": layout.value}).status == 303
    assert newest().current_version.layout is layout
    assert composer(browser.get(f"{newest().url}/edit"))["layout"] == layout.value
    assert error_of(browser.post("/works/new", {**TEXT, "layout": "stone"}), "layout")


# -- Sources ---------------------------------------------------------------------------------


def test_a_source_is_found_and_chosen_by_buttons(browse: Browse, cast: Cast) -> None:
    door, river = make_work(cast.maker, title="A red door"), make_work(cast.maker, title="The river")
    make_work(cast.maker, title="A door in class", space=make_space())
    browser = browse(cast.free)
    page = step(browser, **TEXT, find_source="door", find="1")
    assert [button.get("value") for button in page("button[name=use_source]")] == [str(door.id)]
    assert "A door in class" not in page.html
    page = step(browser, **TEXT, find_source="door", use_source=str(door.id))
    assert "A red door" in page(".chosen-source")[0].text_content() and not page("button[name=use_source]")
    assert composer(page)["sources"].strip() == f"http://localhost{door.url}"
    page = step(browser, **{**composer(page), **TEXT}, use_source=str(river.id))
    assert len(page(".chosen-source")) == 2
    page = step(browser, **{**composer(page), **TEXT}, drop_source=str(door.id))
    assert composer(page)["sources"].strip() == f"http://localhost{river.url}"
    sent = {**composer(page), **TEXT, "save": "post", f"kind_{river.id}": "sampled"}
    assert browser.post("/works/new", sent).status == 303
    assert [(edge.parent_id, edge.kind) for edge in newest().sources] == [(river.id, EdgeKind.SAMPLED)]


def test_a_work_is_found_by_number_and_by_address(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    draft = make_work(cast.maker, publish=False)
    browser = browse(cast.free)
    for q in (str(work.id), f"#{work.id}", f"http://localhost{work.url}", f"{work.url}/lineage"):
        page = browser.get(f"/works/new/sources?q={q.replace('#', '%23')}", headers={"HX-Request": "true"})
        assert [button.get("value") for button in page("button[name=use_source]")] == [str(work.id)], q
    for q in (str(draft.id), "999999", "9" * 40, "nothing like it", "%00", "٣", "%25", "http://["):
        page = browser.get(f"/works/new/sources?q={q}", headers={"HX-Request": "true"})
        assert page.status == 200 and not page("button"), q
    assert browser.get("/works/new/sources?q=1").location == "/works/new"
    assert browse(None).get("/works/new/sources?q=1").location.startswith("/login")


def test_return_in_the_search_finds_and_never_posts(browse: Browse, cast: Cast) -> None:
    make_work(cast.maker, title="A red door")
    page = step(browse(cast.free), **TEXT, find_source="red")  # no button was pressed
    assert page("button[name=use_source]") and count(Work) == 1


def test_a_source_that_may_not_be_used_is_said_at_once(browse: Browse, cast: Cast) -> None:
    space = make_space("Letters")
    mine = make_work(cast.free, space=space, title="Letter")
    hidden = make_work(cast.maker, space=space, title="Hidden")
    browser = browse(cast.free)
    page = step(browser, **TEXT, use_source=str(mine.id))
    assert "once its maker has shared it" in page.text and not page(".chosen-source")
    page = step(browser, **TEXT, use_source=str(hidden.id))
    assert "no such work here" in page.text and "Hidden" not in page.html
    answer = browser.get(f"/works/new/sources?use={mine.id}")
    assert answer.status == 422 and "once its maker has shared it" in answer.json["error"]["message"]
    assert browser.get(f"/works/new/sources?use={hidden.id}").status == 422
    assert browser.get(f"/works/new/sources?show={hidden.id}").status == 404
    # also of one whose line was written by hand, when the page comes back
    wrong = browser.post("/works/new", {**TEXT, "title": "", "sources": str(mine.id)})
    assert "once its maker has shared it" in wrong(".chosen-source__trouble")[0].text_content()


def test_p8_where_it_is_shown_is_said_in_words(browse: Browse, cast: Cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    page = browse(learner).get("/works/new")
    assert values(page, "space") == ["open"]
    assert "Only its people see it, and may build on it there" in page.text and "Anybody sees it" in page.text
    work = make_work(learner, space=db.session.get(Space, project.space_id))
    assert browse(learner).get(f"/works/new/sources?use={work.id}").status == 422
    row = browse(learner).get(f"/works/new/sources?use={work.id}&space={project.space_id}", headers={"HX-Request": "true"})
    assert row.status == 200 and row(".chosen-source[data-class-only]")


def test_rows_for_what_is_from_elsewhere(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    first = {"external_address": "https://example.test/song", "external_author": "Ann", "external_licence": "CC BY 4.0"}
    page = step(browser, **TEXT, **first, add_source="1")
    assert len(page(".external-row")) == 2 and values(page, "external_author") == ["Ann", ""]
    rows = {
        "external_address": ["https://example.test/song", "https://example.test/film", ""],
        "external_author": ["Ann", "Ben", ""],
        "external_licence": ["CC BY 4.0", "other", ""],
        "external_licence_other": ["", "The film's own", ""],
    }
    page = step(browser, **TEXT, **rows, add_source="1")
    assert len(page(".external-row")) == 3 and values(page, "external_licence") == ["CC BY 4.0", "other", ""]
    assert browser.post("/works/new", {**TEXT, **rows}).status == 303
    assert [(s.address, s.author, s.licence) for s in newest().external_sources] == [
        ("https://example.test/song", "Ann", "CC BY 4.0"),
        ("https://example.test/film", "Ben", "The film's own"),
    ]
    wrong = browser.post("/works/new", {**TEXT, "external_address": "javascript:alert(1)"})
    assert wrong.status == 422 and "neither a work here" in error_of(wrong, "sources")
    for name, most in (("external_author", 200), ("external_licence", 100)):
        wrong = browser.post("/works/new", {**TEXT, "external_address": "https://example.test/", name: "x" * (most + 1)})
        assert wrong.status == 422 and f"at most {most}" in error_of(wrong, name)


def test_five_hundred_sources_are_refused_in_words(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    lines = "\n".join(f"https://example.test/{number}" for number in range(500))
    page = browser.post("/works/new", {**TEXT, "sources": lines})
    assert page.status == 422 and "at most 30 sources" in error_of(page, "sources")
    assert len(composer(page)["sources"].split()) == 500
    page = browser.post("/works/new", {**TEXT, "external_address": [f"https://example.test/{n}" for n in range(100)]})
    assert page.status == 422 and "at most 30 sources" in error_of(page, "sources")
    works = "\n".join(str(number) for number in range(1, 500))
    page = browser.post("/works/new", {**TEXT, "sources": works})
    assert page.status == 422 and len(page.queries) < 30 and count(Work) == 0


# -- What an address brings along -------------------------------------------------------------


def test_a_text_is_quoted_with_its_credit(browse: Browse, cast: Cast) -> None:
    source = make_work(cast.maker, title="Stars *and* [dots]", body="One\n\n  two", layout=TextLayout.POEM)
    browser = browse(cast.free)
    plain = browser.get(f"{source.url}/remix")
    assert composer(plain)["body"].strip() == "" and plain(f"a[href='{source.url}/remix?quote=1']")
    page = browser.get(f"{source.url}/remix?quote=1")
    body = composer(page)["body"].strip("\n")
    assert body.startswith("> One\n>\n>   two\n>\n> — ") and source.url in body and r"\*and\*" in body
    assert composer(page)["layout"] == "poem"
    browser.post(f"/works/drafts/remix-{source.id}", {**TEXT, "body": "Begun."})
    body = composer(browser.get(f"{source.url}/remix?quote=1"))["body"].strip("\n")
    assert body.startswith("Begun.\n\n> One")
    browser.post(f"/works/drafts/remix-{source.id}", {**TEXT, "body": body})
    assert composer(browser.get(f"{source.url}/remix?quote=1"))["body"].strip() == body.strip()  # not twice


def test_a_file_that_was_made_comes_along(browse: Browse, cast: Cast) -> None:
    source = make_work(cast.maker)
    mine, theirs = make_file(cast.free, MediaKind.AUDIO), make_file(cast.maker, MediaKind.AUDIO)
    browser = browse(cast.free)
    page = browser.get(f"{source.url}/remix?upload={mine.public_id}")
    assert composer(page)["upload"] == mine.public_id and composer(page)["medium"] == "audio"
    assert composer(page)["sources"].strip() == f"http://localhost{source.url}"
    assert browser.post(f"{source.url}/remix", {**composer(page), "title": "Cut", "save": "post"}).status == 303
    assert newest().current_version.file.public_id == mine.public_id
    for name in (theirs.public_id, mine.public_id, "forged", "", "%00", "x" * 500):
        assert not composer(browser.get(f"{source.url}/remix?upload={name}")).get("upload"), name


def test_sources_come_along_in_the_address(browse: Browse, cast: Cast) -> None:
    one, two = make_work(cast.maker), make_work(cast.maker)
    hidden = make_work(cast.maker, title="Hidden", space=make_space())
    browser = browse(cast.free)
    mine = make_file(cast.free)
    page = browser.get(f"/works/new?sources={one.id},{two.id},{hidden.id},x,,999999&upload={mine.public_id}")
    assert composer(page)["sources"].split() == [f"http://localhost{one.url}", f"http://localhost{two.url}"]
    assert composer(page)["medium"] == "image" and "Hidden" not in page.html
    assert len(page(".composer .notice-warning")) == 3
    assert browser.get("/works/new?sources=" + ",".join(map(str, range(1, 400)))).status == 200
    # what was begun before stays
    browser.post("/works/drafts/new", {**TEXT, "sources": "https://example.test/"})
    page = browser.get(f"/works/new?sources={one.id}")
    assert composer(page)["sources"].split() == ["https://example.test/", f"http://localhost{one.url}"]


# -- The page --------------------------------------------------------------------------------


def test_only_the_composer_may_use_camera_and_microphone(browse: Browse, cast: Cast) -> None:
    work, mine = make_work(cast.maker), make_work(cast.free)
    browser = browse(cast.free)
    for address in ("/works/new", f"{work.url}/remix", f"{mine.url}/edit"):
        assert "camera=(self), microphone=(self)" in browser.get(address).headers["Permissions-Policy"], address
    assert "camera=(self)" in browser.post("/works/new", {**TEXT, "title": ""}).headers["Permissions-Policy"]
    for address in ("/", "/open", work.url, "/works/drafts", "/login"):
        assert "camera=(), microphone=()" in browser.get(address).headers["Permissions-Policy"], address


def test_the_room_that_is_left_is_shown(browse: Browse, cast: Cast) -> None:
    page = browse(cast.free).get("/works/new")
    assert page("meter") and "used" in page(".quota-meter")[0].text_content()


def test_the_composer_takes_few_queries_however_many_sources(browse: Browse, cast: Cast) -> None:
    works = [make_work(cast.maker) for _ in range(12)]
    files = [make_file(cast.free).public_id for _ in range(12)]
    browser = browse(cast.free)
    few = len(browser.get("/works/new").queries)
    lines = "\n".join(str(work.id) for work in works)
    browser.post("/works/drafts/new", {**IMAGE, "sources": lines, "upload": files, "alt_text": [""] * 12})
    page = browser.get("/works/new")
    assert len(page(".chosen-source")) == len(page(".pieces .piece")) == 12
    assert few <= 6 and len(page.queries) <= few + 2 and len(page.queries) <= 14


@pytest.mark.slow
def test_nothing_that_is_sent_breaks_it(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    for name in ("move", "drop", "use_source", "drop_source", "find", "add_source", "add_files", "read_text", "save"):
        for value in ("\x00", "٣", "9" * 400, "up:", ":", "%", "draft", "\u202e", "a" * 5000):
            fields = {**TEXT, name: value, "find_source": value, "upload": [value, "", value], "alt_text": [value] * 3,
                      "draft_revision": value, "external_address": [value] * 3, "sources": [value, value], "kind_1": value}  # fmt: skip
            page = browser.post("/works/new", fields)
            assert page.status in (303, 422), (name, value, page.status)
            assert browser.get("/works/new").status == 200
    words = {name: (io.BytesIO(b"x"), "x") for name in ("upload", "sources", "once", "draft_revision", "captions")}
    assert browser.post("/works/new", {**TEXT, **words, "save": "draft"}).status in (303, 422)
    assert count(MediaFile) == 0


def test_a_double_press_makes_one_work_also_of_a_series(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    names = [make_file(cast.free).public_id for _ in range(2)]
    sent = {**IMAGE, "upload": names, "alt_text": ["1", "2"], "once": "key"}
    first, second = browser.post("/works/new", sent), browser.post("/works/new", sent)
    assert first.status == second.status == 303 and first.location == second.location and count(Work) == 1
    assert len(series_of(newest())) == 2
