"""Every SELECT about credentials, and who has completed what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
    Submission,
)
from classprojects.completion.models import Credential, SigningKey
from classprojects.completion.signing import LIST_SIZE
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import Page, keyset_page
from classprojects.works.queries import for_card


def _has_made_everything() -> tuple[sa.ColumnElement[bool], ...]:
    """Of an enrollment: something was handed in, and nothing that is required and still takes answers is missing."""
    there = sa.and_(Assignment.class_id == Enrollment.class_id, Assignment.deleted_at.is_(None))
    made = (
        sa.exists()
        .where(
            Submission.assignment_id == Assignment.id,
            Submission.person_id == Enrollment.person_id,
            Submission.state.in_(HANDED_IN),
        )
        .correlate(Assignment, Enrollment)
    )
    some = sa.exists().where(there, made).correlate(Enrollment)
    missing = sa.exists().where(there, Assignment.is_required, Assignment.closed_at.is_(None), ~made).correlate(Enrollment)
    return some, ~missing


def has_made_everything(enrollment: Enrollment) -> bool:
    """Whether everything required is handed in. What takes no answers any more is asked of nobody."""
    statement = sa.select(Enrollment.id).where(Enrollment.id == enrollment.id, *_has_made_everything())
    return db.session.scalar(statement) is not None


def list_newly_complete(limit: int = 200) -> list[tuple[int, int]]:
    """(person id, class id) of learners who have everything, and of whom that is not noted yet."""
    statement = (
        sa.select(Enrollment.person_id, Enrollment.class_id)
        .join(ClassProject, ClassProject.id == Enrollment.class_id)
        .join(Person, Person.id == Enrollment.person_id)
        .where(
            Enrollment.completed_at.is_(None),
            Enrollment.left_at.is_(None),
            Person.left_at.is_(None),
            ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]),
            *_has_made_everything(),
        )
        .order_by(Enrollment.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def _with_all() -> tuple[Any, ...]:
    return (
        joinedload(Credential.person),
        joinedload(Credential.project).options(
            selectinload(ClassProject.instructors).joinedload(ClassInstructor.person), joinedload(ClassProject.cover)
        ),
    )


def get_credential(public_id: str) -> Credential:
    """The credential with its person, its class and who leads that; raises NotFound."""
    if "\x00" in public_id or len(public_id) > 40:
        raise NotFound
    credential = db.session.scalar(sa.select(Credential).where(Credential.public_id == public_id).options(*_with_all()))
    if credential is None:
        raise NotFound
    return credential


def find_newest_credential(person_id: int, class_id: int) -> Credential | None:
    """The credential of this person for this class that was issued last, revoked or not."""
    return db.session.scalar(
        sa.select(Credential)
        .where(Credential.person_id == person_id, Credential.class_id == class_id)
        .order_by(Credential.serial.desc())
        .limit(1)
    )


def list_credentials(after: str | None = None, size: int = 50) -> Page[Credential]:
    """One page of all credentials, the newest first."""
    page: Page[Credential] = keyset_page(
        db.session, sa.select(Credential).options(*_with_all()), [(Credential.issued_at, datetime), (Credential.id, int)], after, size
    )
    return page


def list_credentials_of(person: Person) -> Sequence[Credential]:
    """Every credential of ``person``, the oldest first."""
    statement = sa.select(Credential).where(Credential.person_id == person.id).order_by(Credential.id)
    return db.session.scalars(statement.options(joinedload(Credential.project))).all()


def list_evidence(person_id: int, class_id: int) -> list[tuple[Assignment, Submission]]:
    """What somebody handed in in a class, in the order of the outline, with works as cards need them."""
    statement = (
        sa.select(Assignment, Submission)
        .join(Submission, Submission.assignment_id == Assignment.id)
        .where(
            Assignment.class_id == class_id,
            Assignment.deleted_at.is_(None),
            Submission.person_id == person_id,
            Submission.state.in_(HANDED_IN),
        )
        .order_by(Assignment.position, Assignment.id)
        .options(joinedload(Submission.work).options(*for_card()))
    )
    return [(row[0], row[1]) for row in db.session.execute(statement)]


def list_revoked_ids(number: int) -> list[int]:
    """Credentials on status list ``number`` that were revoked; raises NotFound where there is no such list yet."""
    first = number * LIST_SIZE
    highest = db.session.scalar(sa.select(sa.func.max(Credential.id))) or 0
    if number < 0 or (number and first > highest):
        raise NotFound
    statement = sa.select(Credential.id).where(
        Credential.id >= first, Credential.id < first + LIST_SIZE, Credential.revoked_at.is_not(None)
    )
    return list(db.session.scalars(statement))


def list_keys() -> Sequence[SigningKey]:
    """Every key that ever signed, the newest first."""
    return db.session.scalars(sa.select(SigningKey).order_by(SigningKey.id.desc())).all()
