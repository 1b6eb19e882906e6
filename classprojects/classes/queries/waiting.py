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
    places = _places(wanted, (last[0], last[1]) if last else None, size + 1, assignment_id)
    found = db.session.execute(places.order_by(places.selected_columns.waiting_since, places.selected_columns.id)).all()
    cursor = write_cursor([found[size - 1].waiting_since, found[size - 1].id]) if len(found) > size else None
    # Only what sorts is sorted; the page is loaded after.
    statement = (
        sa.select(Submission)
        .where(Submission.id.in_([row.id for row in found[:size]]))
        .options(*_with_work(), joinedload(Submission.project))
        .order_by(Submission.waiting_since, Submission.id)
    )
    return Page(list(db.session.scalars(statement)), cursor)


def _places(
    class_ids: Sequence[int], beside: Place | None, limit: int, assignment_id: int | None, *, backwards: bool = False
) -> sa.Select[int, datetime]:
    """The next ``limit`` places in the queue after one of them (``backwards``: before it): id and since when.

    Each class and state is read in the order of its index and only as far as needed,
    so that a long queue costs no more than a short one.
    """
    pairs = [([one], [state]) for one in class_ids for state in WAITING]
    if len(class_ids) > _MOST_BRANCHES:
        pairs = [(list(class_ids), list(WAITING))]
    keys = (Submission.waiting_since, Submission.id)
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
        branch = branch.order_by(*([key.desc() for key in keys] if backwards else keys)).limit(limit)
        branches.append(sa.select(branch.subquery()))
    queue = sa.union_all(*branches).subquery()
    order = (queue.c.waiting_since, queue.c.id)
    nearest = sa.select(queue.c.id, queue.c.waiting_since).order_by(*([one.desc() for one in order] if backwards else order))
    places = nearest.limit(limit).subquery()
    return sa.select(places.c.id, places.c.waiting_since)


@dataclass(frozen=True)
class Neighbours:
    """The submissions that come before and after one in the queue, by their ids; None: nobody does."""

    previous_id: int | None = None
    next_id: int | None = None


def find_neighbours(submission: Submission, class_ids: Iterable[int], assignment_id: int | None = None) -> Neighbours:
    """Who comes before and after ``submission`` in the queue, in one question; after the last comes the first again."""
    wanted = list(class_ids)
    if not wanted:
        return Neighbours()
    here = (submission.waiting_since, submission.id)
    parts = {
        "before": _places(wanted, here, 1, assignment_id, backwards=True),
        "after": _places(wanted, here, 1, assignment_id),
        "first": _places(wanted, None, 1, assignment_id),
    }
    labelled = [sa.select(sa.literal(name), part.subquery().c.id) for name, part in parts.items()]
    found: dict[str, int] = dict(db.session.execute(sa.union_all(*labelled)).all())
    following = found.get("after") or found.get("first")
    return Neighbours(found.get("before"), following if following != submission.id else None)


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
