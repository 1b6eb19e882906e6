"""Seasons of a class: one, all, the next to start; who is in them, and what their cohorts made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    ClassProject,
    Enrollment,
    Extension,
    Lesson,
    Season,
    SeasonDate,
    SeasonEvent,
    Submission,
)
from classprojects.classes.queries.classes import get_class
from classprojects.classes.queries.submissions import _shown_submissions, _with_work
from classprojects.core import clock
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page

_CALENDAR_KEY = re.compile(r"[A-Za-z0-9_-]{20,40}", re.ASCII)


def next_starts(class_ids: Iterable[int]) -> dict[int, Season]:
    """Of each class that has one: the next season to start that still has room. One query."""
    wanted = list(class_ids)
    if not wanted:
        return {}
    place = sa.func.row_number().over(partition_by=Season.class_id, order_by=(Season.starts_at, Season.id))
    first = sa.select(Season.id, place.label("place")).where(Season.class_id.in_(wanted), *_is_coming()).subquery()
    statement = sa.select(Season).join(first, first.c.id == Season.id).where(first.c.place == 1)
    return {season.class_id: season for season in db.session.scalars(statement)}


def _is_coming() -> tuple[sa.ColumnElement[bool], ...]:
    """Not begun, not cancelled, not full."""
    has_room = sa.or_(Season.places.is_(None), Season.learners_count < Season.places)
    return (Season.cancelled_at.is_(None), Season.starts_at > clock.now(), has_room)


def starts_season(until: datetime | None = None) -> sa.ColumnElement[bool]:
    """Whether a class that the statement goes through has a season to start (before ``until``) that has room."""
    within = (Season.starts_at < until,) if until is not None else ()
    return sa.exists().where(Season.class_id == ClassProject.id, *_is_coming(), *within).correlate(ClassProject)


def get_season(slug: str, season_number: int) -> Season:
    """The season with its dates, its events and its class's whole outline; raises NotFound."""
    return _get_in(get_class(slug), season_number)


def _get_in(project: ClassProject, number: int) -> Season:
    if not 0 < number <= MAX_ID:
        raise NotFound
    season = db.session.scalar(
        sa.select(Season)
        .where(Season.class_id == project.id, Season.number == number)
        .options(selectinload(Season.dates), selectinload(Season.events))
    )
    if season is None:
        raise NotFound
    set_committed_value(season, "project", project)
    return season


def get_season_event(slug: str, season_number: int, event_id: int) -> SeasonEvent:
    """An event of a season, with the season around it; raises NotFound."""
    season = get_season(slug, season_number)
    for event in season.events:
        if event.id == event_id:
            set_committed_value(event, "season", season)
            return event
    raise NotFound


def read_season_afresh(season: Season) -> Season:
    """``season`` as it stands now, whatever the session held of it."""
    project = season.project
    for part in (*season.dates, *season.events):
        db.session.expire(part)
    db.session.expire(season)
    return _get_in(project, _number_of(season))


def _number_of(season: Season) -> int:
    db.session.refresh(season, ["number"])
    return season.number


def list_seasons(project: ClassProject, limit: int = 100) -> list[Season]:
    """The seasons of a class, the latest start first, also cancelled ones."""
    statement = (
        sa.select(Season)
        .where(Season.class_id == project.id)
        .order_by(Season.starts_at.desc(), Season.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_open_seasons(project: ClassProject, limit: int = 12) -> list[Season]:
    """The seasons of a class that are not over and were not cancelled, the next start first."""
    statement = (
        sa.select(Season)
        .where(Season.class_id == project.id, Season.cancelled_at.is_(None), Season.ends_at > clock.now())
        .order_by(Season.starts_at, Season.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_cohort(season: Season, after: str | None = None, size: int = PAGE_SIZE) -> Page[Enrollment]:
    """One page of who learns in a season, the newest in it last to join the class first."""
    statement = (
        sa.select(Enrollment)
        .where(Enrollment.season_id == season.id, Enrollment.left_at.is_(None))
        .options(joinedload(Enrollment.person))
    )
    page: Page[Enrollment] = keyset_page(
        db.session, statement, [(Enrollment.joined_at, datetime), (Enrollment.id, int)], after, size
    )
    return page


@dataclass(frozen=True)
class Learner:
    """Somebody in a class, as those who lead it look at one of them."""

    enrollment: Enrollment
    extensions: dict[int, Extension]

    @property
    def project(self) -> ClassProject:
        """The class, with its outline."""
        return self.enrollment.project

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.enrollment.person


def get_learner(slug: str, handle: str) -> Learner:
    """The learner of this handle with the class around them and their extensions by assignment id; raises NotFound."""
    project = get_class(slug)
    if "\x00" in handle or len(handle) > 30:
        raise NotFound
    enrollment = db.session.scalar(
        sa.select(Enrollment)
        .join(Person, Person.id == Enrollment.person_id)
        .where(Enrollment.class_id == project.id, Enrollment.left_at.is_(None), Person.handle == handle.lower())
        .options(joinedload(Enrollment.person).selectinload(Person.roles), joinedload(Enrollment.season))
    )
    if enrollment is None:
        raise NotFound
    set_committed_value(enrollment, "project", project)
    return Learner(enrollment, list_extensions(enrollment.person_id, project))


def list_extensions(person_id: int, project: ClassProject) -> dict[int, Extension]:
    """More time that somebody was given in a class, by assignment id."""
    statement = (
        sa.select(Extension)
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .where(Extension.person_id == person_id, Assignment.class_id == project.id)
    )
    return {one.assignment_id: one for one in db.session.scalars(statement)}


def list_extensions_of(person: Person) -> list[Extension]:
    """All the time that somebody was given, with what for: for their calendar, and their own export (P20)."""
    statement = (
        sa.select(Extension)
        .where(Extension.person_id == person.id)
        .order_by(Extension.id)
        .options(joinedload(Extension.assignment).joinedload(Assignment.project))
    )
    return list(db.session.scalars(statement))


def list_learned_seasons(person: Person, class_ids: Iterable[int], since: datetime) -> list[Season]:
    """The seasons that ``person`` learns in, in these classes and not over before ``since``, as a calendar shows them.

    Cancelled ones are among them: a calendar must be told.
    """
    wanted = list(class_ids)
    if not wanted:
        return []
    learned = (
        sa.select(Season)
        .join(Enrollment, Enrollment.season_id == Season.id)
        .where(Enrollment.person_id == person.id, Enrollment.left_at.is_(None), Season.class_id.in_(wanted))
    )
    return _for_calendar(learned, since)


def list_led_seasons(class_ids: Iterable[int], since: datetime) -> list[Season]:
    """The seasons of these classes that are not over before ``since``, as a calendar shows them."""
    wanted = list(class_ids)
    if not wanted:
        return []
    return _for_calendar(sa.select(Season).where(Season.class_id.in_(wanted)), since)


def _for_calendar(statement: sa.Select[Any], since: datetime, limit: int = 200) -> list[Season]:
    """Seasons with class, dates, what these are of, and events."""
    return list(
        db.session.scalars(
            statement.where(Season.ends_at > since)
            .order_by(Season.starts_at.desc(), Season.id.desc())
            .limit(limit)
            .options(
                joinedload(Season.project),
                selectinload(Season.dates).options(joinedload(SeasonDate.lesson), joinedload(SeasonDate.assignment)),
                selectinload(Season.events),
            )
        )
    )


def find_person_by_calendar(key: str) -> Person | None:
    """Whose private calendar this is; nobody's who left."""
    if not _CALENDAR_KEY.fullmatch(key):
        return None
    return db.session.scalar(
        sa.select(Person)
        .where(Person.calendar_key == key, Person.left_at.is_(None))
        .options(selectinload(Person.roles))
    )


def find_dated(season: Season, item: Lesson | Assignment) -> SeasonDate | None:
    """The dates of ``item`` in a season that is loaded with them."""
    name = "lesson_id" if isinstance(item, Lesson) else "assignment_id"
    return next((one for one in season.dates if getattr(one, name) == item.id), None)


def list_season_gallery(season: Season, after: str | None = None, size: int = PAGE_SIZE) -> Page[Submission]:
    """One page of what a cohort handed in, newest first."""
    statement = _shown_submissions().where(Submission.season_id == season.id).options(*_with_work())
    page: Page[Submission] = keyset_page(db.session, statement, [(Submission.id, int)], after, size)
    return page
