"""What is open to whom, and until when: a season's dates, what must be made first, more time for one learner.

The rule, in the order in which it is asked:

* whoever leads the class, and whoever is no learner of it, finds everything open (who may enter at all is policy's
  question); so does a learner for whom an instructor opened everything;
* what one has made or been through stays open, whatever is moved, joined or left;
* a season's lessons and assignments open at their own date, else when the season starts;
* an assignment that must be answered first keeps shut what follows it, as long as it still can be answered: nobody
  stands before a door whose key is gone;
* an answer is asked for until the season's date, or the later date that this learner was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    ClassProject,
    Extension,
    Lesson,
    LessonFinish,
    Prerequisite,
    SeasonDate,
    Submission,
)
from classprojects.classes.queries.places import Learning, find_places
from classprojects.core import clock
from classprojects.core.database import Id, UTCDateTime, db
from classprojects.core.memo import remember

#: a lesson or an assignment, as dates and prerequisites name it
Item = tuple[str, int]


@dataclass(frozen=True)
class Dates:
    """From when something is open in a season, and until when an answer is asked for."""

    opens_at: datetime | None = None
    due_at: datetime | None = None
    is_firm: bool = False


@dataclass(frozen=True)
class Opening:
    """What one person finds open in one class at the moment ``now``. Asks the database nothing."""

    now: datetime
    #: everything is open: no learner, or an instructor opened it all
    is_all_open: bool = True
    season_id: int | None = None
    #: when the season of this learner starts
    starts_at: datetime | None = None
    dates: Mapping[Item, Dates] = field(default_factory=lambda: MappingProxyType({}))
    #: more time for this learner, by assignment id
    extensions: Mapping[int, datetime] = field(default_factory=lambda: MappingProxyType({}))
    #: what they have handed in and been through
    done: frozenset[Item] = frozenset()
    #: what must be answered first
    required: Mapping[Item, tuple[Assignment, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def is_open(self, item: Lesson | Assignment) -> bool:
        """Whether the learner may enter this lesson or assignment now."""
        if self.is_all_open or _key(item) in self.done or (isinstance(item, Lesson) and item.is_preview):
            return True
        return self.opens_at(item) is None and not self.missing(item)

    def opens_at(self, item: Lesson | Assignment) -> datetime | None:
        """When the season opens it; None once it has, or where no date holds it back."""
        if self.is_all_open or self.season_id is None or _key(item) in self.done:
            return None
        moment = self._dates_of(item).opens_at or self.starts_at
        return moment if moment is not None and moment > self.now else None

    def missing(self, item: Lesson | Assignment) -> list[Assignment]:
        """The assignments to answer before it opens: those not answered yet that still can be."""
        if self.is_all_open or _key(item) in self.done:
            return []
        return [
            one
            for one in self.required.get(_key(item), ())
            if _key(one) not in self.done and not self._is_out_of_reach(one)
        ]

    def _is_out_of_reach(self, assignment: Assignment) -> bool:
        return (assignment.is_closed and not self.has_more_time(assignment)) or self.is_shut(assignment)

    def due_at(self, assignment: Assignment) -> datetime | None:
        """Until when an answer is asked for: the season's date or this learner's own, whichever is later."""
        season_date = self._dates_of(assignment).due_at
        own = self.extensions.get(assignment.id)
        if season_date is None or own is None:
            return season_date or own
        return max(season_date, own)

    def is_firm(self, assignment: Assignment) -> bool:
        """Whether nothing is taken after that date. A soft one only marks what comes later."""
        return self._dates_of(assignment).is_firm and self.due_at(assignment) is not None

    def is_shut(self, assignment: Assignment) -> bool:
        """Whether a firm date has passed."""
        due_at = self.due_at(assignment)
        return due_at is not None and self._dates_of(assignment).is_firm and self.now > due_at

    def is_late(self, assignment: Assignment) -> bool:
        """Whether an answer that is handed in now comes after the date it was asked for."""
        due_at = self.due_at(assignment)
        return due_at is not None and self.now > due_at

    def has_more_time(self, assignment: Assignment) -> bool:
        """Whether this learner was given time that is not over: it opens a closed assignment to them as well."""
        own = self.extensions.get(assignment.id)
        return own is not None and own >= self.now

    def _dates_of(self, item: Lesson | Assignment) -> Dates:
        return self.dates.get(_key(item), NO_DATES)


NO_DATES = Dates()


def _key(item: Lesson | Assignment) -> Item:
    return (item.kind, item.id)


def find_opening(person: Person | None, project: ClassProject) -> Opening:
    """What ``person`` finds open in ``project`` now, asked once a request.

    No query for whoever is no learner, and for learners at their own pace in a class
    that asks for nothing first; else one, and a second one where something must be
    made first.
    """
    if person is None:
        return Opening(clock.now())
    places = find_places(person)
    learning = places.learning.get(project.id)
    if learning is None:
        return Opening(clock.now())
    person_id, class_id = person.id, project.id
    is_free = person.is_staff or class_id in places.leads or learning.is_opened
    return remember(
        ("opening", person_id, class_id), lambda: ask_opening(person_id, class_id, learning, is_all_open=is_free)
    )


def ask_opening(person_id: int, class_id: int, learning: Learning, *, is_all_open: bool = False) -> Opening:
    """As :func:`find_opening`, of one learner of whom it is known how they learn here."""
    if learning.season_id is None and not learning.is_gated and not learning.is_extended:
        return Opening(clock.now(), is_all_open=is_all_open)
    dates: dict[Item, Dates] = {}
    extensions: dict[int, datetime] = {}
    done: set[Item] = set()
    for row in db.session.execute(_about(person_id, class_id, learning.season_id)):
        item = _item_of(row.lesson_id, row.assignment_id)
        if row.what == "date":
            dates[item] = Dates(row.opens_at, row.due_at, bool(row.is_firm))
        elif row.what == "extension":
            extensions[row.assignment_id] = row.due_at
        else:
            done.add(item)
    return Opening(
        now=clock.now(),
        is_all_open=is_all_open,
        season_id=learning.season_id,
        starts_at=learning.starts_at,
        dates=dates,
        extensions=extensions,
        done=frozenset(done),
        required=_ask_required(class_id) if learning.is_gated and not is_all_open else {},
    )


def _item_of(lesson_id: int | None, assignment_id: int | None) -> Item:
    return ("assignment", assignment_id or 0) if lesson_id is None else ("lesson", lesson_id)


def _about(person_id: int, class_id: int, season_id: int | None) -> Any:
    """Dates of the season, more time, what was handed in and been through: one answer of the database."""
    nothing, never, no = sa.literal(None, Id), sa.literal(None, UTCDateTime()), sa.false()
    dates = sa.select(
        sa.literal("date").label("what"),
        SeasonDate.lesson_id,
        SeasonDate.assignment_id,
        SeasonDate.opens_at,
        SeasonDate.due_at,
        SeasonDate.is_firm,
    ).where(SeasonDate.season_id == season_id)
    extensions = (
        sa.select(sa.literal("extension"), nothing, Extension.assignment_id, never, Extension.due_at, no)
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .where(Extension.person_id == person_id, Assignment.class_id == class_id)
    )
    made = sa.select(sa.literal("done"), nothing, Submission.assignment_id, never, never, no).where(
        Submission.person_id == person_id, Submission.class_id == class_id, Submission.state.in_(HANDED_IN)
    )
    finished = (
        sa.select(sa.literal("done"), LessonFinish.lesson_id, nothing, never, never, no)
        .join(Lesson, Lesson.id == LessonFinish.lesson_id)
        .where(LessonFinish.person_id == person_id, Lesson.class_id == class_id)
    )
    return dates.union_all(extensions, made, finished)


def _ask_required(class_id: int) -> dict[Item, tuple[Assignment, ...]]:
    statement = (
        sa.select(Prerequisite.lesson_id, Prerequisite.assignment_id, Assignment)
        .join(Assignment, Assignment.id == Prerequisite.requires_id)
        .where(Prerequisite.class_id == class_id, Assignment.deleted_at.is_(None))
        .order_by(Assignment.position, Assignment.id)
    )
    required: dict[Item, tuple[Assignment, ...]] = {}
    for lesson_id, assignment_id, assignment in db.session.execute(statement):
        item = _item_of(lesson_id, assignment_id)
        required[item] = (*required.get(item, ()), assignment)
    return required
