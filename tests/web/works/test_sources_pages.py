"""Suggesting, deciding and disputing sources, and taking a work back, as a browser sees it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from classprojects.core.database import db, transaction
from classprojects.works import actions, queries
from classprojects.works.models import EdgeDispute, RemixEdge, SourceSuggestion, SuggestionState, WorkStatus
from tests.factories.classes import make_class, make_learner, submit
from tests.factories.people import make_person
from tests.factories.works import make_work


def sources_of(page: Any) -> str:
    return " ".join(" ".join(one.text_content().split()) for one in page("#sources"))


def the_suggestion() -> SourceSuggestion:
    return db.session.scalars(sa.select(SourceSuggestion).execution_options(populate_existing=True)).one()


def suggest(browser: Any, child: Any, parent: Any, **more: str) -> Any:
    fields = {"source": str(parent.id), "kind": "sampled", "note": "At 0:20.", **more}
    return browser.post(f"{child.url}/suggestions/new", fields)


def test_the_whole_way_of_a_suggestion(browse, cast) -> None:
    bell, child = make_work(cast.maker, title="Bell"), make_work(cast.free, title="Ringing")
    ana = browse(make_person("ana"))
    page = ana.get(child.url)
    link = page("#sources a")[0]
    assert link.text_content() == "Suggest a source that was forgotten"
    # Found by words, chosen by a link.
    page = ana.get(f"{link.get('href')}?q=bell")
    choice = page(".pick-list a.button")[0].get("href")
    page = ana.get(choice)
    form = page.form("main form[method=post]")
    assert form["source"] == str(bell.id) and "You chose Bell by Maker" in page.text
    page = ana.post(f"{child.url}/suggestions/new", {**form, "kind": "sampled", "note": "At 0:20."})
    assert (page.status, page.location) == (303, f"{child.url}#sources")
    waits = "Ana suggests that this was also sampled from Bell. The maker has not answered yet. At 0:20."
    for browser in (browse(), ana, browse(cast.instructor)):
        assert waits in sources_of(browser.get(child.url))
    assert queries.get_work(child.id).sources_count == 0

    maker = browse(cast.free)
    told = maker.get("/account/notifications")
    page = maker.get(told(".notification-line__words a")[0].get("href"))
    assert "Ana suggests that Ringing by Free was also sampled from Bell by Maker." in page.text
    decide = page("main form")[0].get("action")
    assert maker.post(decide, {"answer": "Right."}).status == 422
    page = maker.post(decide, {"decision": "accept", "answer": "Right."})
    assert (page.status, page.location) == (303, f"{child.url}#sources")
    page = browse().get(child.url)
    assert "sampled from Bell by Maker" in " ".join(page(".source-list")[0].text_content().split())
    assert "has not answered" not in page.text
    assert maker.post(decide, {"decision": "decline"}).status == 422, "decided is decided"
    page = ana.get(f"/suggestions/{the_suggestion().id}")
    assert "It is named as a source now." in page.text and "Right." in page.text


def test_a_suggestion_that_is_declined_or_taken_back_is_shown_no_more(browse, cast) -> None:
    bell, child = make_work(cast.maker), make_work(cast.free)
    ana = browse(make_person("ana"))
    for end in ("declined", "withdrawn"):
        assert suggest(ana, child, bell).status == 303
        number = db.session.scalars(sa.select(sa.func.max(SourceSuggestion.id))).one()
        assert "has not answered" in browse().get(child.url).text
        if end == "declined":
            assert browse(cast.free).post(f"/suggestions/{number}/decision", {"decision": "decline"}).status == 303
        else:
            assert ana.post(f"/suggestions/{number}/withdrawal").status == 303
        assert "has not answered" not in browse().get(child.url).text
        assert ana.get(f"/suggestions/{number}").status == 200
    assert db.session.scalars(sa.select(RemixEdge)).all() == []


@pytest.mark.parametrize(
    "change",
    [{"source": ""}, {"source": "x"}, {"source": "999999"}, {"source": "https://elsewhere.example/works/1"}, {"source": "9" * 900},
     {"kind": "stolen"}, {"note": "x" * 501}, {"source": "\x00"}, {"source": "own"}],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(browse, cast, change) -> None:
    bell, child = make_work(cast.maker), make_work(cast.free)
    if change == {"source": "own"}:
        change = {"source": child.url}
    page = suggest(browse(cast.instructor), child, bell, **change)
    assert page.status == 422
    name = next(iter(change))
    assert page(f"#{name}-error"), name
    if name == "source" and "\x00" not in change["source"]:
        assert page("#source")[0].get("value") == change["source"], "what was typed stays"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SourceSuggestion)) == 0


def test_who_may_what_about_a_suggestion(browse, cast) -> None:
    bell, child = make_work(cast.maker), make_work(cast.free)
    ana = make_person("ana")
    address = f"{child.url}/suggestions/new"
    assert browse().get(address).location == f"/login?next={address}"
    assert browse(cast.free).get(address).status == 403
    suggest(browse(ana), child, bell)
    number = the_suggestion().id
    assert browse().get(f"/suggestions/{number}").location == f"/login?next=/suggestions/{number}"
    for person, statuses in ((cast.instructor, (403, 403, 403)), (ana, (200, 403, 303)), (cast.free, (200, 422, 403))):
        browser = browse(person)
        found = (
            browser.get(f"/suggestions/{number}").status,
            browser.post(f"/suggestions/{number}/decision", {"decision": "maybe"}).status,
            browser.post(f"/suggestions/{number}/withdrawal").status,
        )
        assert found == statuses, person.handle
    assert browse(ana).get("/suggestions/999").status == 404


def test_p4_a_suggested_class_work_is_not_named_to_strangers(browse, cast) -> None:
    project = make_class(cast.instructor)
    one, two, three = (make_learner(project, name) for name in ("one", "two", "three"))
    parent = submit(one, project, title="Zwielicht", body="Zwielicht")
    child = submit(two, project, title="Letter")
    work = queries.get_work(child.work_id)
    assert suggest(browse(three), work, queries.get_work(parent.work_id), note="Zwielicht, line 2").status == 303
    assert "Zwielicht" in browse(three).get(work.url).text
    with transaction():
        actions.share_work(work)
    for browser in (browse(), browse(cast.free)):
        page = browser.get(work.url)
        assert page.status == 200 and "Zwielicht" not in page.html and f"/works/{parent.work_id}" not in page.html
        assert "has not answered" not in page.text
    # The maker decides, and hears why a class work cannot be a source in the open area (P8).
    page = browse(two).post(f"/suggestions/{the_suggestion().id}/decision", {"decision": "accept"})
    assert page.status == 422 and "belongs to a class" in page.text
    assert db.session.scalars(sa.select(RemixEdge)).all() == []


def test_the_whole_way_of_a_dispute(browse, cast) -> None:
    bell = make_work(cast.maker, title="Bell")
    child = make_work(cast.free, title="Ringing", sources=[bell])
    maker = browse(cast.maker)
    link = maker.get(child.url)("#sources a")[-1]
    assert "Dispute the source" in link.text_content()
    address = link.get("href")
    assert address == f"{child.url}/sources/{bell.id}/dispute"
    assert maker.get(address).status == 200
    assert maker.post(address, {"reason": " "}).status == 422
    assert maker.post(address, {"reason": "That is another bell."}).status == 303
    said = "Maker disputes that Ringing was built on Bell: That is another bell."
    for place in (child.url, bell.url):
        for browser in (browse(), browse(cast.instructor), maker):
            assert said in sources_of(browser.get(place)), place

    other = browse(cast.free)
    told = other.get("/account/notifications")
    page = other.get(told(".notification-line__words a")[0].get("href"))
    assert "Maker says that it is not true" in page.text and len(page("main form")) == 2
    reply = page("main form")[0].get("action")
    assert other.post(reply, {"reply": ""}).status == 422
    assert other.post(reply, {"reply": "Listen at 0:20."}).status == 303
    assert other.post(reply, {"reply": "And at 0:40."}).status == 422
    assert f"{said} Free answers: Listen at 0:20." in sources_of(browse().get(bell.url))
    # P6: the edge stays, in the lineage and in the count.
    (edge,) = browse().get(f"{child.url}/lineage.json").json["edges"]
    assert (edge["child"], edge["parent"], edge["kind"]) == (str(child.id), str(bell.id), "built_on")
    assert queries.get_work(bell.id).remixes_count == 1
    number = db.session.scalars(sa.select(EdgeDispute.id)).one()
    assert other.post(f"/disputes/{number}/withdrawal").status == 403
    assert maker.post(f"/disputes/{number}/withdrawal").status == 303
    assert "disputes" not in sources_of(browse().get(child.url))


def test_third_persons_cannot_dispute(browse, cast) -> None:
    bell = make_work(cast.maker)
    child = make_work(cast.free, sources=[bell])
    address = f"{child.url}/sources/{bell.id}/dispute"
    assert browse().get(address).location == f"/login?next={address}"
    browser = browse(cast.instructor)
    assert browser.get(address).status == browser.post(address, {"reason": "No"}).status == 403
    assert not [link for link in browser.get(child.url)("#sources a") if "Dispute" in link.text_content()]
    browse(cast.maker).post(address, {"reason": "Mine."})
    number = db.session.scalars(sa.select(EdgeDispute.id)).one()
    assert browser.post(f"/disputes/{number}/reply", {"reply": "Me too"}).status == 403
    assert browser.post(f"/disputes/{number}/withdrawal").status == 403
    assert browse(cast.staff).post(address, {"reason": "No"}).status == 403
    for nothing in (f"{bell.url}/sources/{child.id}/dispute", f"{child.url}/sources/999/dispute", f"{child.url}/sources/0/dispute"):
        assert browse(cast.maker).get(nothing).status == 404
    assert browse(cast.maker).post("/disputes/999/reply", {"reply": "x"}).status == 404


def test_p4_a_drafts_sources_are_nobodys_business(browse, cast) -> None:
    bell = make_work(cast.maker)
    draft = make_work(cast.free, sources=[bell], publish=False)
    for person in (cast.maker, cast.free):
        assert browse(person).get(f"{draft.url}/sources/{bell.id}/dispute").status == 404


def test_p4_what_is_disputed_in_a_class_stays_in_it(browse, cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    bell = make_work(cast.maker, title="Bell")
    child = submit(learner, project, title="Zwielicht", source_ids=[bell.id])
    address = f"/works/{child.work_id}/sources/{bell.id}/dispute"
    # The open work's maker does not see the class work, so that they are told nothing of it.
    assert browse(cast.maker).get(address).status == 404
    assert browse(learner).post(address, {"reason": "Zwielicht was not built on it."}).status == 303
    assert "Zwielicht" in browse(learner).get(bell.url).text
    for browser in (browse(), browse(cast.free)):
        assert "Zwielicht" not in browser.get(bell.url).html


def test_p6_p7_taking_a_work_back_leaves_what_grew_from_it(browse, cast) -> None:
    bell = make_work(cast.maker, title="Bell")
    child = make_work(cast.free, title="Ringing", sources=[bell])
    maker = browse(cast.maker)
    page = maker.get(bell.url)
    link = next(link for link in page(".work-page__own a") if "Take back" in link.text_content())
    page = maker.get(link.get("href"))
    assert page.status == 200 and "Remixes that others made from it stay" in page.text
    assert queries.get_work(bell.id).status is WorkStatus.PUBLISHED, "looking changes nothing"
    assert browse(cast.free).post(link.get("href")).status == 403
    assert maker.post(link.get("href")).status == 303
    assert maker.get(bell.url).status == 200 and browse().get(bell.url).status == 404
    page = browse().get(child.url)
    assert page.status == 200 and "Bell" not in page(".source-list")[0].text_content()
    assert [edge["parent"] for edge in browse().get(f"{child.url}/lineage.json").json["edges"]] == [str(bell.id)]
    assert maker.get(link.get("href")).location == bell.url, "what is taken back already"
    assert maker.post(f"{bell.url}/publication").status == 303
    assert "Bell" in browse().get(child.url)(".source-list")[0].text_content()


def test_an_answer_in_a_class_is_taken_back_as_one(browse, cast) -> None:
    project = make_class(cast.instructor)
    learner = make_learner(project)
    submission = submit(learner, project)
    browser = browse(learner)
    address = f"/works/{submission.work_id}/unpublication"
    page = browser.get(address)
    assert page.status == 303 and browser.get(page.location).status == 200
    assert browser.post(address).location == page.location
    assert queries.get_work(submission.work_id).status is WorkStatus.PUBLISHED
    assert browser.post(page.location).status == 303
    assert queries.get_work(submission.work_id).status is WorkStatus.UNPUBLISHED


def test_the_page_of_a_work_stays_cheap(browse, cast) -> None:
    bell = make_work(cast.maker, title="Bell")
    child = make_work(cast.free, title="Ringing", sources=[bell])
    reader = browse(cast.instructor)
    reader.get(child.url)
    plain, plain_in = len(browse().get(child.url).queries), len(reader.get(child.url).queries)
    for number in range(4):
        suggest(browse(make_person()), child, make_work(cast.maker, title=f"Source {number}"))
    for person in (cast.maker, cast.free):
        browse(person).post(f"{child.url}/sources/{bell.id}/dispute", {"reason": "No."})
    page, page_in = browse().get(child.url), reader.get(child.url)
    assert sources_of(page).count("has not answered") == 4 and sources_of(page).count("disputes that") == 2
    assert len(page.queries) <= plain + 2 and len(page_in.queries) <= plain_in + 2
    assert plain <= 8 and len(page_in.queries) <= 14


def test_p20_what_one_suggested_and_disputed_is_in_the_download(browse, cast) -> None:

    bell = make_work(cast.maker, title="Bell")
    child = make_work(cast.free, title="Ringing", sources=[bell])
    browser = browse(cast.maker)
    browser.post(f"{child.url}/sources/{bell.id}/dispute", {"reason": "That is another bell."})
    suggest(browser, child, make_work(cast.instructor))
    page = browser.get("/account/export.zip")
    archive = zipfile.ZipFile(io.BytesIO(page.response.get_data()))
    page.response.close()
    assert json.loads(archive.read("disputes.json"))[0]["reason"] == "That is another bell."
    assert json.loads(archive.read("suggestions.json"))[0]["state"] == SuggestionState.OPEN.value
