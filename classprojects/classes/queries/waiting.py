"""What waits for an instructor, and who is where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    WAITING,
    ClassInstructor,
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
    return (Submission.state.in_(WAITING), _is_there())


def _is_there() -> sa.ColumnElement[bool]:
    return sa.exists().where(Work.id == Submission.work_id, Work.status == WorkStatus.PUBLISHED)



def list_queue_classes(person: Person, limit: int = 100) -> list[ClassProject]:
    """The classes that ``person`` leads, with whatever part in it, with their assignments: what the queue is chosen by."""
    leads = sa.select(ClassInstructor.class_id).where(ClassInstructor.person_id == person.id)
    return list(
        db.session.scalars(
            sa.select(ClassProject)
            .where(ClassProject.id.in_(leads))
            .order_by(ClassProject.title, ClassProject.id)
            .limit(limit)
            .options(selectinload(ClassProject.assignments))
        )
    )


#: with more classes than this the queue is one question for all, which sorts what it finds
_MOST_BRANCHES = 20

Place = tuple[datetime, int]


def list_waiting(
    class_ids: Iterable[int], after: str | None = None, size: int = PAGE_SIZE, assignment_id: int | None = None
) -> Page[Submission]:
    """One page of what waits for an instructor in these classes: who has waited longest comes first."""
    wanted = list(class_ids)
    if not wanted:
        return Page([])
    last = read_cursor(after, [datetime, int])
    found = _find_places_in_queue(wanted, (last[0], last[1]) if last else None, size + 1, assignment_id)
    cursor = write_cursor([found[size - 1].waiting_since, found[size - 1].id]) if len(found) > size else None
    # Only what sorts is sorted; the page is loaded after.
    statement = (
        sa.select(Submission)
        .where(Submission.id.in_([row.id for row in found[:size]]))
        .options(*_with_work(), joinedload(Submission.project))
        .order_by(Submission.waiting_since, Submission.id)
    )
    return Page(list(db.session.scalars(statement)), cursor)


def _find_places_in_queue(
    class_ids: Sequence[int], beside: Place | None, limit: int, assignment_id: int | None, *, backwards: bool = False
) -> Sequence[sa.Row[tuple[int, datetime]]]:
    """The next ``limit`` places in the queue after one of them (``backwards``: before it), nearest first: id and since when.

    Each class and state is read in the order of its index and only as far as needed,
    so that a long queue costs no more than a short one.
    """
    pairs = [([one], [state]) for one in class_ids for state in WAITING]
    if len(class_ids) > _MOST_BRANCHES:
        pairs = [(list(class_ids), list(WAITING))]
    keys = (Submission.waiting_since, Submission.id)
    order = [key.desc() for key in keys] if backwards else list(keys)
    branches = []
    for classes, states in pairs:
        branch = sa.select(Submission.id, Submission.waiting_since).where(
            Submission.class_id.in_(classes) if len(classes) > 1 else Submission.class_id == classes[0],
            Submission.state.in_(states) if len(states) > 1 else Submission.state == states[0],
            _is_there(),
        )
        if assignment_id is not None:
            branch = branch.where(Submission.assignment_id == assignment_id)
        if beside is not None:
            here, there = sa.tuple_(*keys), sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(beside, keys, strict=True)))
            branch = branch.where(here < there if backwards else here > there)
        branches.append(sa.select(branch.order_by(*order).limit(limit).subquery()))
    queue = sa.union_all(*branches).subquery()
    columns = (queue.c.waiting_since, queue.c.id)
    statement = sa.select(queue.c.id, queue.c.waiting_since).limit(limit)
    return db.session.execute(statement.order_by(*([one.desc() for one in columns] if backwards else columns))).all()


def find_next_waiting(
    submission: Submission, class_ids: Iterable[int], assignment_id: int | None = None
) -> Submission | None:
    """Who comes after ``submission`` in the queue; after the last, the first again; None: nobody else waits."""
    wanted = list(class_ids)
    if not wanted:
        return None
    here = (submission.waiting_since, submission.id)
    found = _find_places_in_queue(wanted, here, 1, assignment_id) or [
        row for row in _find_places_in_queue(wanted, None, 2, assignment_id) if row.id != submission.id
    ]
    return db.session.get(Submission, found[0].id) if found else None


def find_previous_waiting(
    submission: Submission, class_ids: Iterable[int], assignment_id: int | None = None
) -> Submission | None:
    """Who comes before ``submission`` in the queue; None: nobody does."""
    wanted = list(class_ids)
    if not wanted:
        return None
    here = (submission.waiting_since, submission.id)
    found = _find_places_in_queue(wanted, here, 1, assignment_id, backwards=True)
    return db.session.get(Submission, found[0].id) if found else None


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
