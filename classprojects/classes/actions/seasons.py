"""Seasons: plan, change, move and cancel them; join and leave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.actions.cohorts import free_place
from classprojects.classes.actions.learning import join_class
from classprojects.classes.dates import days_to, propose_dates, shift, zone_of
from classprojects.classes.models import (
    Assignment,
    ClassProject,
    ClassState,
    Enrollment,
    Extension,
    Lesson,
    Season,
    SeasonDate,
    SeasonEvent,
    SeasonEventKind,
)
from classprojects.classes.queries.seasons import find_dated, read_season_afresh
from classprojects.core import clock
from classprojects.core.database import db, lock_row
from classprojects.core.errors import DomainError
from classprojects.core.memo import forget
from classprojects.notifications.actions import notify_all
from classprojects.notifications.models import Notification, NotificationKind

#: no season is longer
LONGEST = timedelta(days=2 * 366)


class SeasonClosed(DomainError):
    """This season takes nobody now."""


@dataclass(frozen=True)
class SeasonDraft:
    """What a season says, its moments in UTC; ``time_zone``: in which its dates are meant."""

    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str = "UTC"
    note: str = ""
    places: int | None = None


@dataclass(frozen=True)
class DateDraft:
    """When a lesson or assignment opens in a season, and until when an answer is asked for."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    is_firm: bool = False


@dataclass(frozen=True)
class EventDraft:
    """A moment at which a cohort meets."""

    kind: SeasonEventKind
    title: str
    starts_at: datetime
    minutes: int = 60
    note: str = ""
    address: str = ""


#: dates by ("lesson" | "assignment", number)
DateDrafts = Mapping[tuple[str, int], DateDraft]


def plan_season(project: ClassProject, draft: SeasonDraft) -> Season:
    """A season of ``project``, its dates spread evenly from start to end, with a meeting at each of the two.

    The same one twice is one: whoever sent the form a second time gets the season that there is.
    """
    project = _lock_class(project)
    if project.state is ClassState.ARCHIVED:
        raise DomainError(_("This class takes nobody new, so that a season would stay empty. Publish it again first."))
    _check_span(draft)
    known = sa.select(Season).where(Season.class_id == project.id, Season.cancelled_at.is_(None))
    for season in db.session.scalars(known.where(Season.title == draft.title, Season.starts_at == draft.starts_at)):
        if _says_the_same(season, draft):
            return season
    last = db.session.scalar(sa.select(sa.func.max(Season.number)).where(Season.class_id == project.id)) or 0
    season = Season(class_id=project.id, number=last + 1)
    _write_season(season, draft)
    db.session.add(season)
    db.session.flush()
    proposed = propose_dates(project.outline, draft.starts_at, draft.ends_at, ZoneInfo(draft.time_zone))
    for item in project.outline:
        one = proposed[item.kind, item.id]
        db.session.add(SeasonDate(season_id=season.id, **_of_item(item), opens_at=one.opens_at, due_at=one.due_at))
    hour = timedelta(hours=1)
    for kind, title, starts_at in (
        (SeasonEventKind.KICK_OFF, _("Kick-off"), draft.starts_at),
        (SeasonEventKind.WRAP_UP, _("Wrap-up"), max(draft.starts_at, draft.ends_at - hour)),
    ):
        db.session.add(SeasonEvent(season_id=season.id, kind=kind, title=title, starts_at=starts_at))
    db.session.flush()
    db.session.expire(season, ["dates", "events"])
    return season


def _says_the_same(thing: Season | SeasonEvent, draft: SeasonDraft | EventDraft) -> bool:
    return all(getattr(thing, name) == value for name, value in vars(draft).items())


def _of_item(item: Lesson | Assignment) -> dict[str, int]:
    return {"lesson_id" if isinstance(item, Lesson) else "assignment_id": item.id}


def _check_span(draft: SeasonDraft) -> None:
    if draft.ends_at <= draft.starts_at:
        raise DomainError(_("The end comes before the start. Choose a later end, or an earlier start."), field="ends_at")
    if draft.ends_at - draft.starts_at > LONGEST:
        raise DomainError(_("A season lasts two years at most."), field="ends_at")


def _write_season(season: Season, draft: SeasonDraft) -> None:
    season.title, season.note, season.time_zone = draft.title, draft.note, draft.time_zone
    season.starts_at, season.ends_at, season.places = draft.starts_at, draft.ends_at, draft.places
    season.touched_at = clock.now()


def edit_season(season: Season, draft: SeasonDraft, dates: DateDrafts, version: int, editor: Person) -> Season:
    """Change what a season says and all of its dates; its learners are told.

    Raises EditedMeanwhile when ``version`` is not the newest, DomainError for dates that
    are backwards, naming what they are of. What the class took out of its outline
    keeps the dates it had.
    """
    season = _lock_season(season, version)
    _check_span(draft)
    if draft.places is not None and draft.places < season.learners_count:
        raise DomainError(
            _("%(number)s people are in this season already, so that it cannot have fewer places.", number=season.learners_count),
            field="places",
        )
    for item in season.project.outline:
        _check_dates_of(item, dates.get((item.kind, item.number), DateDraft()), draft)
    before = _told(season)
    _write_season(season, draft)
    for item in season.project.outline:
        _write_dates(season, item, dates.get((item.kind, item.number), DateDraft()))
    season.version += 1
    db.session.flush()
    season = read_season_afresh(season)
    if _told(season) != before:
        _tell_cohort(season, editor)
    forget()
    return season


def _lock_season(season: Season, version: int | None = None) -> Season:
    """The season's row, held until the transaction ends. Raises EditedMeanwhile, and for a cancelled one."""
    db.session.execute(lock_row(db.session(), sa.select(Season.id).where(Season.id == season.id)))
    season = _as_it_stands(season)
    if version is not None and season.version != version:
        raise EditedMeanwhile
    if version is not None and season.cancelled_at is not None:
        raise DomainError(_("This season was cancelled. Plan a new one."))
    return season


def _check_dates_of(item: Lesson | Assignment, dates: DateDraft, draft: SeasonDraft) -> None:
    opens_at, due_at = dates.opens_at, dates.due_at
    if opens_at is not None and due_at is not None and due_at <= opens_at:
        raise DomainError(
            _("“%(title)s” would be due before it opens.", title=item.title), field=f"due_{item.kind}_{item.number}"
        )
    if opens_at is not None and opens_at >= draft.ends_at:
        raise DomainError(
            _("“%(title)s” would open when the season is over.", title=item.title), field=f"opens_{item.kind}_{item.number}"
        )
    if due_at is not None and due_at <= draft.starts_at:
        raise DomainError(
            _("“%(title)s” would be due before the season starts.", title=item.title), field=f"due_{item.kind}_{item.number}"
        )


def _write_dates(season: Season, item: Lesson | Assignment, draft: DateDraft) -> None:
    known = find_dated(season, item)
    if draft.opens_at is None and draft.due_at is None:
        if known is not None:
            season.dates.remove(known)
        return
    if known is None:
        known = SeasonDate(season_id=season.id, **_of_item(item))
        season.dates.append(known)
    known.opens_at, known.due_at = draft.opens_at, draft.due_at
    known.is_firm = draft.is_firm and draft.due_at is not None


def _told(season: Season) -> object:
    """What learners are told of when it changes: every moment, and where they meet."""
    dates = sorted((one.id, one.opens_at, one.due_at, one.is_firm) for one in season.dates if one.due_at) + sorted(
        (one.id, one.opens_at) for one in season.dates if not one.due_at
    )
    return season.title, season.starts_at, season.ends_at, dates


def _tell_cohort(season: Season, actor: Person) -> None:
    """Tell the cohort that something changed. Whoever has not looked yet at the last such line is told no second time."""
    path = f"{season.project.url}/seasons/{season.number}"
    told = sa.exists().where(
        Notification.person_id == Enrollment.person_id,
        Notification.kind == NotificationKind.SEASON_CHANGED,
        Notification.path == path,
        Notification.seen_at.is_(None),
    )
    people: sa.Select[Any] = sa.select(Enrollment.person_id).where(
        Enrollment.season_id == season.id, Enrollment.left_at.is_(None), ~told
    )
    notify_all(
        people, NotificationKind.SEASON_CHANGED, f"season_changed:{season.id}:{season.version}", actor_id=actor.id, path=path
    )


@dataclass(frozen=True)
class Moved:
    """What a season's dates would be: each date's and each event's moments by their ids, and the learners' own."""

    starts_at: datetime
    ends_at: datetime
    dates: dict[int, DateDraft] = field(default_factory=dict)
    events: dict[int, datetime] = field(default_factory=dict)
    extensions: dict[int, datetime] = field(default_factory=dict)


def work_out_move(season: Season, days: int) -> Moved:
    """All dates of ``season`` moved by ``days``, each at its hour on the clocks of the season's zone. Changes nothing.

    Raises ImpossibleTime where clocks skip one of them, naming what it is of; DateOutOfRange.
    """
    zone = zone_of(season)
    return Moved(
        starts_at=shift(season.starts_at, days, zone),
        ends_at=shift(season.ends_at, days, zone),
        dates={
            one.id: DateDraft(
                shift(one.opens_at, days, zone) if one.opens_at is not None else None,
                shift(one.due_at, days, zone) if one.due_at is not None else None,
                one.is_firm,
            )
            for one in season.dates
        },
        events={one.id: shift(one.starts_at, days, zone) for one in season.events if one.cancelled_at is None},
    )


def move_season(season: Season, starts_on: date, version: int, editor: Person) -> Season:
    """Reschedule everything by moving the start; the cohort is told once.

    More time that learners of the season were given moves along. Raises as
    :func:`work_out_move`, EditedMeanwhile.
    """
    season = _lock_season(season, version)
    days = days_to(season, starts_on)
    if days == 0:
        return season
    moved = work_out_move(season, days)
    season.starts_at, season.ends_at, season.touched_at = moved.starts_at, moved.ends_at, clock.now()
    for one in season.dates:
        one.opens_at, one.due_at = moved.dates[one.id].opens_at, moved.dates[one.id].due_at
    for event in season.events:
        if event.id in moved.events:
            event.starts_at = moved.events[event.id]
            event.version += 1
    zone = zone_of(season)
    for extension in _list_cohort_extensions(season):
        extension.due_at = shift(extension.due_at, days, zone)
    season.version += 1
    db.session.flush()
    _tell_cohort(season, editor)
    forget()
    return read_season_afresh(season)


def _list_cohort_extensions(season: Season) -> list[Extension]:
    statement = (
        sa.select(Extension)
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .join(
            Enrollment,
            sa.and_(Enrollment.person_id == Extension.person_id, Enrollment.class_id == Assignment.class_id),
        )
        .where(Enrollment.season_id == season.id, Assignment.class_id == season.class_id)
    )
    return list(db.session.scalars(statement))


def cancel_season(season: Season, editor: Person) -> None:
    """Call a season off. Its learners are told and stay in the class at their own pace, with all that they made."""
    season = _lock_season(season)
    if season.cancelled_at is not None:
        return
    season.cancelled_at = season.touched_at = clock.now()
    season.version += 1
    db.session.flush()
    _tell_cohort(season, editor)
    forget()


# Events


def add_event(season: Season, draft: EventDraft, editor: Person) -> SeasonEvent:
    """One more moment at which the cohort meets; it is told. The same one twice is one."""
    season = _lock_season(season)
    known = sa.select(SeasonEvent).where(SeasonEvent.season_id == season.id, SeasonEvent.cancelled_at.is_(None))
    for one in db.session.scalars(known.where(SeasonEvent.starts_at == draft.starts_at)):
        if _says_the_same(one, draft):
            return one
    event = SeasonEvent(season_id=season.id, starts_at=draft.starts_at)
    _write_event(event, draft)
    db.session.add(event)
    _touch(season, editor)
    return event


def edit_event(event: SeasonEvent, draft: EventDraft, version: int, editor: Person) -> None:
    """Change an event. Raises EditedMeanwhile when ``version`` is not the newest."""
    season = _lock_season(event.season)
    event = _as_it_stands(event)
    if event.version != version:
        raise EditedMeanwhile
    was_at = event.starts_at, event.minutes, event.address
    _write_event(event, draft)
    event.version += 1
    if (event.starts_at, event.minutes, event.address) != was_at:
        _touch(season, editor)
    db.session.flush()


def _write_event(event: SeasonEvent, draft: EventDraft) -> None:
    event.kind, event.title, event.note = draft.kind, draft.title, draft.note
    event.starts_at, event.minutes, event.address = draft.starts_at, draft.minutes, draft.address


def _touch(season: Season, editor: Person) -> None:
    season.version += 1
    season.touched_at = clock.now()
    db.session.flush()
    db.session.expire(season, ["events"])
    _tell_cohort(season, editor)


def cancel_event(event: SeasonEvent, editor: Person) -> None:
    """Call a meeting off; calendars that hold it are told."""
    season = _lock_season(event.season)
    event = _as_it_stands(event)
    if event.cancelled_at is None:
        event.cancelled_at = clock.now()
        event.version += 1
        _touch(season, editor)


# Learners


def join_season(person: Person, season: Season) -> Enrollment:
    """Learn with the cohort of ``season``: join its class too where that is not done, leave another season of it.

    Raises SeasonClosed when it is full, over or cancelled. Joining twice is one place.
    """
    enrollment = join_class(person, season.project)
    if enrollment.season_id == season.id:
        return enrollment
    season = _lock_season(season)
    if season.cancelled_at is not None:
        raise SeasonClosed(_("This season was cancelled."))
    if season.ends_at <= clock.now():
        raise SeasonClosed(_("This season is over. Choose another one, or learn at your own pace."))
    if season.places is not None and season.learners_count >= season.places:
        raise SeasonClosed(_("All places in this season are taken. Choose another one, or learn at your own pace."))
    free_place(enrollment)
    enrollment.season_id = season.id
    season.learners_count += 1
    db.session.flush()
    db.session.expire(enrollment, ["season"])
    forget()
    return enrollment


def leave_season(person: Person, project: ClassProject) -> None:
    """Go on at one's own pace. What was made and been through stays; a place becomes free."""
    project = _lock_class(project)
    enrollment = queries.find_enrollment(person.id, project.id)
    if enrollment is None or enrollment.season_id is None:
        return
    free_place(enrollment)
    forget()


def forget_extensions(person: Person) -> None:
    """Whoever leaves for good: what they were given more time for is forgotten (P20)."""
    given = sa.delete(Extension).where(Extension.person_id == person.id)
    db.session.execute(given.execution_options(synchronize_session=False))
