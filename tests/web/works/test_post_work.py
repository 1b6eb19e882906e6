"""The composer: posting, and what it says to everything that is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from classprojects.core.database import db
from classprojects.media.models import MediaFile
from classprojects.works import queries
from classprojects.works.models import EdgeKind, ExternalSource, RemixEdge, Work
from tests.client import Page, PageClient
from tests.factories.media import picture_file, sound_file
from tests.factories.people import Cast
from tests.factories.works import make_space, make_work

Browse = Callable[[Any], PageClient]

TEXT = {"medium": "text", "title": "A title", "body": "A line", "language": "en"}


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def newest() -> Work:
    return queries.get_work(db.session.scalar(sa.select(sa.func.max(Work.id))) or 0)


def error_of(page: Page, field: str) -> str:
    return " ".join(" ".join(e.text_content().split()) for e in page(f"#{field}-error"))


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client: PageClient) -> None:
    assert client.get("/works/new").location == "/login?next=/works/new"
    assert "/login" in str(client.post("/works/new", TEXT).location)
    assert count(Work) == 0


def test_p7_before_posting_the_maker_is_told_that_it_may_be_remixed(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.maker)
    mine = make_work(cast.free, space=make_space())
    browser = browse(cast.free)
    for address in ("/works/new", f"{work.url}/remix"):
        assert "Posting lets others remix this work" in browser.get(address).text, address
    assert "lets others remix it" in browser.get(f"{mine.url}/share").text
    # also when it comes back with errors
    assert "Posting lets others remix this work" in browser.post("/works/new", {**TEXT, "title": ""}).text


def test_a_text_is_posted_and_shown(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    page = browser.post("/works/new", {**TEXT, "tags": "Sea, slow water", "note": "a note"})
    assert page.status == 303
    shown = browser.follow(page)
    assert shown.status == 200 and "A line" in shown.text and "a note" in shown.text
    assert [tag.name for tag in newest().tags] == ["sea", "slow water"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": ""}),
        ("title", {"title": "x" * 201}),
        ("title", {"title": "\x00\u202e"}),
        ("body", {"body": "  \n "}),
        ("body", {"body": "y" * 100_001}),
        ("body", {"body": "z" * 1_000_000}),
        ("medium", {"medium": ""}),
        ("medium", {"medium": "cake"}),
        ("note", {"note": "n" * 2001}),
        ("tags", {"tags": ",".join(f"t{n}" for n in range(11))}),
        ("language", {"language": "klingon"}),
        ("edge_kind", {"edge_kind": "stolen"}),
        ("space", {"space": "99"}),
        ("space", {"space": "no-such-class"}),
        ("space", {"space": "\x00"}),
        ("file", {"medium": "image"}),
        ("file", {"medium": "video", "upload": "forged"}),
        ("file", {"medium": "image", "file": "not a file"}),
    ],
)
def test_what_is_wrong_is_said_in_words_and_what_was_typed_stays(
    browse: Browse, cast: Cast, field: str, values: dict[str, str]
) -> None:
    page = browse(cast.free).post("/works/new", {**TEXT, **values})
    assert page.status == 422
    if field != "space":  # with one choice it is not shown as a field
        assert len(error_of(page, field)) > 10, page.text
    assert count(Work) == 0
    kept = page.form("form.composer__form")
    for name in ("title", "body", "note", "tags"):
        typed = {**TEXT, **values}.get(name, "").strip()
        if "\x00" not in typed:
            assert (kept.get(name) or "").strip() == typed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("999999", "no such work here"),
        ("99999999999999999999999", "no such work here"),
        ("http://localhost/works/999999", "no such work here"),
        ("/works/0", "no such work here"),
        ("javascript:alert(1)", "neither a work here"),
        ("ftp://example.test/a", "neither a work here"),
        ("http://[", "neither a work here"),
        ("just words", "neither a work here"),
        ("https://me:secret@example.test/", "neither a work here"),
        ("٣", "neither a work here"),
        ("https://example.test/" + "a" * 1000, "neither a work here"),
    ],
)
def test_each_wrong_source_has_its_own_error(browse: Browse, cast: Cast, line: str, words: str) -> None:
    page = browse(cast.free).post("/works/new", {**TEXT, "sources": f"also wrong\n{line}"})
    assert page.status == 422
    said = error_of(page, "sources")
    assert words in said and "“also wrong”" in said
    assert line[:40] in page.form("form.composer__form")["sources"]
    assert count(Work) == 0


def test_sources_are_ids_or_addresses_of_ours_or_of_elsewhere(browse: Browse, cast: Cast) -> None:
    one, two, three = (make_work(cast.maker) for _ in range(3))
    lines = f"{one.id}\n #{one.id}\n\nhttp://localhost/works/{two.id}/lineage\n/works/{three.id}\nhttps://example.test/song"
    page = browse(cast.free).post(
        "/works/new",
        {**TEXT, "sources": lines, "edge_kind": "sampled", "external_author": "Ann", "external_licence": "CC0"},
    )
    assert page.status == 303
    work = newest()
    assert [(edge.parent_id, edge.kind) for edge in work.sources] == [(w.id, EdgeKind.SAMPLED) for w in (one, two, three)]
    assert [(s.address, s.author, s.licence) for s in work.external_sources] == [("https://example.test/song", "Ann", "CC0")]


def test_a_class_work_of_others_is_no_source_and_not_betrayed(browse: Browse, cast: Cast) -> None:
    hidden = make_work(cast.maker, space=make_space(), title="Hidden title")
    page = browse(cast.free).post("/works/new", {**TEXT, "sources": str(hidden.id)})
    assert page.status == 422 and "Hidden title" not in page.html
    assert "no such work here" in error_of(page, "sources")


def test_p8_a_class_work_goes_into_the_open_area_only_when_its_maker_shared_it(browse: Browse, cast: Cast) -> None:
    mine = make_work(cast.free, space=make_space(), title="From class")
    browser = browse(cast.free)
    page = browser.post("/works/new", {**TEXT, "sources": str(mine.id)})
    assert page.status == 422 and "once its maker has shared it" in error_of(page, "sources")
    assert browser.post(f"{mine.url}/share").status == 303
    assert browser.post("/works/new", {**TEXT, "sources": str(mine.id)}).status == 303


def test_a_remix_names_its_source_even_when_the_line_was_taken_out(browse: Browse, cast: Cast) -> None:
    source = make_work(cast.maker, title="First")
    browser = browse(cast.free)
    page = browser.get(f"{source.url}/remix")
    assert page.form("form.composer__form")["sources"].strip() == f"http://localhost{source.url}"
    assert f"{source.url}/download" in page.html and "First" in page("h1")[0].text_content()
    made = browser.post(f"{source.url}/remix", {**TEXT, "title": "Second", "sources": "", "edge_kind": "translated"})
    assert made.status == 303
    # both pages show the link at once
    assert browser.follow(made)(f"a[href='{source.url}']")
    assert browser.get(source.url)(f"a[href='{made.location}']")
    assert newest().sources[0].kind is EdgeKind.TRANSLATED


def test_sending_a_form_twice_makes_one_work(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    form = browser.get("/works/new").form("form.composer__form")
    fields = {**TEXT, "once": form["once"], "csrf_token": form["csrf_token"]}
    first, second = browser.post("/works/new", fields), browser.post("/works/new", fields)
    assert first.status == second.status == 303 and first.location == second.location
    assert count(Work) == 1


def test_a_stale_or_missing_token_writes_nothing(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    assert browser.post("/works/new", TEXT, csrf=False).status == 400
    assert browser.post("/works/new", {**TEXT, "csrf_token": "stale"}).status == 400
    assert count(Work) == 0


def test_repeated_and_missing_fields_and_files_where_words_belong(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    twice = browser.post("/works/new", {**TEXT, "title": ["One", "Two"], "medium": ["text", "cake"]})
    assert twice.status == 303 and newest().current_version.title == "One"
    assert browser.post("/works/new", {}).status == 422
    file = (io.BytesIO(b"title"), "title.txt")
    assert browser.post("/works/new", {**TEXT, "title": file}).status == 422
    file = (io.BytesIO(b"1"), "1.txt")
    assert browser.post("/works/new", {**TEXT, "sources": file}).status == 303
    json = browser.post("/works/new", csrf=True, data=None)
    assert json.status == 422


def test_json_is_nobodys_form(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    token = browser.csrf_token()
    for body in ("[1, 2]", '{"title": {"a": 1}}', "{"):
        answer = browser._send(
            "POST", "/works/new", data=body, content_type="application/json", headers={"X-CSRFToken": token}
        )
        assert answer.status == 422


def test_emoji_and_right_to_left_are_kept(browse: Browse, cast: Cast) -> None:
    title, body = "مرحبا 🌊 שלום", "‏שורה אחת\n👩‍👩‍👧 e\u0301"
    browser = browse(cast.free)
    assert browser.post("/works/new", {**TEXT, "title": title, "body": body, "language": "ar"}).status == 303
    version = newest().current_version
    assert version.title == title and version.body == body
    page = browser.get(newest().url)
    assert page("h1")[0].get("dir") == "auto" and title in page("h1")[0].text_content()


def test_p4_an_upload_that_came_with_a_wrong_form_is_sent_once(
    browse: Browse, cast: Cast, tmp_path: Path
) -> None:
    browser = browse(cast.free)
    picture = picture_file(tmp_path / "photo.jpg")
    with picture.open("rb") as file:
        page = browser.post("/works/new", {"medium": "image", "title": "", "language": "en", "file": (file, "my photo.jpg")})
    assert page.status == 422 and "my photo.jpg" in page.text
    kept = page.form("form.composer__form")["upload"]
    assert kept and count(MediaFile) == 1 and count(Work) == 0
    # nobody else can take it up
    other = browse(cast.maker).post("/works/new", {"medium": "image", "title": "Theirs", "upload": kept})
    assert other.status == 422 and count(Work) == 0
    fields = {"medium": "image", "title": "Now", "upload": kept, "alt_text": "A wall", "once": "k"}
    page = browser.post("/works/new", fields)
    assert page.status == 303 and count(MediaFile) == 1
    assert newest().current_version.file.public_id == kept
    again = browser.post("/works/new", fields)
    assert again.status == 303 and again.location == page.location and count(Work) == 1
    assert "Being prepared" in browser.follow(page).text


@pytest.mark.parametrize(
    ("name", "content", "medium"),
    [
        ("picture.jpg", b"", "image"),
        ("picture.jpg", b"<html><script>alert(1)</script></html>", "image"),
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "image"),
        ("sound.mp3", b"\x00" * 5000, "audio"),
        ("../../etc/passwd", b"root:x:0:0", "video"),
        ("name\u202egpj.exe", b"MZ" + b"\x00" * 200, "image"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused_in_words(
    browse: Browse, cast: Cast, name: str, content: bytes, medium: str
) -> None:
    page = browse(cast.free).post(
        "/works/new", {"medium": medium, "title": "Kept title", "language": "en", "file": (io.BytesIO(content), name)}
    )
    assert page.status == 422 and len(error_of(page, "file")) > 10
    assert page.form("form.composer__form")["title"] == "Kept title"
    assert count(Work) == count(MediaFile) == 0


def test_a_sound_is_not_a_picture(browse: Browse, cast: Cast, tmp_path: Path) -> None:
    sound = sound_file(tmp_path / "tone.wav", 1.0)
    with sound.open("rb") as file:
        page = browse(cast.free).post("/works/new", {"medium": "image", "title": "T", "file": (file, "a.jpg")})
    assert page.status == 422 and "sound" in error_of(page, "file")


def test_editing_makes_a_version_and_never_takes_a_source_away(browse: Browse, cast: Cast) -> None:
    source = make_work(cast.maker)
    work = make_work(cast.free, sources=[source], tags=["old"])
    browser = browse(cast.free)
    title = work.current_version.title
    assert browser.get(f"{work.url}/edit").form("form.composer__form")["title"] == title
    other = make_work(cast.maker)
    page = browser.post(f"{work.url}/edit", {**TEXT, "title": "New", "tags": "new", "sources": str(other.id)})
    assert page.status == 303
    work = queries.get_work(work.id)
    assert work.current_version.number == 2 and [tag.name for tag in work.tags] == ["new"]
    assert {edge.parent_id for edge in work.sources} == {source.id, other.id} and work.sources_count == 2
    wrong = browser.post(f"{work.url}/edit", {**TEXT, "title": "Newer", "sources": str(work.id)})
    assert wrong.status == 422 and "own source" in error_of(wrong, "sources")
    assert queries.get_work(work.id).current_version.number == 2
    assert browse(cast.maker).get(f"{work.url}/edit").status == 403
    assert browse(cast.maker).post(f"{work.url}/edit", TEXT).status == 403


def test_nothing_half_written_stays_when_a_post_is_refused(browse: Browse, cast: Cast) -> None:
    mine = make_work(cast.free, space=make_space())
    before = count(Work), count(RemixEdge), count(ExternalSource)
    page = browse(cast.free).post("/works/new", {**TEXT, "sources": f"{mine.id}\nhttps://example.test/"})
    assert page.status == 422
    assert (count(Work), count(RemixEdge), count(ExternalSource)) == before
