"""The dates of somebody's classes as a calendar (RFC 5545).

Moments stand in UTC, which every calendar shows on its reader's clock. What is in it
is the same until something changes, to the byte: so an ETag says whether it did.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from flask_babel import force_locale
from flask_babel import gettext as _
from icalendar import Calendar, Event, vDuration

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import Assignment, ClassProject, Extension, Lesson, Season, SeasonDate, SeasonEvent
from classprojects.classes.queries.seasons import list_extensions_of, list_learned_seasons, list_led_seasons
from classprojects.core import clock
from classprojects.policy.facts_classes import can_learn
from classprojects.web.shared.filters import absolute

#: what was over before that is history, and no calendar's business
KEPT = timedelta(days=366)
#: how often a calendar may look again
REFRESH = timedelta(hours=6)


def write_calendar(person: Person) -> bytes:
    """All dates of all classes of ``person``, whom the words are for: those they learn in, and those they lead.

    Of a class that a lapsed membership closed the outline stays visible, and so do its
    dates; where its cohort meets does not (P2). A class left, or hidden, is not in it.
    """
    places = queries.find_places(person)
    with force_locale(person.language.replace("-", "_")):
        calendar = _new_calendar(person)
        may_learn = bool(can_learn(person, None))
        since = clock.now() - KEPT
        extensions = {one.assignment_id: one for one in list_extensions_of(person)}
        learned = list_learned_seasons(person, places.joined, since)
        for season in learned:
            _add_season(calendar, season, extensions, sees_address=may_learn or season.class_id in places.leads)
        known = {season.id for season in learned}
        for season in list_led_seasons(places.leads, since):
            if season.id not in known:
                _add_season(calendar, season, {}, sees_address=True)
        _add_loose_extensions(calendar, extensions.values(), learned, places.joined)
    ics: bytes = calendar.to_ical()
    return ics


def _new_calendar(person: Person) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Class Projects//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _("Class projects"))
    calendar.add("x-wr-timezone", person.time_zone)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    return calendar


def _add_season(
    calendar: Calendar, season: Season, extensions: dict[int, Extension], *, sees_address: bool
) -> None:
    for dates in season.dates:
        item = dates.lesson or dates.assignment
        if item is not None and item.deleted_at is None:
            _add_dates(calendar, season, dates, item, extensions.get(dates.assignment_id or 0))
    for event in season.events:
        _add_event(calendar, season, event, sees_address=sees_address)


def _add_dates(
    calendar: Calendar, season: Season, dates: SeasonDate, item: Lesson | Assignment, extension: Extension | None
) -> None:
    url = absolute(f"{season.project.url}/{item.kind}s/{item.number}")
    add = partial(_add, calendar, season=season, project=season.project, url=url, sequence=season.version - 1)
    if dates.opens_at is not None:
        words = _("Opens: %(title)s (%(class_)s)", title=item.title, class_=season.project.title)
        add(f"season-date-{dates.id}-opens", words, dates.opens_at, touched_at=season.touched_at)
    due_at, touched_at = dates.due_at, season.touched_at
    if extension is not None:
        due_at = max(due_at or extension.due_at, extension.due_at)
        touched_at = max(touched_at, extension.created_at)
    if due_at is not None:
        words = _("Due: %(title)s (%(class_)s)", title=item.title, class_=season.project.title)
        add(f"season-date-{dates.id}-due", words, due_at, touched_at=touched_at)


def _add_event(calendar: Calendar, season: Season, event: SeasonEvent, *, sees_address: bool) -> None:
    _add(
        calendar,
        f"season-event-{event.id}",
        _("%(title)s (%(class_)s)", title=event.title, class_=season.project.title),
        event.starts_at,
        length=timedelta(minutes=event.minutes),
        touched_at=season.touched_at,
        season=season,
        project=season.project,
        url=absolute(f"{season.project.url}/seasons/{season.number}"),
        # Each of the two numbers only grows, and a change of either is a change of this.
        sequence=season.version + event.version - 2,
        is_cancelled=event.cancelled_at is not None,
        location=event.address if sees_address else "",
        note=event.note,
    )


def _add_loose_extensions(
    calendar: Calendar, extensions: Iterable[Extension], learned: Iterable[Season], joined: Iterable[int]
) -> None:
    """More time for what no season asks for by a date: for learners at their own pace."""
    dated = {dates.assignment_id for season in learned for dates in season.dates}
    for extension in extensions:
        assignment = extension.assignment
        if extension.assignment_id in dated or assignment.class_id not in joined or assignment.deleted_at is not None:
            continue
        project = assignment.project
        _add(
            calendar,
            f"extension-{extension.id}",
            _("Due: %(title)s (%(class_)s)", title=assignment.title, class_=project.title),
            extension.due_at,
            touched_at=extension.created_at,
            project=project,
            url=absolute(f"{project.url}/assignments/{assignment.number}"),
            sequence=0,
        )


def _add(
    calendar: Calendar,
    name: str,
    words: str,
    starts_at: datetime,
    *,
    touched_at: datetime,
    project: ClassProject,
    url: str,
    sequence: int,
    season: Season | None = None,
    length: timedelta | None = None,
    is_cancelled: bool = False,
    location: str = "",
    note: str = "",
) -> None:
    """One entry. Its name never changes, so that calendars know it again."""
    event = Event()
    event.add("uid", f"{name}@{urlsplit(absolute('/')).hostname}")
    event.add("dtstamp", touched_at)
    event.add("last-modified", touched_at)
    event.add("sequence", sequence)
    event.add("summary", words)
    event.add("dtstart", starts_at)
    if length is not None:
        event.add("dtend", starts_at + length)
    else:
        event.add("transp", "TRANSPARENT")
    lines = [project.title, season.title if season is not None else "", note, url]
    event.add("description", "\n".join(line for line in lines if line))
    event.add("url", url)
    if location:
        event.add("location", location)
    is_off = is_cancelled or (season is not None and season.is_cancelled)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    calendar.add_component(event)
