"""The showcase: chosen by instructors, shown only with the maker's word and only what is everybody's anyway."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from classprojects.classes import actions as classes
from classprojects.classes.models import ShowcaseEntry
from classprojects.classes.queries import get_class, get_submission, showcase
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.notifications.models import Notification, NotificationKind
from classprojects.web.accounts.leaving import leave
from classprojects.works import actions as works
from classprojects.works.queries import get_plain_work
from tests.factories.classes import make_class, make_learner, submit


@pytest.fixture
def scene(cast, browse):
    """A class with a letter, and one built on it; both chosen in the studio."""
    project = make_class(cast.instructor, assignments=2, title="Letters")
    ada, ben = make_learner(project, "ada"), make_learner(project, "ben")
    first = submit(ada, project, 1, title="Letter of Ada")
    second = submit(ben, project, 2, title="Answer of Ben", source_ids=[first.work_id])
    studio = browse(cast.instructor)
    address = f"/studio{project.url}/showcase"
    for one, line in ((first, "It opens a door."), (second, "It walks through.")):
        assert studio.post(address, {"work": one.work_id, "line": line}).status == 303
    entries = showcase.list_entries(project)
    return project, ada, ben, first, second, studio, address, [one.id for one in entries]


def test_nothing_is_shown_without_the_makers_word_and_P8_without_their_sources(scene, browse, client, cast) -> None:
    project, ada, ben, first, second, studio, address, (one, two) = scene
    page = f"{project.url}/showcase"
    assert studio.post(f"{address}/publication").status == 422  # nobody agreed yet
    assert client.get(page).status == 404 and browse(cast.subscriber).get(page).status == 404
    told = db.session.scalars(sa.select(Notification).where(Notification.kind == NotificationKind.SHOWCASE_ASKED)).all()
    assert {(note.person_id, note.path) for note in told} == {(ada.id, f"{page}/{one}"), (ben.id, f"{page}/{two}")}
    assert "may stand in the showcase" in browse(ada).get("/account/notifications").text
    # Ben's is built on Ada's, which is in the class only: he is told so, and nothing happens.
    refused = browse(ben).post(f"{page}/{two}", {"answer": "agree_and_share"})
    assert refused.status == 422 and "has not shared" in refused.text
    assert not get_plain_work(second.work_id).is_open and showcase.get_entry(project.slug, two).agreed_at is None
    # To agree without sharing is kept, and shows nothing.
    assert browse(ben).post(f"{page}/{two}", {"answer": "agree"}).status == 303
    assert studio.post(f"{address}/publication").status == 422
    assert "agreed, but not shown to everyone yet" in studio.get(address).text
    # Nobody answers for another.
    for person in (ben, cast.instructor, cast.staff):
        assert browse(person).post(f"{page}/{one}", {"answer": "agree_and_share"}).status == 404
    assert browse(ada).post(f"{page}/{one}", {"answer": "agree_and_share"}).status == 303
    assert browse(ada).post(f"{page}/{one}", {"answer": "whatever"}).status == 422
    assert studio.post(f"{address}/publication").status == 303
    shown = client.get(page)
    assert shown.status == 200 and len(shown.queries) <= 8
    assert "Letter of Ada" in shown.text and "It opens a door." in shown.text and "Answer of Ben" not in shown.text
    assert client.get(project.url)(f"main a[href='{page}']")
    assert browse(ben).post(f"{page}/{two}", {"answer": "agree_and_share"}).status == 303
    assert "Answer of Ben" in client.get(page).text


def agreed(scene, browse) -> str:
    project, ada, ben, _first, _second, studio, address, (one, two) = scene
    page = f"{project.url}/showcase"
    assert browse(ada).post(f"{page}/{one}", {"answer": "agree_and_share"}).status == 303
    assert browse(ben).post(f"{page}/{two}", {"answer": "agree_and_share"}).status == 303
    assert studio.post(f"{address}/publication").status == 303
    return page


def test_a_maker_takes_it_back_at_any_time(scene, browse, client) -> None:
    project, ada, _ben, first, _second, studio, address, (one, _two) = scene
    page = agreed(scene, browse)
    assert browse(ada).post(f"{page}/{one}", {"answer": "decline"}).status == 303
    assert "Letter of Ada" not in client.get(page).text and client.get(f"/works/{first.work_id}").status == 200
    # Taken out and chosen again, she is not asked again.
    assert studio.post(f"{address}/{one}/delete").status == 303
    refused = studio.post(address, {"work": first.work_id})
    assert refused.status == 422 and "not asked twice" in refused.text
    assert browse(ada).get(f"{page}/{one}").status == 404


def test_P4_what_goes_away_or_becomes_anonymous_drops_out(scene, browse, client) -> None:
    _project, _ada, _ben, first, second, studio, address, _entries = scene
    page = agreed(scene, browse)
    with transaction():
        get_plain_work(second.work_id).veiled_at = clock.now()
    assert "Answer of Ben" not in client.get(page).text and "Letter of Ada" in client.get(page).text
    assert "anonymous at the moment" in studio.get(address).text
    with transaction():
        works.erase_work(get_plain_work(first.work_id))
    shown = client.get(page)
    assert shown.status == 200 and "Letter of Ada" not in shown.text and "It opens a door." not in shown.text
    assert studio.get(address).status == 200


def test_P20_leaving_takes_ones_works_and_what_was_said_of_them_along(scene, browse, client) -> None:
    project, ada, *_rest = scene
    page = agreed(scene, browse)
    with transaction():
        leave(ada)
    assert "It opens a door." not in client.get(page).text
    lines = db.session.scalars(sa.select(ShowcaseEntry.line).order_by(ShowcaseEntry.id)).all()
    assert lines == ["", "It walks through."]
    assert [one.line for one in showcase.list_entries(get_class(project.slug))] == ["It walks through."]


def test_order_lines_and_what_cannot_be_chosen(scene, browse, cast, client) -> None:
    project, ada, _ben, first, _second, studio, address, (one, two) = scene
    assert studio.post(f"{address}/{two}/place", {"direction": "up"}).status == 303
    assert studio.post(f"{address}/{two}/place", {"direction": "up"}).status == 303  # first already
    assert [entry.id for entry in showcase.list_entries(project)] == [two, one]
    assert studio.post(f"{address}/{two}/line", {"line": "Shorter."}).status == 303
    refused = studio.post(f"{address}/{two}/line", {"line": "x" * 301})
    assert refused.status == 422 and refused(f"#line-{two}")[0].get("value") == "x" * 301, "what was typed is kept"
    offered = submit(make_learner(project, "emma"), project, 1, title="Letter of Emma")
    refused = studio.post(address, {"work": offered.work_id, "line": "y" * 301})
    assert refused.status == 422 and [one.get("value") for one in refused("[id^=choose-]")].count("y" * 301) == 1
    assert showcase.get_entry(project.slug, two).line == "Shorter."
    elsewhere = submit(ada_elsewhere := make_learner(other := make_class(cast.other_instructor)), other)
    mine = submit(ada_elsewhere if ada_elsewhere.id == ada.id else make_learner(project, "cleo"), project, 1, title="Taken back")
    with transaction():
        classes.withdraw_submission(get_submission(mine.id))
    for work_id in (elsewhere.work_id, mine.work_id, 10**15):
        assert studio.post(address, {"work": work_id}).status == 422
    for odd in ("", "x", "-1", "9" * 30):
        assert studio.post(address, {"work": odd}).status == 404
    veiled = submit(make_learner(project, "dora"), project, 1, title="Anonymous")
    with transaction():
        get_plain_work(veiled.work_id).veiled_at = clock.now()
    assert studio.post(address, {"work": veiled.work_id}).status == 422
    page = studio.get(address)
    assert "Anonymous" not in page.text and "Taken back" not in page.text and len(page.queries) <= 14
    assert studio.post(address, {"work": first.work_id}).status == 303  # again is once
    assert len(showcase.list_entries(project)) == 2
    for person, status in ((None, 302), (cast.other_instructor, 403), (ada, 403)):
        answer = browse(person).post(address, {"work": first.work_id})
        assert answer.status in {status, 303, 401}, person
