"""The work's page: what it shows to whom, in how many queries, as page and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from classprojects.core.database import transaction
from classprojects.media.models import MediaKind, MediaState
from classprojects.works import actions
from classprojects.works.models import Medium
from tests.client import PageClient
from tests.factories.people import Cast, make_person
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[[Any], PageClient]


def test_a_text_shows_its_verses_its_maker_and_what_one_may_do(client: PageClient, cast: Cast) -> None:
    work = make_work(cast.maker, title="Tide", body="one\ntwo\n\n# Big", note="Why", tags=["sea"])
    page = client.get(work.url)
    assert page.status == 200
    assert page("h1")[0].text_content() == "Tide"
    assert len(page(".set-text br")) == 1
    assert page(".set-text h2")[0].text_content() == "Big"
    assert cast.maker.name in page.text and "Why" in page.text and "sea" in page.text
    assert page(f"a[href='{work.url}/remix']") and page(f"a[href='{work.url}/download']")


@pytest.mark.parametrize("kind", [MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.VIDEO])
def test_every_medium_is_shown_as_what_it_is(client: PageClient, cast: Cast, kind: MediaKind) -> None:
    file = make_file(cast.maker, kind)
    work = make_work(cast.maker, medium=Medium(kind.value), file_id=file.id, alt_text="A red door")
    page = client.get(work.url)
    selector = {MediaKind.IMAGE: "picture img", MediaKind.AUDIO: "audio source", MediaKind.VIDEO: "video source"}[kind]
    assert all(file.public_id in one.get("src") for one in page(f"#work-media {selector}"))
    assert page(f"#work-media {selector}")
    if kind is MediaKind.IMAGE:
        assert page("#work-media img")[0].get("alt") == "A red door"


def test_a_file_that_is_prepared_says_so_and_is_asked_for_again(client: PageClient, cast: Cast) -> None:
    file = make_file(cast.maker, ready=False)
    work = make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id)
    page = client.get(work.url)
    assert page("live-status#work-media")[0].get("src") == f"{work.url}/media"
    headers = {"X-Requested-With": "live-status", "HX-Request": "true"}
    assert "live-status" in client.get(f"{work.url}/media", headers=headers).html
    with transaction():
        file.state = MediaState.READY
    answer = client.get(f"{work.url}/media", headers=headers)
    assert "live-status" not in answer.html and "picture" in answer.html
    assert client.get(f"{work.url}/media", headers={"Accept": "application/json"}).json == {"state": "ready"}
    assert client.get(f"{work.url}/media").status == 303


def test_a_file_that_failed_says_why_to_its_maker_who_may_try_again(context: Any, browse: Browse, cast: Cast) -> None:
    file = make_file(cast.maker, state=MediaState.FAILED, failure="It ends in the middle.")
    work = make_work(cast.maker, medium=Medium.IMAGE, file_id=file.id)
    mine, theirs = browse(cast.maker), browse(None)
    assert "It ends in the middle." in mine.get(work.url).text
    assert "It ends in the middle." not in theirs.get(work.url).text
    assert browse(cast.free).post(f"{work.url}/processing").status == 403
    assert mine.post(f"{work.url}/processing").status == 303
    assert "Being prepared" in mine.get(work.url).text


def test_queries_stay_few_however_much_hangs_on_a_work(client: PageClient, browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker, sources=[make_work(cast.free)], tags=["a", "b"])
    make_work(cast.free, sources=[work])
    alone = len(client.get(work.url).queries)
    others = [make_person() for _ in range(4)]
    for person in others:
        make_work(person, sources=[work])
        with transaction():
            actions.comment_on_work(person, work, "Lovely")
            actions.heart_work(person, work)
    work = make_work(cast.maker, sources=[make_work(person) for person in others])
    for person in others:
        make_work(person, sources=[work])
        with transaction():
            actions.comment_on_work(person, work, "Lovely")
    many = client.get(work.url)
    assert len(many.queries) <= alone <= 8, many.queries
    signed_in = browse(cast.free).get(work.url)
    assert len(signed_in.queries) <= 14, signed_in.queries


def test_p1_an_open_work_asks_nobody_about_membership(
    browse: Browse, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from classprojects.policy import facts

    def asked(*_: object) -> None:
        raise AssertionError("asked about a membership")

    for name in ("is_subscriber", "has_membership"):
        monkeypatch.setattr(facts, name, asked, raising=False)
    work = make_work(cast.maker)
    for person in (None, cast.free):
        browser = browse(person)
        for address in (work.url, f"{work.url}/download", f"{work.url}/lineage", f"{work.url}/lineage.json"):
            assert browser.get(address).status == 200, address
    browser = browse(cast.free)
    assert browser.get("/works/new").status == 200 and browser.get(f"{work.url}/remix").status == 200
    assert browser.post(f"{work.url}/heart").status == 303
    assert browser.post(f"{work.url}/comments", {"body": "Yes"}).status == 303


def test_p2_ones_own_class_work_is_there_without_membership(browse: Browse, cast: Cast) -> None:
    space = make_space()
    work = make_work(cast.maker, space=space, title="Mine", body="Mine alone")
    browser = browse(cast.maker)  # whom no class opens its door to any more
    assert "Mine alone" in browser.get(work.url).text
    assert browser.get(f"{work.url}/edit").status == 200
    assert browser.get(f"{work.url}/download").status == 200
    saved = browser.post(f"{work.url}/edit", {"medium": "text", "title": "Mine still", "body": "Changed", "language": "en"})
    assert saved.status == 303 and "Mine still" in browser.get(work.url).text
    assert browser.post(f"{work.url}/delete").status == 303


def test_p4_a_class_work_is_not_there_for_others(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker, space=make_space(), title="Inside only")
    for person in (None, cast.free):
        browser = browse(person)
        for part in ("", "/download", "/lineage", "/lineage.json", "/lineage.svg", "/remix", "/edit", "/delete", "/media"):
            page = browser.get(work.url + part)
            assert page.status == 404, part
            assert "Inside only" not in page.html
        for part in ("/heart", "/comments", "/edit", "/delete", "/remix", "/share"):
            assert browser.post(work.url + part, {"body": "x"}).status == 404, part
    assert browse(cast.staff).get(work.url).status == 200


@pytest.mark.parametrize("id", ["0", "999", "9223372036854775808", "99999999999999999999", "-1", "1e3", "x", "%00"])
def test_ids_that_are_nobodys_are_not_there(client: PageClient, id: str) -> None:
    for part in ("", "/lineage.json", "/edit"):
        assert client.get(f"/works/{id}{part}").status == 404


def test_a_tombstone_answers_410_and_leads_to_its_lineage(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker, title="Gone soon", body="Secret words", tags=["tagged"])
    child = make_work(cast.free, sources=[work])
    browser = browse(cast.maker)
    page = browser.get(f"{work.url}/delete")
    assert page.status == 200 and "remixes made from it remain" in page.text
    assert browser.post(f"{work.url}/delete").status == 303
    page = browser.get(work.url)
    assert page.status == 410 and "Gone soon" not in page.html and "Secret words" not in page.html
    assert page(f"a[href='{work.url}/lineage']")
    assert browser.get(work.url, headers={"Accept": "application/json"}).json["tombstone"] is True
    assert browser.get(f"{work.url}/download").status == 404
    assert browser.post(f"{work.url}/heart").status == 404
    assert browser.get(f"{work.url}/edit").status == 404
    assert "a work that is gone" in browser.get(child.url).text
    assert browser.get(f"{work.url}/lineage").status == 200


def test_json_for_whoever_asks(client: PageClient, cast: Cast) -> None:
    parent = make_work(cast.free, title="First")
    work = make_work(cast.maker, title="Second", body="*Hi*", sources=[parent], tags=["x"])
    page = client.get(work.url, headers={"Accept": "application/json"})
    assert "Accept" in page.headers["Vary"]
    found = page.json
    assert found["id"] == str(work.id) and found["title"] == "Second" and found["body"] == "*Hi*"
    assert found["sources"][0]["title"] == "First" and found["sources"][0]["kind"] == "built_on"
    assert found["maker"]["handle"] == "maker"


def test_a_text_is_downloaded_with_its_credit_line(client: PageClient, cast: Cast) -> None:
    work = make_work(cast.maker, title='A/b "c" ☂', body="Line")
    page = client.get(f"{work.url}/download")
    text = page.response.get_data(as_text=True)
    assert text.startswith("Line\n") and f"by {cast.maker.name}, http://localhost{work.url}" in text
    assert "attachment" in page.headers["Content-Disposition"] and "/b" not in page.headers["Content-Disposition"]


def test_hostile_words_stay_words(client: PageClient, cast: Cast) -> None:
    evil = '<img src=x onerror=alert(1)>"\'</title><script>alert(1)</script>'
    work = make_work(cast.maker, title=evil[:200], body=f"{evil} [x](javascript:alert(1)) ![i](https://e.test/i.png)", note=evil, tags=[evil[:40]])
    make_work(cast.free, sources=[work])
    for address in (work.url, f"{work.url}/lineage"):
        page = client.get(address)
        assert not page("img[src=x]") and not page("script:not([src]):not([type='application/ld+json'])")
        assert not any((a.get("href") or "").startswith("javascript") for a in page("a"))
    svg = client.get(f"{work.url}/lineage.svg").response.get_data(as_text=True)
    assert "<script" not in svg and "<img" not in svg


def test_p2_a_lapsed_learner_keeps_their_own_and_loses_the_others(browse: Browse, cast: Cast) -> None:
    """The space is one of a class that nobody's membership opens any more."""
    space = make_space()
    own = make_work(cast.lapsed, space=space, title="My own attempt")
    others = make_work(cast.maker, space=space, title="Theirs")
    with transaction():
        actions.comment_on_work(cast.maker, own, "What works: the ending")
    browser = browse(cast.lapsed)
    page = browser.get(own.url)
    assert page.status == 200 and "What works: the ending" in page.text
    for part in ("/download", "/edit", "/lineage", "/delete"):
        assert browser.get(own.url + part).status == 200, part
    assert browser.get(others.url).status == 404
