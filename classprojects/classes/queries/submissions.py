"""Submissions: whose, in which class, with which work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    Attempt,
    ClassInstructor,
    ClassProject,
    Enrollment,
    Feedback,
    Submission,
    SubmissionState,
)
from classprojects.classes.queries.classes import _for_page, _tied
from classprojects.core import clock
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page, read_cursor, write_cursor
from classprojects.works.models import RemixEdge, Work, WorkStatus, WorkVersion
from classprojects.works.queries import for_card


def _with_work() -> tuple[Any, ...]:
    return (
        joinedload(Submission.work).options(*for_card()),
        joinedload(Submission.assignment),
        joinedload(Submission.person),
    )


def get_submission(submission_id: int) -> Submission:
    """The submission with its class's outline, its work, and all attempts with what was said; raises NotFound."""
    if not 0 < submission_id <= MAX_ID:
        raise NotFound
    submission = db.session.scalar(
        sa.select(Submission)
        .where(Submission.id == submission_id)
        .options(
            *_with_work(),
            selectinload(Submission.project).options(*_for_page()),
            selectinload(Submission.attempts).options(
                joinedload(Attempt.work_version).joinedload(WorkVersion.file),
                selectinload(Attempt.feedback).options(joinedload(Feedback.author), joinedload(Feedback.file)),
            ),
        )
    )
    if submission is None:
        raise NotFound
    set_committed_value(submission.assignment, "project", _tied(submission.project))
    return submission


def find_submission(assignment: Assignment, person: Person) -> Submission | None:
    """``person``'s answer to ``assignment``, with its work as it can be revised, and its attempts."""
    statement = (
        sa.select(Submission)
        .where(Submission.assignment_id == assignment.id, Submission.person_id == person.id)
        .options(
            *_with_work(),
            selectinload(Submission.attempts),
            # A handful of each: one question for all is cheaper than three.
            joinedload(Submission.work).options(joinedload(Work.tags), joinedload(Work.sources)),
        )
    )
    return db.session.scalars(statement).unique().first()


def find_attempt_by_key(submission: Submission, submission_key: str) -> Attempt | None:
    """The attempt that a form with this one-time key made."""
    return db.session.scalar(
        sa.select(Attempt).where(Attempt.submission_id == submission.id, Attempt.submission_key == submission_key)
    )


def list_own_submissions(person: Person, project: ClassProject) -> list[Submission]:
    """What ``person`` handed in in this class, with works, the newest first."""
    return list(
        db.session.scalars(
            sa.select(Submission)
            .where(Submission.person_id == person.id, Submission.class_id == project.id)
            .order_by(Submission.id.desc())
            .options(*_with_work())
        )
    )


def find_submission_of_work(work_id: int) -> Submission | None:
    """The submission that this work was made for, with assignment and class."""
    return db.session.scalar(
        sa.select(Submission)
        .where(Submission.work_id == work_id)
        .options(*_with_work(), joinedload(Submission.project))
    )


def _shown_submissions() -> sa.Select[Any]:
    """What classmates see: handed in, and its work still published."""
    return (
        sa.select(Submission)
        .join(Work, Work.id == Submission.work_id)
        .where(Submission.state.in_(HANDED_IN), Work.status == WorkStatus.PUBLISHED)
    )


def list_submissions(
    assignment: Assignment, without: Person | None = None, after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of the answers to ``assignment``, newest first, ``without`` one person's own."""
    last = read_cursor(after, [datetime, int])
    states = [_newest_in(assignment, state, without, last, size).subquery() for state in HANDED_IN]
    merged = sa.union_all(*[sa.select(one.c.id, one.c.submitted_at) for one in states]).subquery()
    keys = (
        sa.select(merged.c.id, merged.c.submitted_at)
        .order_by(merged.c.submitted_at.desc(), merged.c.id.desc())
        .limit(size + 1)
        .subquery()
    )
    statement = (
        sa.select(Submission)
        .join(keys, keys.c.id == Submission.id)
        .order_by(Submission.submitted_at.desc(), Submission.id.desc())
        .options(*_with_work())
    )
    found = list(db.session.scalars(statement))
    cursor = write_cursor([found[size - 1].submitted_at, found[size - 1].id]) if len(found) > size else None
    return Page(found[:size], cursor)


def _newest_in(
    assignment: Assignment, state: SubmissionState, without: Person | None, last: Sequence[Any] | None, size: int
) -> sa.Select[int, datetime | None]:
    """The newest answers of one state: the index has them in order for each state, and for no two together."""
    statement = (
        sa.select(Submission.id, Submission.submitted_at)
        .join(Work, Work.id == Submission.work_id)
        .where(
            Submission.assignment_id == assignment.id, Submission.state == state, Work.status == WorkStatus.PUBLISHED
        )
        .order_by(Submission.submitted_at.desc(), Submission.id.desc())
        .limit(size + 1)
    )
    if without is not None:
        statement = statement.where(Submission.person_id != without.id)
    if last is not None:
        columns = (Submission.submitted_at, Submission.id)
        ends = [sa.literal(value, column.type) for value, column in zip(last, columns, strict=True)]
        statement = statement.where(sa.tuple_(*columns) < sa.tuple_(*ends))
    return statement


def list_gallery(
    project: ClassProject, assignment: Assignment | None = None, after: str | None = None, size: int = PAGE_SIZE
) -> Page[Submission]:
    """One page of everything handed in in ``project``, or for one assignment, newest first."""
    if assignment is not None:
        return list_submissions(assignment, after=after, size=size)
    statement = _shown_submissions().where(Submission.class_id == project.id).options(*_with_work())
    page: Page[Submission] = keyset_page(db.session, statement, [(Submission.id, int)], after, size)
    return page


def list_fitting_sources(assignment: Assignment, person: Person, limit: int = 60) -> list[Work]:
    """Classmates' works that an answer to ``assignment`` may build on: those not yet remixed first.

    Where no classmate has made one yet, one's own stands in: nobody waits for the absent.
    """
    if assignment.from_assignment_id is None:
        return []
    source = next((one for one in assignment.project.assignments if one.id == assignment.from_assignment_id), assignment)
    # Somewhere in the life of the assignment, elsewhere for each reader.
    pivot = source.created_at + (clock.now() - source.created_at) * (person.id * 0x9E3779B1 % 1000 / 1000)
    others = _offered(assignment.from_assignment_id, Submission.person_id != person.id, pivot, limit)
    return others or _offered(assignment.from_assignment_id, Submission.person_id == person.id, pivot, limit)


#: answers of each state that are looked at, from the newest on and from a moment of the reader's own on
LOOKED_AT = 150


def _offered(assignment_id: int, whose: sa.ColumnElement[bool], pivot: datetime, limit: int) -> list[Work]:
    """The works that nobody has remixed yet first, then the newest.

    An assignment may have thousands of answers: what is weighed up are the newest of them,
    and others from a moment that differs from reader to reader, so that old ones that
    nobody took have their turn, and the cost stays the same however many there are.
    """
    candidates = sa.union(*_windows(assignment_id, whose, pivot)).subquery()
    statement = (
        sa.select(Work)
        .where(Work.id.in_(sa.select(candidates.c.work_id)), Work.status == WorkStatus.PUBLISHED)
        .order_by(Work.remixes_count, Work.published_at.desc(), Work.id.desc())
        .limit(limit)
        .options(*for_card())
    )
    return list(db.session.scalars(statement))


def _windows(assignment_id: int, whose: sa.ColumnElement[bool], pivot: datetime) -> Iterator[sa.Select[int]]:
    for state in HANDED_IN:
        for until in (None, pivot):
            window = sa.select(Submission.work_id).where(
                Submission.assignment_id == assignment_id, Submission.state == state, whose
            )
            if until is not None:
                window = window.where(Submission.submitted_at <= until)
            newest = window.order_by(Submission.submitted_at.desc(), Submission.id.desc()).limit(LOOKED_AT).subquery()
            yield sa.select(newest.c.work_id)


def list_source_ids(work_id: int) -> list[int]:
    """The works that this one was made from."""
    return list(db.session.scalars(sa.select(RemixEdge.parent_id).where(RemixEdge.child_id == work_id)))


def list_makers_inside(class_id: int, work_ids: Sequence[int]) -> list[int]:
    """Who made one of these works and has a place in the class: joined it, or leads it."""
    inside = sa.union(
        sa.select(Enrollment.person_id).where(Enrollment.class_id == class_id, Enrollment.left_at.is_(None)),
        sa.select(ClassInstructor.person_id).where(ClassInstructor.class_id == class_id),
    )
    makers = sa.select(Work.maker_id).where(Work.id.in_(work_ids), Work.maker_id.in_(inside)).distinct()
    return list(db.session.scalars(makers)) if work_ids else []


def fits_remix_rule(assignment: Assignment, person: Person, work_ids: Sequence[int]) -> bool:
    """Whether one of ``work_ids`` is what an answer to ``assignment`` may build on."""
    if assignment.from_assignment_id is None:
        return True
    known = [number for number in work_ids if 0 < number <= MAX_ID]
    if not known:
        return False
    handed_in = [
        Submission.assignment_id == assignment.from_assignment_id,
        Submission.state.in_(HANDED_IN),
        Submission.work_id == Work.id,
    ]
    published = Work.status == WorkStatus.PUBLISHED
    others = Submission.person_id != person.id
    if db.session.scalar(sa.select(sa.exists().where(*handed_in, others, Work.id.in_(known)))):
        return True
    # A classmate's that went away since, or one's own, will do where there is nothing else.
    if db.session.scalar(sa.select(sa.exists().where(*handed_in, published, others))):
        return False
    return bool(db.session.scalar(sa.select(sa.exists().where(*handed_in, ~others, Work.id.in_(known)))))


def answers_with(assignment: Assignment, person: Person, work_ids: Sequence[int]) -> bool:
    """Whether one of ``work_ids`` is ``person``'s own answer to the assignment that ``assignment`` builds on."""
    known = [number for number in work_ids if 0 < number <= MAX_ID]
    own = sa.exists().where(
        Submission.assignment_id == assignment.from_assignment_id,
        Submission.person_id == person.id,
        Submission.work_id.in_(known),
    )
    return bool(known and db.session.scalar(sa.select(own)))


def count_people_who_answered(assignment: Assignment) -> int:
    """How many people answered ``assignment``, also those who withdrew."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Submission).where(Submission.assignment_id == assignment.id)
        )
        or 0
    )


def count_answers(project: ClassProject) -> dict[int, int]:
    """How many answers each assignment has: assignment id to number."""
    statement = (
        sa.select(Submission.assignment_id, sa.func.count())
        .where(Submission.class_id == project.id, Submission.state.in_(HANDED_IN))
        .group_by(Submission.assignment_id)
    )
    return dict(db.session.execute(statement).all())




def list_submissions_of(person: Person) -> list[Submission]:
    """Everything that ``person`` handed in, with attempts and what was said about them: for their own export."""
    statement = (
        sa.select(Submission)
        .where(Submission.person_id == person.id)
        .options(selectinload(Submission.attempts).selectinload(Attempt.feedback), joinedload(Submission.assignment))
        .order_by(Submission.id)
    )
    return list(db.session.scalars(statement))


def list_feedback_by(person: Person) -> list[Feedback]:
    """Everything that ``person`` said about others' attempts: for their own export."""
    return list(db.session.scalars(sa.select(Feedback).where(Feedback.author_id == person.id).order_by(Feedback.id)))
