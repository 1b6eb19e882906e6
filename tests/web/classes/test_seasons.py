"""Seasons for learners: joining, changing, leaving; dates on their own clock; what is late said kindly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classprojects.accounts import actions as accounts
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import seasons as seasons
from classprojects.classes.models import Season
from classprojects.classes.progress import count_made
from classprojects.classes.queries.opening import find_opening
from classprojects.classes.queries.seasons import get_season
from classprojects.core import clock
from classprojects.core.database import db, transaction
from tests.conftest import empty_database
from tests.factories.classes import join, make_class, make_learner, submit
from tests.factories.memberships import give_membership
from tests.factories.people import Cast, inside, make_person
from tests.factories.seasons import extend, make_season, put_into_season, set_dates

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

WEEK = timedelta(days=7)


def _in_zone(person, zone):
    with inside():
        accounts.edit_profile(get_person(person.id), name=person.name, bio="", country=None, language="en", time_zone=zone)


def test_joining_the_class_with_a_season_changing_and_leaving_it(browse, cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    first = make_season(project, title="Spring")
    other = make_season(project, title="Summer", starts_at=clock.now() + WEEK, places=1)
    learner = make_person("anna")
    give_membership(learner)
    _in_zone(learner, "Asia/Kathmandu")
    browser, address = browse(learner), f"/classes/{project.slug}/seasons"
    landing = browser.get(f"/classes/{project.slug}")
    assert "Spring" in landing.text and landing(f"form[action='{address}/1/join']")
    assert browser.get(address).status == 200

    joined = browser.post(f"{address}/1/join", {})
    assert joined.status == 303 and joined.location.endswith(f"{address}/1")
    enrollment = queries.find_enrollment(learner.id, project.id)
    assert enrollment.season_id == first.id and get_season(project.slug, 1).learners_count == 1
    page = browser.get(f"{address}/1")
    assert "Your season" in page.text and "UTC+5:45" in page.text and "Anna" in page.text
    assert len(page.queries) <= 14
    room = browser.get(f"/classes/{project.slug}/room")
    assert "Spring" in room.text and len(room.queries) <= 14

    submit(learner, project)
    assert browser.post(f"{address}/2/join", {}).status == 303
    assert [get_season(project.slug, n).learners_count for n in (1, 2)] == [0, 1]
    # What was made stays made and open; what the new season opens later is said so.
    assert browser.get(f"/classes/{project.slug}/assignments/1").status == 200
    shut = browser.get(f"/classes/{project.slug}/assignments/2")
    # P2, P4: refused in words, with the outline still visible.
    assert shut.status == 403 and "This opens on" in shut.text and "Not open yet" in shut.text and shut(".progress-rail__step")
    as_json = browser.get(f"/classes/{project.slug}/assignments/2", headers={"Accept": "application/json"})
    assert as_json.status == 403 and "This opens on" in as_json.response.get_data(as_text=True)
    assert browser.get(f"/classes/{project.slug}/room").status == 200

    late = make_person("berta")
    give_membership(late)
    full = browse(late).post(f"{address}/2/join", {})
    assert full.status == 422 and "All places in this season are taken" in full.text
    assert queries.find_enrollment(late.id, project.id) is None

    assert browser.post(f"{address}/leave", {}).status == 303
    assert get_season(project.slug, 2).learners_count == 0
    assert browser.get(f"/classes/{project.slug}/assignments/2").status == 200
    assert "You learn like this" in browser.get(address).text
    # Leaving the class frees the place as well.
    browser.post(f"{address}/2/join", {})
    browser.post(f"/classes/{project.slug}/leave", {})
    db.session.expire_all()
    assert db.session.get(Season, other.id).learners_count == 0


def test_seasons_that_are_over_or_off_take_nobody(browse, cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    make_season(project, starts_at=clock.now() - timedelta(days=60), days=20)
    make_season(project, cancelled_at=clock.now())
    browser = browse(learner)
    for number, words in ((1, "This season is over"), (2, "This season was cancelled")):
        refused = browser.post(f"/classes/{project.slug}/seasons/{number}/join", {})
        assert refused.status == 422 and words in refused.text
    assert "called off" in browser.get(f"/classes/{project.slug}/seasons/2").text


def test_who_sees_what_of_a_season(browse, cast):
    """P4: dates are there for whoever sees the class; where a cohort meets, and who is in it, is not."""
    project = make_class(cast.instructor)
    season = make_season(project)
    member = make_learner(project, "cleo")
    put_into_season(member, season)
    mate = make_learner(project, "dora")
    with inside():
        seasons.add_event(
            get_season(project.slug, 1),
            seasons.EventDraft(kind="meeting", title="Meet", starts_at=clock.now() + WEEK, address="https://meet.example/secret"),
            cast.instructor,
        )
    address = f"/classes/{project.slug}/seasons/1"
    for person, sees_cohort, sees_place in (
        (None, False, False), (cast.free, False, False), (cast.subscriber, False, False), (cast.lapsed, False, False),
        (mate, True, False), (member, True, True), (cast.instructor, True, True), (cast.staff, True, True),
    ):  # fmt: skip
        page = browse(person).get(address)
        assert page.status == 200 and "Meet" in page.text
        assert ("Cleo" in page.text) is sees_cohort, person
        assert ("meet.example" in page.html) is sees_place, person
        gallery = browse(person).get(f"{address}/gallery")
        assert (gallery.status == 200) is sees_cohort
    hidden = make_class(cast.instructor, publish=False)
    make_season(hidden)
    assert browse(cast.free).get(f"/classes/{hidden.slug}/seasons/1").status == 404


def test_a_cohort_has_its_own_gallery(browse, cast):
    project = make_class(cast.instructor)
    season = make_season(project)
    ours, theirs = make_learner(project), make_learner(project)
    put_into_season(ours, season)
    submit(ours, project, title="A letter of ours")
    submit(theirs, project, title="A letter of theirs")
    page = browse(theirs).get(f"/classes/{project.slug}/seasons/1/gallery")
    assert "A letter of ours" in page.text and "A letter of theirs" not in page.text
    assert len(page.queries) <= 14


def test_a_due_date_is_said_kindly(browse, cast):
    project = make_class(cast.instructor, assignments=3)
    learner = make_learner(project)
    season, now = make_season(project), clock.now()
    soft, coming, firm = project.assignments
    set_dates(season, soft, due_at=now - timedelta(minutes=1))
    set_dates(season, coming, due_at=now + WEEK)
    set_dates(season, firm, due_at=now - timedelta(minutes=1), is_firm=True)
    put_into_season(learner, season)
    browser = browse(learner)
    address = f"/classes/{project.slug}/assignments"
    assert "you can still hand it in" in browser.get(f"{address}/1").text
    assert "until" in browser.get(f"{address}/2").text
    refused = browser.post(f"{address}/3/submit", {"medium": "text", "title": "Late", "body": "Too late", "language": "en"})
    assert refused.status == 422 and "which has passed" in refused.text
    assert "Too late" in refused.html  # nothing that was typed is lost
    sent = browser.post(f"{address}/1/submit", {"medium": "text", "title": "Late", "body": "But there", "language": "en"})
    assert sent.status == 303
    page = browser.get(sent.location)
    assert "after its date, and welcome" in page.text


@pytest.mark.usefixtures("context")
def test_progress_is_never_lost_by_joining_leaving_moving_or_cancelling():
    """Whatever happens to seasons: what was made stays made, what was open because of it stays open."""

    @settings(max_examples=6, deadline=None)
    @given(st.lists(st.sampled_from(["join 1", "join 2", "leave", "submit", "finish", "move", "cancel"]), min_size=2, max_size=8))
    def never_lost(steps):
        empty_database()
        db.session.remove()
        cast = Cast()
        project = make_class(cast.instructor, lessons=2, assignments=2)
        learner = make_learner(project)
        for number in (1, 2):
            make_season(project, starts_at=clock.now() + number * WEEK, days=30)
        made, finished = set(), set()
        for step in steps:
            project = queries.get_class(project.slug)
            season = get_season(project.slug, 2 if step == "join 2" else 1)
            opening = find_opening(learner, project)
            with transaction():
                if step.startswith("join") and not season.is_cancelled:
                    seasons.join_season(learner, season)
                elif step == "leave":
                    seasons.leave_season(learner, project)
                elif step == "cancel":
                    seasons.cancel_season(season, cast.instructor)
                elif step == "move" and not season.is_cancelled:
                    day = (season.starts_at + WEEK).date()
                    seasons.move_season(season, day, season.version, cast.instructor)
                elif step == "finish" and opening.is_open(project.lessons[1]):
                    actions.finish_lesson(learner, project.lessons[1])
                    finished.add(project.lessons[1].id)
            for assignment in queries.get_class(project.slug).assignments:
                if step == "submit" and find_opening(learner, queries.get_class(project.slug)).is_open(assignment):
                    submit(learner, project, assignment.number)
                    made.add(assignment.id)
            project = queries.get_class(project.slug)
            progress, opening = queries.find_progress(learner, project), find_opening(learner, project)
            assert {key for key, one in progress.submissions.items() if one.is_handed_in} == made
            assert progress.finished == finished and count_made(project, progress) == len(made)
            assert all(opening.is_open(one) for one in project.outline if one.id in (made if one.kind == "assignment" else finished))
            counted = [get_season(project.slug, number).learners_count for number in (1, 2)]
            assert sum(counted) == (queries.find_enrollment(learner.id, project.id).season_id is not None)

    never_lost()


def test_more_time_and_everything_opened_by_an_instructor(browse, cast):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project, "emil")
    season = make_season(project, starts_at=clock.now() + WEEK, time_zone="Pacific/Pago_Pago")
    set_dates(season, project.assignments[0], opens_at=clock.now() - WEEK, due_at=clock.now() - timedelta(hours=1), is_firm=True)
    put_into_season(learner, season)
    studio, address = browse(cast.instructor), f"/studio/classes/{project.slug}/learners/emil"
    roster = studio.get(f"/studio/classes/{project.slug}/roster")
    assert roster(f"a[href='{address}']") and roster(f"form[action='{address}/opening']")
    page = studio.get(address)
    assert page("h1")[0].text_content() == "Emil" and "a little behind" in page.text and "Pacific/Pago Pago" in page.text
    assert len(page.queries) <= 14

    fields = {"assignment": "1", "due_at": "2020-01-01T10:00", "note": "Get well"}
    assert studio.post(f"{address}/extensions", fields).status == 422
    assert studio.post(f"{address}/extensions", {**fields, "due_at": ""}).status == 422
    assert studio.post(f"{address}/extensions", {**fields, "assignment": "99"}).status == 422
    until = (clock.now() + WEEK).strftime("%Y-%m-%dT20:00")
    assert studio.post(f"{address}/extensions", {**fields, "due_at": until}).status == 303
    assert "Get well" in studio.get(address).text
    told = browse(learner).get("/account/notifications")
    assert "gave you more time for an assignment" in told.text
    assert submit(learner, project, 1).attempts[0].is_late is False
    assert studio.post(f"{address}/extensions/1/delete", {}).status == 303

    learner = get_person(learner.id)
    assert not find_opening(learner, queries.get_class(project.slug)).is_open(project.assignments[1])
    assert studio.post(f"{address}/opening", {}).status == 303
    assert browse(learner).get(f"/classes/{project.slug}/assignments/2").status == 200
    assert studio.post(f"{address}/opening/delete", {}).status == 303
    assert browse(learner).get(f"/classes/{project.slug}/assignments/2").status == 403
    assert studio.get(f"/studio/classes/{project.slug}/learners/nobody").status == 404
    for person in (None, learner, cast.other_instructor):
        refused = browse(person).get(address)
        assert refused.status in {303, 403}


def test_whoever_leaves_for_good_is_in_no_season(browse, cast):
    """P20: leaving frees the place and forgets the time that was given; the export held it."""
    project = make_class(cast.instructor)
    learner = make_learner(project, "franz")
    season = make_season(project)
    put_into_season(learner, season)
    extend(learner, project.assignments[0], datetime(2030, 1, 1, tzinfo=UTC), cast.instructor)
    from classprojects.classes.queries.seasons import list_extensions_of
    from classprojects.web.accounts.leaving import leave

    assert len(list_extensions_of(learner)) == 1
    with transaction():
        accounts.make_calendar_key(get_person(learner.id))
    with transaction():
        leave(get_person(learner.id))
    assert list_extensions_of(learner) == [] and get_season(project.slug, 1).learners_count == 0
    assert get_person(learner.id).calendar_key is None


def test_joining_twice_is_one_place(cast):
    project = make_class(cast.instructor)
    learner = make_learner(project)
    make_season(project, places=1)
    for _ in range(2):
        with transaction():
            seasons.join_season(learner, get_season(project.slug, 1))
    assert get_season(project.slug, 1).learners_count == 1
    join(learner, project)
