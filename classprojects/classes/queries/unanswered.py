"""First tries that no human has said anything about, and how many are answered in time: for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.classes.models import HANDED_IN, ClassProject, ClassState, Enrollment, Submission
from classprojects.classes.queries.insight import _seconds_between
from classprojects.core.database import db
from classprojects.core.pagination import PAGE_SIZE, Page, read_cursor, write_cursor
from classprojects.works.models import Work, WorkStatus
from classprojects.works.queries import for_card

#: after so long without a word staff look after it, so that it has one within PROMISE
PATIENCE = timedelta(hours=36)
#: within which a first try is to be answered
PROMISE = timedelta(hours=48)
#: weeks that are looked back on
WEEKS = 8
#: fewer than so many say more about people than about weeks
FEWEST = 5


def _is_unanswered(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Handed in and its work there, for longer than PATIENCE; of an archived class only by those who are still in it."""
    is_there = sa.exists().where(Work.id == Submission.work_id, Work.status == WorkStatus.PUBLISHED)
    still_in = sa.exists().where(
        Enrollment.class_id == Submission.class_id, Enrollment.person_id == Submission.person_id, Enrollment.left_at.is_(None)
    )
    published = sa.exists().where(ClassProject.id == Submission.class_id, ClassProject.state == ClassState.PUBLISHED)
    archived = sa.exists().where(ClassProject.id == Submission.class_id, ClassProject.state == ClassState.ARCHIVED)
    return (
        Submission.first_feedback_at.is_(None),
        Submission.submitted_at <= now - PATIENCE,
        Submission.state.in_(HANDED_IN),
        is_there,
        sa.or_(published, sa.and_(archived, still_in)),
    )


def list_unanswered(now: datetime, after: str | None = None, size: int = PAGE_SIZE) -> Page[Submission]:
    """One page of what no human has said anything about for PATIENCE, the oldest first, with works, assignments and classes."""
    keys = (
        sa.select(Submission.id, Submission.submitted_at)
        .where(*_is_unanswered(now))
        .order_by(Submission.submitted_at, Submission.id)
        .limit(size + 1)
    )
    last = read_cursor(after, [datetime, int])
    if last is not None:
        columns: tuple[Any, ...] = (Submission.submitted_at, Submission.id)
        ends = [sa.literal(value, column.type) for value, column in zip(last, columns, strict=True)]
        keys = keys.where(sa.tuple_(*columns) > sa.tuple_(*ends))
    found = db.session.execute(keys).all()
    cursor = write_cursor([found[size - 1].submitted_at, found[size - 1].id]) if len(found) > size else None
    statement = (
        sa.select(Submission)
        .where(Submission.id.in_([row.id for row in found[:size]]))
        .options(
            joinedload(Submission.work).options(*for_card()), joinedload(Submission.assignment), joinedload(Submission.project)
        )
        .order_by(Submission.submitted_at, Submission.id)
    )
    return Page(list(db.session.scalars(statement)), cursor)


def count_unanswered(now: datetime, most: int = 100) -> int:
    """How many there are, counted up to ``most``."""
    found = sa.select(Submission.id).where(*_is_unanswered(now)).limit(most).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


@dataclass(frozen=True)
class InTime:
    """Of how many first tries how many had a human answer within PROMISE."""

    whole: int = 0
    part: int = 0

    @property
    def share(self) -> int | None:
        """In per cent; None where there are too few to say."""
        return round(100 * self.part / self.whole) if self.whole >= FEWEST else None

    def __add__(self, other: InTime) -> InTime:
        return InTime(self.whole + other.whole, self.part + other.part)


@dataclass(frozen=True)
class Answered:
    """How many first tries were answered in time: by week (its Monday, the oldest first) and class."""

    weeks: list[datetime]
    #: class title and slug to what each week says
    classes: dict[tuple[str, str], list[InTime]]

    @property
    def all(self) -> list[InTime]:
        """The weeks of all classes together."""
        return [sum((cells[place] for cells in self.classes.values()), InTime()) for place in range(len(self.weeks))]


def find_answered_in_time(now: datetime) -> Answered:
    """The last WEEKS weeks, as far as what was handed in then had PROMISE to be answered."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    handed_in = Submission.submitted_at
    week = sa.case(*((handed_in < weeks[number + 1], number) for number in range(WEEKS - 1)), else_=WEEKS - 1)
    in_time = _seconds_between(handed_in, Submission.first_feedback_at) <= PROMISE.total_seconds()
    rows = db.session.execute(
        sa.select(Submission.class_id, week, sa.func.count(), sa.func.sum(sa.case((in_time, 1), else_=0)))
        .where(Submission.state.in_(HANDED_IN), handed_in >= first, handed_in <= now - PROMISE)
        .group_by(Submission.class_id, week)
    ).all()
    titles = {
        row.id: (row.title, row.slug)
        for row in db.session.execute(
            sa.select(ClassProject.id, ClassProject.title, ClassProject.slug).where(ClassProject.id.in_({row[0] for row in rows}))
        )
    }
    cells: dict[tuple[str, str], list[InTime]] = {}
    for class_id, number, whole, part in rows:
        cells.setdefault(titles[class_id], [InTime()] * WEEKS)[int(number)] = InTime(whole, int(part or 0))
    return Answered(weeks, dict(sorted(cells.items())))
