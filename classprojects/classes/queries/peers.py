"""Which classmates are asked to say something about which answers.

The lookups here are made for each hand-in, so that none of them may cost more in a
large class than in a small one: each reads a handful of rows from one place of one index.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    ClassProject,
    ClassState,
    Enrollment,
    PeerReview,
    Submission,
)
from classprojects.core.database import Id, UTCDateTime, db, prepared
from classprojects.core.memo import remember
from classprojects.works.models import Medium, Work, WorkStatus, WorkVersion

#: how many of the newest hand-ins are looked through for somebody who was asked too little
WINDOW = 24


@dataclass(frozen=True)
class AskedWork:
    """What a list says of a classmate's work. Whose it is goes through ``bylines.is_maker_hidden``."""

    title: str
    medium: Medium
    maker_id: int
    maker_name: str
    veiled_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """What one person is asked to say about classmates' answers to one assignment."""

    #: submissions that wait for their word, in the order in which they were asked; lapsed ones last
    waiting: tuple[int, ...] = ()
    #: submissions that they answered, asked or of their own accord
    answered: tuple[int, ...] = ()
    #: the assignment's rule
    count: int = 0
    #: what those that wait look like, by submission id
    works: dict[int, AskedWork] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many to answer still: never more than there are, nor than the rule asks."""
        return max(0, min(len(self.waiting), self.count - len(self.answered)))


def find_asked(person: Person | None, project: ClassProject) -> dict[int, Asked]:
    """By assignment id: what ``person`` is asked for in this class (loaded with its assignments), in one query at most.

    What is gone or taken back waits for nobody, so that nothing is owed for it.
    """
    counts = {one.id: one.feedback_count for one in project.assignments if one.feedback_count}
    if person is None or not counts:
        return {}
    person_id = person.id
    return remember(("asked", person_id, project.id), lambda: _ask(person_id, counts))


def _ask(person_id: int, counts: dict[int, int]) -> dict[int, Asked]:
    is_there = sa.and_(Submission.state.in_(HANDED_IN), Work.status == WorkStatus.PUBLISHED)
    rows = db.session.execute(
        sa.select(
            PeerReview.assignment_id, PeerReview.submission_id, PeerReview.done_at, PeerReview.lapsed_at, is_there,
            WorkVersion.title, Work.medium, Work.maker_id, Person.name, Work.veiled_at,
        )
        .join(Submission, Submission.id == PeerReview.submission_id)
        .join(Work, Work.id == Submission.work_id)
        .join(Person, Person.id == Work.maker_id)
        .outerjoin(WorkVersion, WorkVersion.id == Work.current_version_id)
        .where(PeerReview.reviewer_id == person_id, PeerReview.assignment_id.in_(counts))
        .order_by(PeerReview.id)
    ).all()
    return {
        id: Asked(
            waiting=(
                *(row.submission_id for row in rows if row.assignment_id == id and row[4] and not row.done_at and not row.lapsed_at),
                *(row.submission_id for row in rows if row.assignment_id == id and row[4] and not row.done_at and row.lapsed_at),
            ),
            answered=tuple(row.submission_id for row in rows if row.assignment_id == id and row.done_at),
            count=count,
            works={
                row.submission_id: AskedWork(row.title or "", row.medium, row.maker_id, row.name, row.veiled_at)
                for row in rows
                if row.assignment_id == id and not row.done_at
            },
        )
        for id, count in counts.items()
    }


# For the rules


@dataclass(frozen=True)
class Candidate:
    """A submission that could be read by one more."""

    id: int
    person_id: int
    #: whether it is handed in and its work is there
    is_there: bool


def list_candidates(assignment_id: int, below: int, most: int) -> list[Candidate]:
    """Submissions with no reader, then those with one, and so on ``below`` a number; of each ``most``, the newest first.

    Whether or not they can still be read.
    """
    rows = db.session.execute(_candidates(below), {"assignment": assignment_id, "most": most}).all()
    rows = sorted(rows, key=lambda row: (-row.level, row.submitted_at, row.id), reverse=True)
    return [Candidate(row.id, row.person_id, row.state in HANDED_IN and row.status is WorkStatus.PUBLISHED) for row in rows]


@prepared
def _candidates(below: int) -> sa.CompoundSelect[*tuple[Any, ...]]:
    # A look-up for each number: taken together they could not be read from the index in order.
    return sa.union_all(
        *(
            sa.select(
                sa.select(
                    Submission.id,
                    Submission.person_id,
                    Submission.state,
                    Submission.submitted_at,
                    Work.status,
                    sa.literal_column(str(level), sa.Integer).label("level"),
                )
                .join(Work, Work.id == Submission.work_id)
                .where(
                    Submission.assignment_id == sa.bindparam("assignment", type_=Id),
                    Submission.readers_count == sa.literal_column(str(level)),
                    Submission.submitted_at.is_not(None),
                )
                .order_by(Submission.submitted_at.desc(), Submission.id.desc())
                .limit(sa.bindparam("most"))
                .subquery()
            )
            for level in range(below)
        )
    )


#: how many spare readers are looked through at a time
SPARE = 64


@dataclass(frozen=True)
class Spare:
    """Somebody who is asked about a submission that has more readers than the rule says, and has not answered."""

    id: int
    submission_id: int
    reviewer_id: int
    readers_count: int


def list_spare_reviews(assignment_id: int, count: int) -> list[Spare]:
    """Readers above ``count`` who have not answered, those asked last first: SPARE of them at most."""
    facts = {"assignment": assignment_id, "count": count, "most": SPARE}
    return [Spare(*row) for row in db.session.execute(_spare_reviews(), facts)]


@prepared
def _spare_reviews() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(PeerReview.id, PeerReview.submission_id, PeerReview.reviewer_id, Submission.readers_count)
        .join(Submission, Submission.id == PeerReview.submission_id)
        .where(
            Submission.assignment_id == sa.bindparam("assignment", type_=Id),
            Submission.readers_count > sa.bindparam("count", type_=Id),
            PeerReview.done_at.is_(None),
            PeerReview.lapsed_at.is_(None),
        )
        .order_by(PeerReview.asked_at.desc(), PeerReview.id.desc())
        .limit(sa.bindparam("most"))
    )


@dataclass(frozen=True)
class Lacking:
    """A submission with fewer readers than the rule says."""

    id: int
    person_id: int
    readers_count: int


def list_lacking(assignment_id: int, count: int, most: int) -> list[Lacking]:
    """What is there and has fewer than ``count`` readers, the fewest first, of those the oldest."""
    statement = (
        sa.select(Submission.id, Submission.person_id, Submission.readers_count)
        .join(Work, Work.id == Submission.work_id)
        .where(
            Submission.assignment_id == assignment_id,
            Submission.readers_count.between(0, count - 1),
            Submission.state.in_(HANDED_IN),
            Work.status == WorkStatus.PUBLISHED,
        )
        .order_by(Submission.readers_count, Submission.submitted_at, Submission.id)
        .limit(most)
    )
    return [Lacking(*row) for row in db.session.execute(statement)]


def list_parked(assignment_id: int, most: int) -> list[int]:
    """What counts as gone, though it is handed in, its work is there and its maker is in the class."""
    statement = (
        sa.select(Submission.id)
        .join(Work, Work.id == Submission.work_id)
        .join(Enrollment, sa.and_(Enrollment.person_id == Submission.person_id, Enrollment.class_id == Submission.class_id))
        .where(
            Submission.assignment_id == assignment_id,
            Submission.readers_count < 0,
            Submission.state.in_(HANDED_IN),
            Work.status == WorkStatus.PUBLISHED,
            Enrollment.left_at.is_(None),
        )
        .order_by(Submission.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class Load:
    """How much somebody was asked in one assignment."""

    person_id: int
    asked: int
    #: asked and not answered, lapsed ones among them
    silent: int


def list_newest_loads(assignment_id: int) -> list[Load]:
    """Who handed in last and how much each was asked, the newest first: WINDOW of them at most."""
    rows = db.session.execute(_newest_loads(), {"assignment": assignment_id, "most": WINDOW})
    return [Load(*row) for row in rows]


@prepared
def _newest_loads() -> sa.Select[*tuple[Any, ...]]:
    # State by state, since that is how the index lies.
    newest = sa.union_all(
        *(
            sa.select(
                sa.select(Submission.person_id, Submission.class_id, Submission.submitted_at, Submission.id)
                .where(Submission.assignment_id == sa.bindparam("assignment", type_=Id), Submission.state == state)
                .order_by(Submission.submitted_at.desc(), Submission.id.desc())
                .limit(sa.bindparam("most"))
                .subquery()
            )
            for state in HANDED_IN
        )
    ).subquery()
    learners = (
        sa.select(newest)
        .join(Enrollment, sa.and_(Enrollment.person_id == newest.c.person_id, Enrollment.class_id == newest.c.class_id))
        .where(Enrollment.left_at.is_(None))
        .subquery()
    )
    when = sa.func.max(learners.c.submitted_at)
    return _loads(learners).order_by(when.desc(), sa.func.max(learners.c.id).desc()).limit(sa.bindparam("most"))


def _loads(learners: Any) -> sa.Select[*tuple[Any, ...]]:
    """(person, asked, silent) of these learners."""
    silent = sa.func.count(PeerReview.id) - sa.func.count(PeerReview.done_at)
    return (
        sa.select(learners.c.person_id, sa.func.count(PeerReview.id), silent)
        .outerjoin(
            PeerReview,
            sa.and_(PeerReview.reviewer_id == learners.c.person_id, PeerReview.assignment_id == sa.bindparam("assignment", type_=Id)),
        )
        .group_by(learners.c.person_id)
    )


def list_short_loads(assignment: Assignment, most: int) -> list[Load]:
    """Everybody who handed in, is in the class and was asked less than the rule says; the fewest asked first.

    Reads the whole assignment: for the clock, never for a hand-in.
    """
    learners = (
        sa.select(Submission.person_id)
        .join(Enrollment, sa.and_(Enrollment.person_id == Submission.person_id, Enrollment.class_id == Submission.class_id))
        .where(Submission.assignment_id == assignment.id, Submission.state.in_(HANDED_IN), Enrollment.left_at.is_(None))
        .subquery()
    )
    asked = sa.func.count(PeerReview.id)
    statement = _loads(learners).having(asked < assignment.feedback_count).order_by(asked, learners.c.person_id).limit(most)
    return [Load(*row) for row in db.session.execute(statement, {"assignment": assignment.id})]


def list_asked_ids(assignment_id: int, person_id: int) -> list[int]:
    """The submissions that somebody was asked about or answered, whatever became of it."""
    return list(db.session.scalars(_asked_ids(), {"assignment": assignment_id, "person": person_id}))


@prepared
def _asked_ids() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(PeerReview.submission_id).where(
        PeerReview.reviewer_id == sa.bindparam("person", type_=Id), PeerReview.assignment_id == sa.bindparam("assignment", type_=Id)
    )


def list_reader_ids(submission_id: int) -> list[int]:
    """Who was ever asked about a submission or answered it."""
    return list(db.session.scalars(sa.select(PeerReview.reviewer_id).where(PeerReview.submission_id == submission_id)))


def list_gone(submission_ids: Collection[int]) -> list[int]:
    """Those of these submissions that are not handed in, or whose work is not there any more."""
    is_there = sa.and_(Submission.state.in_(HANDED_IN), Work.status == WorkStatus.PUBLISHED)
    statement = sa.select(Submission.id).join(Work, Work.id == Submission.work_id).where(Submission.id.in_(submission_ids), ~is_there)
    return list(db.session.scalars(statement)) if submission_ids else []


def is_learner(class_id: int, person_id: int) -> bool:
    """Whether somebody is in the class now."""
    statement = sa.exists().where(Enrollment.class_id == class_id, Enrollment.person_id == person_id, Enrollment.left_at.is_(None))
    return bool(db.session.scalar(sa.select(statement)))


def list_open_reviews(submission_id: int) -> list[PeerReview]:
    """What is asked about a submission and not answered."""
    statement = sa.select(PeerReview).where(
        PeerReview.submission_id == submission_id, PeerReview.done_at.is_(None), PeerReview.lapsed_at.is_(None)
    )
    return _as_it_stands(statement)


def list_silent_reviews(assignment_id: int, person_id: int) -> list[PeerReview]:
    """What somebody was asked and did not answer, lapsed or not."""
    statement = sa.select(PeerReview).where(
        PeerReview.reviewer_id == person_id, PeerReview.assignment_id == assignment_id, PeerReview.done_at.is_(None)
    )
    return _as_it_stands(statement)


def _as_it_stands(statement: sa.Select[PeerReview]) -> list[PeerReview]:
    """Read past what the session remembers: rows are written without it."""
    return list(db.session.scalars(statement.order_by(PeerReview.id).execution_options(populate_existing=True)))


def find_review(submission_id: int, person_id: int) -> PeerReview | None:
    """What somebody was asked, or said, about a submission."""
    found = _as_it_stands(sa.select(PeerReview).where(PeerReview.submission_id == submission_id, PeerReview.reviewer_id == person_id))
    return found[0] if found else None


def count_readers(submission_id: int) -> int:
    """How many are asked about a submission or have answered it."""
    statement = sa.select(sa.func.count()).where(
        PeerReview.submission_id == submission_id, sa.or_(PeerReview.done_at.is_not(None), PeerReview.lapsed_at.is_(None))
    )
    return db.session.scalar(statement) or 0


def list_lapsing(now: datetime, most: int) -> list[tuple[int, int]]:
    """(assignment id, review id) of what was to be answered before ``now`` and was not, the oldest first."""
    rows = db.session.execute(_lapsing(), {"now": now, "most": most})
    return [(row[0], row[1]) for row in rows]


@prepared
def _lapsing() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(PeerReview.assignment_id, PeerReview.id)
        .where(
            PeerReview.done_at.is_(None),
            PeerReview.lapsed_at.is_(None),
            PeerReview.open_until <= sa.bindparam("now", type_=UTCDateTime()),
        )
        .order_by(PeerReview.open_until, PeerReview.id)
        .limit(sa.bindparam("most"))
    )


def list_ruled_assignments() -> list[Assignment]:
    """Assignments of published classes whose learners answer one another."""
    return list(
        db.session.scalars(
            sa.select(Assignment)
            .join(ClassProject, ClassProject.id == Assignment.class_id)
            .where(Assignment.feedback_count > 0, Assignment.deleted_at.is_(None), ClassProject.state == ClassState.PUBLISHED)
            .order_by(Assignment.id)
        )
    )


def list_own_in_class(class_id: int, person_id: int) -> Sequence[Submission]:
    """What somebody handed in in a class, without what they took back, by assignment."""
    return list(
        db.session.scalars(
            sa.select(Submission)
            .where(Submission.person_id == person_id, Submission.class_id == class_id, Submission.state.in_(HANDED_IN))
            .options(joinedload(Submission.assignment))
            .order_by(Submission.assignment_id)
        )
    )


def list_reviews_by(person: Person) -> list[PeerReview]:
    """What somebody was asked to answer, oldest first: for their own export."""
    return list(db.session.scalars(sa.select(PeerReview).where(PeerReview.reviewer_id == person.id).order_by(PeerReview.id)))
