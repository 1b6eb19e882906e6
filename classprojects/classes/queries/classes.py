"""Class projects: the catalogue, one class, those that somebody leads or joined."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
    Lesson,
    Submission,
)
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page


def _for_page() -> tuple[Any, ...]:
    return (
        joinedload(ClassProject.cover),
        joinedload(ClassProject.trailer),
        joinedload(ClassProject.instructors).joinedload(ClassInstructor.person),
        selectinload(ClassProject.lessons).options(joinedload(Lesson.file), joinedload(Lesson.description)),
        selectinload(ClassProject.assignments),
    )


def get_class(slug: str) -> ClassProject:
    """The class with cover, instructors, lessons and assignments; raises NotFound."""
    if "\x00" in slug or len(slug) > 80:
        raise NotFound
    statement = sa.select(ClassProject).where(ClassProject.slug == slug).options(*_for_page())
    project = db.session.scalars(statement).unique().first()
    if project is None:
        raise NotFound
    return _tied(project)


def _tied(project: ClassProject) -> ClassProject:
    """``project``, known to its lessons and assignments as theirs."""
    for item in (*project.lessons, *project.assignments):
        set_committed_value(item, "project", project)
    return project


def get_class_by_id(class_id: int) -> ClassProject:
    """As :func:`get_class`, by id, afresh: what the session held of its outline is read again."""
    db.session.flush()
    known = db.session.get(ClassProject, class_id)
    if known is None:
        raise NotFound
    for name in ("lessons", "assignments"):
        for item in known.__dict__.get(name, ()):
            file = item.__dict__.get("file")
            if file is not None:
                db.session.expire(file)  # its processing goes on elsewhere
            db.session.expire(item)
    db.session.expire(known)
    statement = sa.select(ClassProject).where(ClassProject.id == class_id).options(*_for_page())
    return _tied(db.session.scalars(statement).unique().one())


def is_slug_taken(slug: str) -> bool:
    """Whether a class has this address."""
    return bool(db.session.scalar(sa.select(sa.exists().where(ClassProject.slug == slug))))


def _for_card() -> tuple[Any, ...]:
    return (
        joinedload(ClassProject.cover),
        selectinload(ClassProject.instructors).joinedload(ClassInstructor.person),
    )


def list_classes(*, q: str = "", after: str | None = None, size: int = PAGE_SIZE) -> Page[ClassProject]:
    """One page of the catalogue, newest first: every published class with all words of ``q`` in title or outcome."""
    statement = sa.select(ClassProject).where(ClassProject.state == ClassState.PUBLISHED).options(*_for_card())
    for word in q.split()[:6]:
        statement = statement.where(
            sa.or_(
                ClassProject.title.icontains(word, autoescape=True), ClassProject.outcome.icontains(word, autoescape=True)
            )
        )
    page: Page[ClassProject] = keyset_page(
        db.session, statement, [(ClassProject.published_at, datetime), (ClassProject.id, int)], after, size
    )
    return page


def list_joined_classes(person: Person, limit: int = 50) -> list[ClassProject]:
    """The classes that ``person`` joined and has not left, the newest joined first."""
    statement = (
        sa.select(ClassProject)
        .join(Enrollment, Enrollment.class_id == ClassProject.id)
        .where(Enrollment.person_id == person.id, Enrollment.left_at.is_(None))
        .where(ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]))
        .order_by(Enrollment.joined_at.desc(), Enrollment.id.desc())
        .limit(limit)
        .options(*_for_card())
    )
    return list(db.session.scalars(statement))


def list_led_classes(person: Person, limit: int = 100) -> list[ClassProject]:
    """The classes that ``person`` leads, in any state, the newest first."""
    leads = sa.select(ClassInstructor.class_id).where(ClassInstructor.person_id == person.id)
    statement = (
        sa.select(ClassProject)
        .where(ClassProject.id.in_(leads))
        .order_by(ClassProject.id.desc())
        .limit(limit)
        .options(*_for_card())
    )
    return list(db.session.scalars(statement))


def count_answers_by_class(person: Person) -> dict[int, int]:
    """How many assignments ``person`` has answered, class by class."""
    statement = (
        sa.select(Submission.class_id, sa.func.count())
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(Submission.person_id == person.id, Submission.state.in_(HANDED_IN), Assignment.deleted_at.is_(None))
        .group_by(Submission.class_id)
    )
    return dict(db.session.execute(statement).all())
