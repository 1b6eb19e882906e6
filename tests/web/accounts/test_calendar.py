"""The private calendar: read back by a parser of the standard, the same to the byte until something changes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar

from classprojects.accounts import actions as accounts
from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.actions import extensions, seasons
from classprojects.classes.models import SeasonEventKind
from classprojects.classes.queries.seasons import get_learner, get_season, get_season_event
from classprojects.core import clock
from classprojects.core.database import db, transaction
from tests.factories.classes import join, make_class, make_learner
from tests.factories.memberships import give_membership
from tests.factories.people import inside, make_person
from tests.factories.seasons import put_into_season

START = datetime(2027, 3, 1, 17, tzinfo=UTC)


def _begin(cast, **values):
    """A class with a season over a change of the clocks, a meeting in it, and somebody who learns in it."""
    project = make_class(cast.instructor, lessons=2, assignments=2, title="Letters, and how to end; them\\well")
    with inside():
        season = seasons.plan_season(
            project, seasons.SeasonDraft("Spring", START, START + timedelta(days=60), "Europe/Berlin", **values)
        )
        seasons.add_event(
            get_season(project.slug, season.number),
            seasons.EventDraft(SeasonEventKind.MEETING, "Halfway ☕", START + timedelta(days=30), address="https://meet.example/secret"),
            cast.instructor,
        )
    learner = make_learner(project, "anna")
    put_into_season(learner, season)
    return project, learner


def _address(person):
    with transaction():
        return f"/calendar/{accounts.make_calendar_key(get_person(person.id))}.ics"


def _read(response):
    assert response.status == 200 and response.headers["Content-Type"].startswith("text/calendar")
    body = response.response.get_data()
    assert body.endswith(b"\r\n") and all(len(line) <= 75 for line in body.split(b"\r\n"))
    calendar = Calendar.from_ical(body)
    assert not calendar.errors and calendar["VERSION"] == "2.0"
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_every_date_is_there_and_is_what_the_page_says(browse, cast):
    project, learner = _begin(cast)
    address, stranger = _address(learner), browse(None)
    events = _read(stranger.get(address))
    season = get_season(project.slug, 1)
    for dates in season.dates:
        for name, moment in (("opens", dates.opens_at), ("due", dates.due_at)):
            event = events.get(f"season-date-{dates.id}-{name}@localhost")
            assert (event is None) == (moment is None)
            if event is not None:
                assert event.decoded("DTSTART") == moment and event.decoded("DTSTART").tzinfo is not None
                assert event["DTSTART"].to_ical().endswith(b"Z")  # UTC: every calendar shows it on its reader's clock
    for meeting in season.events:
        event = events[f"season-event-{meeting.id}@localhost"]
        assert event.decoded("DTSTART") == meeting.starts_at
        assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=meeting.minutes)
    assert len(events) == sum(bool(one.opens_at) + bool(one.due_at) for one in season.dates) + len(season.events)
    assert any(project.title in str(event["SUMMARY"]) for event in events.values())
    halfway = next(event for event in events.values() if "Halfway ☕" in str(event["SUMMARY"]))
    assert halfway["LOCATION"] == "https://meet.example/secret"
    # The hour on the clock of the season's zone outlives the change of the clocks.
    hours = {one.decoded("DTSTART").astimezone(ZoneInfo("Europe/Berlin")).hour for one in events.values() if "opens" in one["UID"]}
    assert hours == {18}


def test_changes_keep_the_names_and_count_up(browse, cast):
    project, learner = _begin(cast)
    address, stranger = _address(learner), browse(None)
    first = stranger.get(address)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache" and "Set-Cookie" not in first.headers
    assert stranger.get(address).response.get_data() == first.response.get_data()
    assert stranger.get(address, headers={"If-None-Match": tag}).status == 304
    before = _read(first)
    season = get_season(project.slug, 1)
    meeting = next(one for one in season.events if one.title.startswith("Halfway"))
    with transaction():
        seasons.move_season(season, datetime(2027, 4, 5, tzinfo=UTC).date(), season.version, cast.instructor)
    with transaction():
        seasons.cancel_event(get_season_event(project.slug, 1, meeting.id), cast.instructor)
    moved = stranger.get(address, headers={"If-None-Match": tag})
    assert moved.headers["ETag"] != tag
    after = _read(moved)
    assert after.keys() == before.keys()
    for uid, event in after.items():
        assert event["SEQUENCE"] > before[uid]["SEQUENCE"]
        assert (event["STATUS"] == "CANCELLED") is (uid == f"season-event-{meeting.id}@localhost")
        if meeting.id != int(uid.split("-")[2].split("@")[0]) or "event" not in uid:
            assert event.decoded("DTSTART") > before[uid].decoded("DTSTART")
    with transaction():
        seasons.cancel_season(get_season(project.slug, 1), cast.instructor)
    assert {str(one["STATUS"]) for one in _read(stranger.get(address)).values()} == {"CANCELLED"}


def test_more_time_is_in_it(browse, cast):
    project, learner = _begin(cast)
    until = START + timedelta(days=90)
    with transaction():
        extensions.give_extension(get_learner(project.slug, "anna"), queries.get_assignment(project.slug, 1), until, cast.instructor)
    events = _read(browse(None).get(_address(learner)))
    assert until in [event.decoded("DTSTART") for event in events.values() if "due" in event["UID"]]
    with transaction():
        seasons.leave_season(get_person(learner.id), queries.get_class(project.slug))
    events = _read(browse(None).get(_address(learner)))
    assert [(event.decoded("DTSTART"), event["UID"].split("-")[0]) for event in events.values()] == [(until, "extension")]


def test_nothing_in_it_that_one_may_not_see(browse, cast):
    """P2, P4: a lapse hides where a cohort meets, leaving a class takes it out, a hidden class is not in it."""
    project, _learner = _begin(cast)
    learner, stranger = make_person("berta"), browse(None)
    give_membership(learner, ends_at=clock.now() + timedelta(days=1))
    join(learner, project)
    put_into_season(learner, get_season(project.slug, 1))
    address = _address(learner)
    assert b"meet.example" in stranger.get(address).response.get_data()
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):
        lapsed = stranger.get(address)
    assert _read(lapsed) and b"meet.example" not in lapsed.response.get_data()
    with transaction():
        actions.leave_class(get_person(learner.id), queries.get_class(project.slug))
    assert _read(stranger.get(address)) == {}
    led = _read(stranger.get(_address(cast.instructor)))
    assert any("Halfway" in str(event["SUMMARY"]) for event in led.values())
    assert _read(stranger.get(_address(cast.other_instructor))) == {}


def test_the_address_is_made_renewed_and_removed(browse, cast, caplog):
    project, learner = _begin(cast)
    browser, stranger = browse(learner), browse(None)
    assert browser.get("/account/calendar").status == 200
    assert browse(None).get("/account/calendar").status == 303
    addresses = []
    for _ in range(2):
        assert browser.post("/account/calendar", {}).status == 303
        shown = browser.get("/account/calendar")("input#address")[0].get("value")
        addresses.append(shown.removeprefix("http://localhost"))
    old, new = addresses
    with caplog.at_level(logging.DEBUG):
        assert stranger.get(old).status == 404 and stranger.get(new).status == 200
    key = new.removeprefix("/calendar/").removesuffix(".ics")
    assert len(key) >= 30 and key not in caplog.text
    assert browser.get("/account/calendar").headers["Cache-Control"] == "private, no-store"
    assert browser.post("/account/calendar/delete", {}).status == 303
    assert stranger.get(new).status == 404
    for odd in ("x", "a" * 500, "%00" * 24, "é" * 24):
        assert stranger.get(f"/calendar/{odd}.ics").status == 404


def test_a_season_long_over_is_history(browse, cast):
    project, learner = _begin(cast)
    address = _address(learner)
    with clock.at(START + timedelta(days=60 + 370)):
        db.session.expire_all()
        assert browse(None).get(address).response.get_data().count(b"BEGIN:VEVENT") == 0
