"""What waits for an instructor, and who is where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.classes.models import (
    WAITING,
    ClassProject,
    Enrollment,
    Submission,
)
from classprojects.classes.queries.submissions import _with_work
from classprojects.core.database import db
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page, read_cursor, write_cursor
from classprojects.works.models import Work, WorkStatus


def count_waiting(class_ids: Iterable[int]) -> dict[int, int]:
    """How many submissions wait for their instructor, class by class."""
    wanted = list(class_ids)
    if not wanted:
        return {}
    statement = (
        sa.select(Submission.class_id, sa.func.count())
        .where(Submission.class_id.in_(wanted), *_is_waiting())
        .group_by(Submission.class_id)
    )
    return dict(db.session.execute(statement).all())


def _is_waiting() -> tuple[sa.ColumnElement[bool], ...]:
    """Handed in and not answered by an instructor since; a work that was deleted waits for nobody."""
    is_there = sa.exists().where(Work.id == Submission.work_id, Work.status == WorkStatus.PUBLISHED)
    return (Submission.state.in_(WAITING), is_there)



def list_waiting(
    class_ids: Iterable[int], after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of what waits for an instructor in these classes: who has waited longest comes first."""
    wanted = list(class_ids)
    if not wanted:
        return Page([])
    # Only what sorts is sorted; the page is loaded after.
    keys = (
        sa.select(Submission.id, Submission.waiting_since)
        .where(Submission.class_id.in_(wanted), *_is_waiting())
        .order_by(Submission.waiting_since, Submission.id)
        .limit(size + 1)
    )
    last = read_cursor(after, [datetime, int])
    if last is not None:
        columns = (Submission.waiting_since, Submission.id)
        ends = [sa.literal(value, column.type) for value, column in zip(last, columns, strict=True)]
        keys = keys.where(sa.tuple_(*columns) > sa.tuple_(*ends))
    found = db.session.execute(keys).all()
    cursor = write_cursor([found[size - 1].waiting_since, found[size - 1].id]) if len(found) > size else None
    statement = (
        sa.select(Submission)
        .where(Submission.id.in_([row.id for row in found[:size]]))
        .options(*_with_work(), joinedload(Submission.project))
        .order_by(Submission.waiting_since, Submission.id)
    )
    return Page(list(db.session.scalars(statement)), cursor)


def find_next_waiting(submission: Submission, class_ids: Iterable[int]) -> Submission | None:
    """Who has waited longest besides ``submission``."""
    wanted = list(class_ids)
    if not wanted:
        return None
    return db.session.scalar(
        sa.select(Submission)
        .where(Submission.class_id.in_(wanted), *_is_waiting(), Submission.id != submission.id)
        .order_by(Submission.waiting_since, Submission.id)
        .limit(1)
    )


@dataclass(frozen=True)
class RosterLine:
    """One learner: when they joined, and the state of each of their submissions by assignment id."""

    enrollment: Enrollment
    submissions: dict[int, Submission]


def list_roster(project: ClassProject, after: str | None = None, size: int = 50) -> Page[RosterLine]:
    """One page of who joined, the newest first, with what they handed in."""
    statement = (
        sa.select(Enrollment)
        .where(Enrollment.class_id == project.id, Enrollment.left_at.is_(None))
        .options(joinedload(Enrollment.person))
    )
    page: Page[Enrollment] = keyset_page(
        db.session, statement, [(Enrollment.joined_at, datetime), (Enrollment.id, int)], after, size
    )
    people = [enrollment.person_id for enrollment in page.items]
    made: dict[int, dict[int, Submission]] = defaultdict(dict)
    if people:
        for one in db.session.scalars(
            sa.select(Submission).where(Submission.class_id == project.id, Submission.person_id.in_(people))
        ):
            made[one.person_id][one.assignment_id] = one
    return page.map(lambda enrollment: RosterLine(enrollment, made.get(enrollment.person_id, {})))
