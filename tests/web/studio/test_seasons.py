"""Seasons in the studio: planned, dated, moved by their start, called off; and what learners are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from classprojects.classes import queries
from classprojects.classes.actions import seasons as actions
from classprojects.classes.dates import to_local
from classprojects.classes.models import Season, SeasonEvent
from classprojects.classes.queries.seasons import find_dated, get_season, next_starts, starts_season
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.notifications.models import Notification, NotificationKind
from tests.factories.classes import make_class, make_learner
from tests.factories.people import inside
from tests.factories.seasons import extend, make_season, put_into_season, set_dates

BERLIN = ZoneInfo("Europe/Berlin")


def _told(person):
    kinds = sa.select(Notification.kind).where(Notification.person_id == person.id)
    return list(db.session.scalars(kinds)).count(NotificationKind.SEASON_CHANGED)


def _plan(browser, project, **fields):
    values = {"title": "Spring", "time_zone": "Europe/Berlin", "starts_at": "2027-03-01T18:00", "ends_at": "2027-04-25T20:00"}
    return browser.post(f"/studio/classes/{project.slug}/seasons/new", {**values, **fields})


def test_an_instructor_plans_changes_moves_and_cancels(browse, cast):
    project = make_class(cast.instructor, lessons=3, assignments=2)
    studio, address = browse(cast.instructor), f"/studio/classes/{project.slug}/seasons"
    with clock.at(datetime(2027, 2, 1, tzinfo=UTC)):
        assert "No seasons yet" in studio.get(address).text
        assert studio.get(f"{address}/new").status == 200
        assert _plan(studio, project).location.endswith("/seasons/1")
        season = get_season(project.slug, 1)
        # Evenly spread, in order, the last answer at the end; and two meetings to begin and to end with.
        first, last = (find_dated(season, one) for one in project.assignments)
        assert season.starts_at == first.opens_at < first.due_at == last.opens_at < last.due_at == season.ends_at
        assert [event.kind.value for event in season.events] == ["kick_off", "wrap_up"]
        assert len(season.dates) == 5

        learner = make_learner(project)
        put_into_season(learner, season)
        page = studio.get(f"{address}/1")
        assert page("season-timeline[data-starts-on='2027-03-01'] .season-timeline__line") and "Mon 1 Mar 2027, 18:00 CET" in page.text
        assert len(page.queries) <= 14

        # Dates: soft and firm, each changed by hand.
        form = studio.get(f"{address}/1/edit")
        fields = {one.get("name"): one.get("value") or "" for one in form("form.form input") if one.get("type") != "checkbox"}
        zone = form("select[name=time_zone] option[selected]")[0].get("value")
        fields |= {"time_zone": zone, "due_assignment_2": "2027-04-20T22:30", "firm_assignment_2": "y", "note": "Tuesdays"}
        assert studio.post(f"{address}/1/edit", fields).status == 303
        season = get_season(project.slug, 1)
        dated = find_dated(season, project.assignments[1])
        assert to_local(dated.due_at, BERLIN) == datetime(2027, 4, 20, 22, 30) and dated.is_firm and season.version == 2
        assert _told(learner) == 1

        # Moved across the change of the clocks: every hour stays as it was; nothing happens before it is said so.
        before = {one.id: (one.opens_at, one.due_at) for one in season.dates}
        extend(learner, project.assignments[0], season.ends_at, cast.instructor)
        preview = studio.get(f"{address}/1/move?starts_on=2027-03-29")
        assert preview.status == 200 and "28 days later" in preview.text and "Mon 29 Mar 2027, 18:00 CEST" in preview.text
        assert get_season(project.slug, 1).version == 2
        assert studio.post(f"{address}/1/move", {"starts_on": "2027-03-29", "version": "2"}).status == 303
        season = get_season(project.slug, 1)
        for one in season.dates:
            for then, now in zip(before[one.id], (one.opens_at, one.due_at), strict=True):
                assert then is None or to_local(now, BERLIN) == to_local(then, BERLIN) + timedelta(days=28)
        assert _told(learner) == 1  # has not looked since: one line is enough

        assert studio.get(f"{address}/1/cancel").status == 200
        assert studio.post(f"{address}/1/cancel", {}).status == 303
        assert get_season(project.slug, 1).is_cancelled and "called off" in studio.get(address).text.lower()
        assert queries.find_enrollment(learner.id, project.id).left_at is None


def test_a_season_and_a_meeting_that_are_sent_twice_are_there_once(browse, cast):
    project = make_class(cast.instructor)
    studio = browse(cast.instructor)
    assert [_plan(studio, project).location.rsplit("/", 1)[1] for _twice in range(2)] == ["1", "1"]
    assert _plan(studio, project, places="5").location.endswith("/2")
    learner = make_learner(project)
    put_into_season(learner, get_season(project.slug, 1))
    address, meeting = f"/studio/classes/{project.slug}/seasons/1/events/new", {"kind": "meeting", "title": "Half way", "starts_at": "2027-03-20T18:00", "minutes": "60"}
    for _twice in range(2):
        assert studio.post(address, meeting).status == 303
    season = get_season(project.slug, 1)
    assert [one.title for one in season.events].count("Half way") == 1 and season.version == 2 and _told(learner) == 1
    event = next(one for one in season.events if one.title == "Half way")
    assert studio.post(f"{address.removesuffix('new')}{event.id}/cancel", {}).status == 303
    assert studio.post(address, meeting).status == 303
    assert [one.title for one in get_season(project.slug, 1).events].count("Half way") == 2, "what was called off can be held after all"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends_at": "2027-02-01T18:00"}, "The end comes before the start"),
        ({"starts_at": "2027-03-28T02:30"}, "02:30 on 2027-03-28 does not exist in Europe/Berlin"),
        ({"ends_at": "2030-04-25T20:00"}, "two years at most"),
        ({"starts_at": "1027-03-01T18:00"}, "between 2000 and 2099"),
        ({"starts_at": "soon"}, "Write day and time"),
        ({"starts_at": ""}, "Say when it starts"),
        ({"time_zone": "Europe/Nowhere"}, "Not a valid choice"),
        ({"places": "0"}, "Between 1 and"),
        ({"title": " "}, "Give it a name"),
    ],
)
def test_dates_that_cannot_be_are_refused_in_words(browse, cast, fields, words):
    project = make_class(cast.instructor)
    page = _plan(browse(cast.instructor), project, **fields)
    assert page.status == 422 and words in page.text
    assert page("input[name=title]")[0].get("value") in ("Spring", "")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Season)) == 0


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_far_zones_keep_their_hours(browse, cast, zone):
    project = make_class(cast.instructor)
    studio = browse(cast.instructor)
    assert _plan(studio, project, time_zone=zone).status == 303
    season = get_season(project.slug, 1)
    assert to_local(season.starts_at, ZoneInfo(zone)) == datetime(2027, 3, 1, 18)
    page = studio.get(f"/studio/classes/{project.slug}/seasons/1")
    assert {"Asia/Kathmandu": "18:00 UTC+5:45", "Pacific/Kiritimati": "18:00 UTC+14", "Pacific/Pago_Pago": "18:00 SST"}[zone] in page.text
    season = get_season(project.slug, 1)
    with transaction():
        moved = actions.move_season(season, date(2027, 3, 31), season.version, cast.instructor)
    assert to_local(moved.starts_at, ZoneInfo(zone)) == datetime(2027, 3, 31, 18)


def test_moving_there_and_back_is_nothing_and_dates_stay_in_order(cast):
    """Everything that has a date moves along: items, meetings, and the time that one learner was given."""
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = make_learner(project)
    with inside():
        season = actions.plan_season(
            project,
            actions.SeasonDraft("Autumn", datetime(2026, 9, 1, 16, tzinfo=UTC), datetime(2026, 11, 20, 18, tzinfo=UTC), "Europe/Berlin"),
        )
    put_into_season(learner, season)
    extend(learner, project.assignments[0], datetime(2026, 10, 26, 19, tzinfo=UTC), cast.instructor)

    def as_it_stands():
        season = get_season(project.slug, 1)
        dates = sorted((one.id, one.opens_at, one.due_at) for one in season.dates if one.due_at)
        own = queries.find_places(learner), [one.due_at for one in actions._list_cohort_extensions(season)]
        return season.starts_at, season.ends_at, dates, [(one.id, one.starts_at) for one in season.events], own[1]

    before = as_it_stands()
    for days in (1, 55, 190, -300):
        start = to_local(before[0], BERLIN).date()
        for day in (start + timedelta(days=days), start):
            season = get_season(project.slug, 1)
            with transaction():
                actions.move_season(season, day, season.version, cast.instructor)
            now = as_it_stands()
            moments = [moment for _id, opens_at, due_at in now[2] for moment in (opens_at, due_at)]
            assert moments == sorted(moments) and now[0] <= moments[0] and moments[-1] <= now[1]
        assert as_it_stands() == before


def test_a_move_onto_a_skipped_hour_is_refused_before_anything_moves(browse, cast):
    project = make_class(cast.instructor)
    season = make_season(project, starts_at=datetime(2027, 3, 1, 17, tzinfo=UTC), time_zone="Europe/Berlin")
    set_dates(season, project.assignments[0], due_at=datetime(2027, 3, 21, 1, 30, tzinfo=UTC))
    page = browse(cast.instructor).get(f"/studio/classes/{project.slug}/seasons/1/move?starts_on=2027-03-08")
    assert page.status == 422 and "02:30 on 2027-03-28 does not exist" in page.text
    for odd in ("", "tomorrow", "9999-12-31", "2027-02-30"):
        assert browse(cast.instructor).get(f"/studio/classes/{project.slug}/seasons/1/move?starts_on={odd}").status == 422


def test_backwards_dates_name_what_they_are_of(browse, cast):
    project = make_class(cast.instructor)
    studio = browse(cast.instructor)
    _plan(studio, project)
    slug, title = project.slug, queries.get_class(project.slug).assignments[0].title
    address = f"/studio/classes/{slug}/seasons/1/edit"
    base = {"title": "Spring", "time_zone": "Europe/Berlin", "starts_at": "2027-03-01T18:00", "ends_at": "2027-04-25T20:00", "version": "1"}
    for dates, words in (
        ({"opens_assignment_1": "2027-03-20T10:00", "due_assignment_1": "2027-03-19T10:00"}, "would be due before it opens"),
        ({"opens_assignment_1": "2027-05-20T10:00"}, "would open when the season is over"),
        ({"due_assignment_1": "2027-02-20T10:00"}, "would be due before the season starts"),
        ({"due_assignment_1": "2027-03-28T02:30"}, "does not exist in Europe/Berlin"),
    ):
        page = studio.post(address, {**base, **dates})
        assert page.status == 422 and words in page.text, words
        assert page("#due_assignment_1-error, #opens_assignment_1-error")
    assert title in page.text and get_season(slug, 1).version == 1


def test_two_editors_at_once_are_told_and_lose_nothing(browse, cast):
    project = make_class(cast.instructor)
    studio = browse(cast.instructor)
    _plan(studio, project)
    address = f"/studio/classes/{project.slug}/seasons/1"
    base = {"title": "Mine", "time_zone": "UTC", "starts_at": "2027-03-01T18:00", "ends_at": "2027-04-25T20:00", "version": "1"}
    assert studio.post(f"{address}/edit", {**base, "title": "Theirs"}).status == 303
    page = studio.post(f"{address}/edit", base)
    assert page.status == 422 and "Somebody else saved this" in page.text and "Theirs" in page.text
    assert page("input[name=title]")[0].get("value") == "Mine" and page("input[name=version]")[0].get("value") == "2"
    moved = studio.post(f"{address}/move", {"starts_on": "2027-03-05", "version": "1"})
    assert moved.status == 422 and "Somebody else saved this" in moved.text
    assert studio.post(f"{address}/edit", {**base, "version": "2"}).status == 303


def test_meetings_are_added_changed_and_called_off(browse, cast):
    project = make_class(cast.instructor)
    studio = browse(cast.instructor)
    _plan(studio, project)
    address = f"/studio/classes/{project.slug}/seasons/1/events"
    assert studio.get(f"{address}/new").status == 200
    fields = {"kind": "meeting", "title": "Halfway", "starts_at": "2027-03-15T18:00", "minutes": "45", "address": "https://meet.example/x"}
    assert studio.post(f"{address}/new", {**fields, "address": "javascript:alert(1)"}).status == 422
    assert studio.post(f"{address}/new", {**fields, "starts_at": "2027-03-28T02:15"}).status == 422
    assert studio.post(f"{address}/new", fields).status == 303
    event = db.session.scalars(sa.select(SeasonEvent).where(SeasonEvent.title == "Halfway")).one()
    assert studio.get(f"{address}/{event.id}").status == 200
    assert studio.post(f"{address}/{event.id}", {**fields, "title": "Half", "version": "1"}).status == 303
    late = studio.post(f"{address}/{event.id}", {**fields, "title": "Late", "version": "1"})
    assert late.status == 422 and "Half" in late.text
    assert studio.post(f"{address}/{event.id}/cancel", {}).status == 303
    db.session.expire_all()
    event = db.session.get(SeasonEvent, event.id)
    assert event.cancelled_at is not None and event.title == "Half"


def test_next_starts_say_when_a_class_begins_again(cast):
    project, other, full = (make_class(cast.instructor) for _ in range(3))
    now = clock.now()
    make_season(project, starts_at=now + timedelta(days=40))
    first = make_season(project, starts_at=now + timedelta(days=10))
    make_season(project, starts_at=now - timedelta(days=3))
    make_season(project, starts_at=now + timedelta(days=2), cancelled_at=now)
    make_season(full, starts_at=now + timedelta(days=2), places=1, learners_count=1)
    assert {key: one.id for key, one in next_starts([project.id, other.id, full.id]).items()} == {project.id: first.id}
    from classprojects.classes.models import ClassProject

    found = sa.select(ClassProject.id).where(starts_season())
    assert list(db.session.scalars(found)) == [project.id]
    assert list(db.session.scalars(sa.select(ClassProject.id).where(starts_season(now + timedelta(days=5))))) == []


def test_fewer_places_than_people_are_refused(cast):
    project = make_class(cast.instructor)
    season = make_season(project)
    for _ in range(2):
        put_into_season(make_learner(project), season)
    draft = actions.SeasonDraft("S", season.starts_at, season.ends_at, places=1)
    with pytest.raises(DomainError), transaction():
        actions.edit_season(get_season(project.slug, 1), draft, {}, 1, cast.instructor)
