"""Drafts: kept as one types, on the server, for their person alone."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.media.models import MediaFile
from classprojects.web.accounts.export import write_export
from classprojects.web.accounts.leaving import leave
from classprojects.works import drafts, jobs
from classprojects.works.models import ComposerDraft, Work
from tests.client import Page, PageClient
from tests.factories.classes import make_class, make_learner
from tests.factories.people import Cast
from tests.factories.prompts import make_prompt
from tests.factories.works import make_file, make_space, make_work

Browse = Callable[[Any], PageClient]

TEXT = {"medium": "text", "title": "A title", "body": "A line", "language": "en"}
JSON = {"Accept": "application/json"}


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def keep(browser: PageClient, key: str = "new", **fields: Any) -> Page:
    return browser.post(f"/works/drafts/{key}", {**TEXT, **fields}, headers=JSON)


def composer(page: Page) -> dict[str, Any]:
    return page.form("form.composer__form")


def test_what_is_typed_is_there_again(browse: Browse, cast: Cast) -> None:
    kept = keep(browse(cast.free), title="", body="  Half a line", tags="sea", draft_revision="0")
    assert kept.status == 200 and kept.json == {"revision": 1}
    page = browse(cast.free).get("/works/new")  # on another device
    form = composer(page)
    assert form["body"].strip("\n") == "  Half a line" and form["tags"] == "sea" and form["draft_revision"] == "1"
    assert "This is your draft" in page.text and form["once"]
    assert page(".composer__restored")[0].get("action") == "/works/drafts/new/delete"


def test_a_second_tab_does_not_overwrite_what_it_never_saw(browse: Browse, cast: Cast) -> None:
    one, other = browse(cast.free), browse(cast.free)
    assert keep(one, title="First", draft_revision="0").json == {"revision": 1}
    late = keep(other, title="Second", draft_revision="0")
    assert late.status == 409 and late.json["revision"] == 1
    assert late.json["error"]["message"] == "This draft was changed in another tab."
    assert composer(one.get("/works/new"))["title"] == "First"
    # who has seen it may overwrite it
    assert keep(other, title="Second", draft_revision="1").json == {"revision": 2}
    assert composer(one.get("/works/new"))["title"] == "Second"


def test_a_second_tab_is_told_in_words_without_javascript(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    keep(browser, title="First", draft_revision="0")
    page = browser.post("/works/new", {**TEXT, "title": "Second", "draft_revision": "0", "save": "draft"})
    assert page.status == 422 and "changed in another tab" in page.text
    assert page(".composer__conflict a[href='/works/new']")
    form = composer(page)
    assert form["title"] == "Second" and form["draft_revision"] == "1" and count(Work) == 0
    again = browser.post("/works/new", {**TEXT, "title": "Second", "draft_revision": "1", "save": "draft"})
    assert again.status == 303 and composer(browser.get("/works/new"))["title"] == "Second"


def test_a_draft_that_was_posted_meanwhile_does_not_come_back_by_itself(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    keep(browser, draft_revision="0")
    assert browser.post("/works/new", TEXT).status == 303
    late = keep(browser, draft_revision="1")
    assert late.status == 409 and late.json["revision"] == 0 and count(ComposerDraft) == 0


def test_save_as_draft_keeps_what_is_wrong_and_unfinished(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    typed = {"medium": "image", "title": "", "body": "x" * 120_000, "sources": "nonsense", "language": "klingon", "tags": "a" * 700}
    page = browser.post("/works/new", {**typed, "save": "draft"})
    assert page.status == 303 and page.location == "/works/new" and count(Work) == 0
    shown = browser.follow(page)
    form = composer(shown)
    assert "Kept as a draft" in shown.text and form["medium"] == "image"
    assert len(form["body"].strip()) == 120_000 and form["sources"].strip() == "nonsense" and form["tags"] == "a" * 700


def test_posting_takes_the_draft_away_and_only_that_one(browse: Browse, cast: Cast) -> None:
    source = make_work(cast.maker)
    browser = browse(cast.free)
    keep(browser, "new", title="One")
    keep(browser, f"remix-{source.id}", title="Other")
    assert browser.post("/works/new", {**TEXT, "title": ""}).status == 422
    assert count(ComposerDraft) == 2
    assert browser.post("/works/new", TEXT).status == 303
    assert [draft.key for draft in drafts.list_drafts(cast.free)] == [f"remix-{source.id}"]
    assert browser.post(f"{source.url}/remix", TEXT).status == 303
    assert count(ComposerDraft) == 0


def test_every_composer_has_a_draft_of_its_own(browse: Browse, cast: Cast) -> None:
    work, mine = make_work(cast.maker), make_work(cast.free, title="Mine")
    prompt = make_prompt(cast.staff, title="A door")
    browser = browse(cast.free)
    addresses = [f"{work.url}/remix", f"{mine.url}/edit", f"/prompts/{prompt.slug}/answer"]
    for place, address in enumerate(addresses):
        page = browser.post(address, {**TEXT, "title": f"Draft {place}", "save": "draft"})
        assert page.status == 303 and page.location == address
    for place, address in enumerate(addresses):
        assert composer(browser.get(address))["title"] == f"Draft {place}"
    assert composer(browser.get("/works/new"))["title"] == ""
    listed = browser.get("/works/drafts")
    assert {link.get("href") for link in listed(".draft-list__title a")} == set(addresses)
    assert browser.post(f"{mine.url}/edit", {**TEXT, "title": "Changed"}).status == 303
    assert {draft.key for draft in drafts.list_drafts(cast.free)} == {f"remix-{work.id}", f"answer-{prompt.slug}"}


def test_nobody_else_sees_or_touches_a_draft(browse: Browse, cast: Cast) -> None:
    keep(browse(cast.free), title="Secret title")
    for person in (cast.maker, cast.staff):
        browser = browse(person)
        assert "Secret title" not in browser.get("/works/new").html
        assert "Secret title" not in browser.get("/works/drafts").html
        assert browser.post("/works/drafts/new/delete").status == 303
        assert keep(browser, title="Theirs").status == 200
    assert composer(browse(cast.free).get("/works/new"))["title"] == "Secret title"
    visitor = browse(None)
    assert visitor.get("/works/drafts").location == "/login?next=/works/drafts"
    assert visitor.post("/works/drafts/new", TEXT, headers=JSON).status == 401
    assert "/login" in str(visitor.post("/works/drafts/new/delete").location)


def test_start_afresh(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    keep(browser, title="Old")
    page = browser.post("/works/drafts/new/delete")
    assert page.status == 303 and page.location == "/works/new"
    assert composer(browser.follow(page))["title"] == "" and count(ComposerDraft) == 0
    keep(browser, title="Old")
    assert browser.post("/works/drafts/new/delete", {"from": "list"}).location == "/works/drafts"
    assert browser.post("/works/drafts/new/delete").status == 303  # it is gone already


def test_keeping_needs_a_token(browse: Browse, cast: Cast) -> None:
    assert browse(cast.free).post("/works/drafts/new", TEXT, csrf=False, headers=JSON).status == 400
    assert count(ComposerDraft) == 0


@pytest.mark.parametrize(
    "key",
    ["old", "NEW", "remix-", "remix-0", "remix-1x", "edit--1", "answer-", "answer-A", "submit-x", "submit-x-0",
     "remix-" + "9" * 30, "answer-" + "a" * 90, "%00", "new%0a", "٣"],
)  # fmt: skip
def test_a_key_names_a_composer(browse: Browse, cast: Cast, key: str) -> None:
    browser = browse(cast.free)
    assert browser.post(f"/works/drafts/{key}", TEXT, headers=JSON).status == 404
    assert browser.post(f"/works/drafts/{key}/delete").status == 404
    assert count(ComposerDraft) == 0


def test_odd_fields_are_kept_as_words_or_left_out(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    odd = {"title": "a\x00b\u202e😀", "space": "\x00", "kind_1": "sampled", "kind_x": "y", "is_staff": "1", "csrf": "z", "once": "k"}
    assert keep(browser, **odd, draft_revision="٣").status == 200
    fields = drafts.list_drafts(cast.free)[0].fields
    assert fields["title"] == ["ab\u202e😀"] and fields["kind_1"] == ["sampled"]
    assert not {"kind_x", "is_staff", "csrf", "once", "csrf_token"} & set(fields)
    page = browser.get("/works/new")
    assert page.status == 200 and "ab" in composer(page)["title"]


def test_a_draft_has_an_end(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    long = keep(browser, body="ä" * 400_000)
    assert long.status == 422 and "too long" in long.json["error"]["message"] and count(ComposerDraft) == 0
    page = browser.post("/works/new", {**TEXT, "body": "ä" * 400_000, "save": "draft"})
    assert page.status == 422 and "too long to keep" in page.text and len(composer(page)["body"].strip()) == 400_000
    # a person has at most so many
    with transaction():
        for number in range(1, drafts.MOST_DRAFTS + 1):
            drafts.keep_draft(cast.free, f"remix-{number}", {"title": ["x"]})
    full = keep(browser)
    assert full.status == 422 and "50 drafts" in full.json["error"]["message"]
    assert keep(browser, "remix-7", title="y").status == 200  # the old ones can be changed
    assert keep(browse(cast.maker)).status == 200


def test_old_drafts_go_by_the_clock(context: Flask, cast: Cast) -> None:
    now = clock.now()
    with transaction():
        drafts.keep_draft(cast.free, "new", {"title": ["x"]})
    with clock.at(now + timedelta(days=60)), transaction():
        drafts.keep_draft(cast.free, "remix-1", {"title": ["x"]})
    with clock.at(now + timedelta(days=91)):
        assert jobs.sweep_drafts() == 1
    assert [draft.key for draft in drafts.list_drafts(cast.free)] == ["remix-1"]


def test_a_file_that_a_draft_waits_with_is_not_swept(browse: Browse, cast: Cast) -> None:
    mine, loose, other = make_file(cast.free), make_file(cast.free), make_file(cast.maker)
    keep(browse(cast.free), medium="image", upload=[mine.public_id, other.public_id], alt_text=["A wall", ""])
    with clock.at(clock.now() + timedelta(days=2)):
        jobs.sweep_files()
    left = set(db.session.scalars(sa.select(MediaFile.public_id)))
    assert left == {mine.public_id}, (loose.public_id, other.public_id)
    page = browse(cast.free).get("/works/new")
    assert composer(page)["upload"] == mine.public_id and "A wall" in page.text
    with transaction():
        drafts.drop_draft(cast.free, "new")
    with clock.at(clock.now() + timedelta(days=2)):
        jobs.sweep_files()
    assert count(MediaFile) == 0


def test_p20_drafts_leave_with_their_person(browse: Browse, cast: Cast) -> None:
    keep(browse(cast.free), title="Mine alone")
    keep(browse(cast.maker), title="Theirs")
    target = io.BytesIO()
    write_export(cast.free, target)
    kept = json.loads(zipfile.ZipFile(target).read("drafts.json"))
    assert [(one["composer"], one["fields"]["title"]) for one in kept] == [("new", ["Mine alone"])]
    with transaction():
        leave(cast.free)
    assert [draft.fields["title"] for draft in db.session.scalars(sa.select(ComposerDraft))] == [["Theirs"]]


def test_unpublished_works_stand_beside_the_drafts(browse: Browse, cast: Cast) -> None:
    make_work(cast.free, title="Not out yet", publish=False)
    make_work(cast.free, title="Out")
    page = browse(cast.free).get("/works/drafts")
    assert "Not out yet" in page.text and "Out" not in [a.text for a in page(".draft-list__title a")]
    assert "Nothing is waiting here" in page.text


def test_the_list_takes_few_queries_however_many_drafts(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.free)
    keep(browser)
    few = len(browser.get("/works/drafts").queries)
    with transaction():
        for number in range(1, 40):
            drafts.keep_draft(cast.free, f"remix-{number}", {"title": ["x"]})
    assert len(browser.get("/works/drafts").queries) == few <= 8


def test_a_draft_for_a_class_waits_there(browse: Browse, cast: Cast) -> None:
    work = make_work(cast.free, space=make_space("Letters"))
    with transaction():
        drafts.keep_draft(cast.free, "submit-some-class-2-12", {"title": ["Homework"], "medium": ["audio"], "upload": ["x", ""]})
    page = browse(cast.free).get("/works/drafts")
    assert page(".draft-list__title a")[0].get("href") == "/classes/some-class-2/assignments/12/submit"
    assert "1 file" in page.text and work.id


def test_p8_a_draft_for_a_class_never_quietly_becomes_open(browse: Browse, cast: Cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    keep(browse(learner), space=str(project.space_id))
    assert composer(browse(learner).get("/works/new"))["space"] == str(project.space_id)
    keep(browse(cast.free), space=str(project.space_id))  # of which they are no part (any more)
    page = browse(cast.free).get("/works/new")
    assert "cannot post in at this moment" in page(".composer .notice-warning")[0].text_content()


def test_a_file_that_is_gone_is_said(browse: Browse, cast: Cast) -> None:
    keep(browse(cast.free), medium="image", upload=["gone", make_file(cast.free).public_id])
    page = browse(cast.free).get("/works/new")
    assert "not here any more" in page(".composer .notice-warning")[0].text_content() and len(page(".pieces .piece")) == 1
