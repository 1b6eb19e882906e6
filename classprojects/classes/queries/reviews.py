"""Reviews of class projects by staff: what waits, what was said, what changed since."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    ClassInstructor,
    ClassProject,
    ClassReview,
    ClassState,
    InstructorRole,
    Lesson,
    OutlineChange,
    ReviewDecision,
)
from classprojects.classes.queries.classes import get_class_by_id
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page, read_cursor, write_cursor
from classprojects.discussions.models import Comment

#: who is told what becomes of a class
TEACHERS = (InstructorRole.LEAD, InstructorRole.CO_INSTRUCTOR)


def get_review(review_id: int) -> ClassReview:
    """The review with its people and its class's whole outline; raises NotFound."""
    review = db.session.scalar(sa.select(ClassReview).where(ClassReview.id == review_id).options(*_people()))
    if review is None:
        raise NotFound
    set_committed_value(review, "project", get_class_by_id(review.class_id))
    return review


def _people() -> tuple[sa.orm.interfaces.ORMOption, ...]:
    return joinedload(ClassReview.sent_by), joinedload(ClassReview.decided_by)


def find_open_review(project: ClassProject) -> ClassReview | None:
    """The review that nobody has decided yet."""
    return db.session.scalar(
        sa.select(ClassReview)
        .where(ClassReview.class_id == project.id, ClassReview.decided_at.is_(None))
        .options(*_people())
        .order_by(ClassReview.id.desc())
        .limit(1)
    )


def find_last_review(project: ClassProject) -> ClassReview | None:
    """The newest review of the class, decided or not."""
    return db.session.scalar(
        sa.select(ClassReview)
        .where(ClassReview.class_id == project.id)
        .options(*_people())
        .order_by(ClassReview.id.desc())
        .limit(1)
    )


def was_approved(project: ClassProject) -> bool:
    """Whether staff said yes to it: it was there for learners once, or its newest decision is an approval."""
    if project.published_at is not None:
        return True
    last = db.session.scalar(
        sa.select(ClassReview.decision)
        .where(
            ClassReview.class_id == project.id,
            ClassReview.decision.in_([ReviewDecision.APPROVED, ReviewDecision.CHANGES_REQUESTED]),
        )
        .order_by(ClassReview.id.desc())
        .limit(1)
    )
    return last is ReviewDecision.APPROVED


def list_reviews_waiting(after: str | None = None, size: int = PAGE_SIZE) -> Page[ClassReview]:
    """One page of what waits for staff: who has waited longest comes first."""
    statement = (
        sa.select(ClassReview)
        .where(ClassReview.decided_at.is_(None))
        .options(
            joinedload(ClassReview.sent_by),
            joinedload(ClassReview.project).selectinload(ClassProject.instructors).joinedload(ClassInstructor.person),
        )
        .order_by(ClassReview.sent_at, ClassReview.id)
        .limit(size + 1)
    )
    last = read_cursor(after, [datetime, int])
    if last is not None:
        columns = (ClassReview.sent_at, ClassReview.id)
        ends = [sa.literal(value, column.type) for value, column in zip(last, columns, strict=True)]
        statement = statement.where(sa.tuple_(*columns) > sa.tuple_(*ends))
    found = list(db.session.scalars(statement))
    cursor = write_cursor([found[size - 1].sent_at, found[size - 1].id]) if len(found) > size else None
    return Page(found[:size], cursor)


def list_reviews_decided(after: str | None = None, size: int = PAGE_SIZE) -> Page[ClassReview]:
    """One page of what was decided, the newest first."""
    statement = (
        sa.select(ClassReview)
        .where(ClassReview.decided_at.is_not(None))
        .options(*_people(), joinedload(ClassReview.project))
    )
    page: Page[ClassReview] = keyset_page(
        db.session, statement, [(ClassReview.decided_at, datetime), (ClassReview.id, int)], after, size
    )
    return page


def count_reviews_waiting() -> int:
    """How many classes wait for staff."""
    return db.session.scalar(sa.select(sa.func.count()).where(ClassReview.decided_at.is_(None))) or 0


def list_reviews_of(project: ClassProject, limit: int = 20) -> list[ClassReview]:
    """What became of the class each time that it was sent, the newest first."""
    statement = (
        sa.select(ClassReview)
        .where(ClassReview.class_id == project.id)
        .options(*_people())
        .order_by(ClassReview.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_edits_since(project: ClassProject, moment: datetime, limit: int = 100) -> list[OutlineChange]:
    """What was written into the class after ``moment``, the newest first."""
    statement = (
        sa.select(OutlineChange)
        .where(OutlineChange.class_id == project.id, OutlineChange.created_at > moment)
        .options(joinedload(OutlineChange.author))
        .order_by(OutlineChange.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_removed_since(project: ClassProject, moment: datetime) -> list[Lesson | Assignment]:
    """What was taken out of the class after ``moment``."""
    found: list[Lesson | Assignment] = []
    for model in (Lesson, Assignment):
        found += db.session.scalars(
            sa.select(model).where(model.class_id == project.id, model.deleted_at > moment).order_by(model.id)
        )
    return found


def list_teachers(project: ClassProject) -> list[Person]:
    """Those who lead the class and may change it."""
    statement = (
        sa.select(Person)
        .join(ClassInstructor, ClassInstructor.person_id == Person.id)
        .where(ClassInstructor.class_id == project.id, ClassInstructor.role.in_(TEACHERS), Person.left_at.is_(None))
        .order_by(ClassInstructor.added_at, Person.id)
        .options(selectinload(Person.roles))
    )
    return list(db.session.scalars(statement))


def list_speakers(review: ClassReview) -> list[int]:
    """The ids of those who said something about it."""
    return list(
        db.session.scalars(
            sa.select(Comment.author_id).distinct().where(
                Comment.thread_id == review.thread_id, Comment.erased_at.is_(None)
            )
        )
    )


def list_classes_due(moment: datetime, limit: int = 100) -> list[int]:
    """The ids of classes that are to be published by now."""
    return list(
        db.session.scalars(
            sa.select(ClassProject.id)
            .where(ClassProject.state == ClassState.SCHEDULED, ClassProject.publish_at <= moment)
            .order_by(ClassProject.publish_at, ClassProject.id)
            .limit(limit)
        )
    )


def list_reviews_by(person_id: int) -> list[ClassReview]:
    """What somebody sent to be looked at: for their own export (P20)."""
    statement = sa.select(ClassReview).where(ClassReview.sent_by_id == person_id).order_by(ClassReview.id)
    return list(db.session.scalars(statement.options(joinedload(ClassReview.project))))
