"""Who leads a class, and who was asked to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from classprojects.classes.models import ClassInstructor, ClassProject, InstructorInvitation, InstructorRole
from classprojects.classes.queries.classes import get_class
from classprojects.core.database import db
from classprojects.core.errors import NotFound


def get_invitation(invitation_id: int) -> InstructorInvitation:
    """The invitation with its class and its people; raises NotFound."""
    invitation = db.session.scalar(
        sa.select(InstructorInvitation)
        .where(InstructorInvitation.id == invitation_id)
        .options(
            joinedload(InstructorInvitation.project),
            joinedload(InstructorInvitation.person),
            joinedload(InstructorInvitation.invited_by),
        )
    )
    if invitation is None:
        raise NotFound
    return invitation


def get_invitation_of(slug: str, invitation_id: int) -> InstructorInvitation:
    """An invitation of this class; raises NotFound."""
    invitation = get_invitation(invitation_id)
    if invitation.project.slug != slug:
        raise NotFound
    return invitation


def find_open_invitation(class_id: int, person_id: int) -> InstructorInvitation | None:
    """The invitation to this class that this person has not answered."""
    return db.session.scalar(
        sa.select(InstructorInvitation)
        .where(
            InstructorInvitation.class_id == class_id,
            InstructorInvitation.person_id == person_id,
            *_is_open(),
        )
        .limit(1)
    )


def _is_open() -> tuple[sa.ColumnElement[bool], ...]:
    return (InstructorInvitation.answered_at.is_(None), InstructorInvitation.withdrawn_at.is_(None))


def list_open_invitations(project: ClassProject) -> list[InstructorInvitation]:
    """Whom the class waits for, the newest asked first."""
    return list(
        db.session.scalars(
            sa.select(InstructorInvitation)
            .where(InstructorInvitation.class_id == project.id, *_is_open())
            .options(joinedload(InstructorInvitation.person), joinedload(InstructorInvitation.invited_by))
            .order_by(InstructorInvitation.id.desc())
            .limit(50)
        )
    )


def list_invitations_to(person_id: int) -> list[InstructorInvitation]:
    """What somebody was asked and has not answered, the newest first."""
    return list(
        db.session.scalars(
            sa.select(InstructorInvitation)
            .where(InstructorInvitation.person_id == person_id, *_is_open())
            .options(joinedload(InstructorInvitation.project), joinedload(InstructorInvitation.invited_by))
            .order_by(InstructorInvitation.id.desc())
            .limit(50)
        )
    )


def list_every_invitation_to(person_id: int) -> list[InstructorInvitation]:
    """Everything that somebody was ever asked: for their own export (P20)."""
    return list(
        db.session.scalars(
            sa.select(InstructorInvitation)
            .where(InstructorInvitation.person_id == person_id)
            .options(joinedload(InstructorInvitation.project), joinedload(InstructorInvitation.invited_by))
            .order_by(InstructorInvitation.id)
        )
    )


def find_instructor(class_id: int, person_id: int) -> ClassInstructor | None:
    """What this person is to this class."""
    return db.session.scalar(
        sa.select(ClassInstructor)
        .where(ClassInstructor.class_id == class_id, ClassInstructor.person_id == person_id)
        .options(joinedload(ClassInstructor.person))
    )


def count_leads(class_id: int) -> int:
    """How many lead the class first."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                ClassInstructor.class_id == class_id, ClassInstructor.role == InstructorRole.LEAD
            )
        )
        or 0
    )


def get_instructor(slug: str, handle: str) -> ClassInstructor:
    """Somebody who leads this class, by their handle, with the class's whole outline; raises NotFound."""
    project = get_class(slug)
    found = next((one for one in project.instructors if one.person.handle == handle.lower()), None)
    if found is None:
        raise NotFound
    return with_project(found, project)


def with_project(instructor: ClassInstructor, project: ClassProject) -> ClassInstructor:
    """``instructor``, known to lead ``project``."""
    set_committed_value(instructor, "project", project)
    return instructor


def list_roles_of(person_id: int) -> list[ClassInstructor]:
    """The classes that somebody leads, and what they are to each."""
    return list(
        db.session.scalars(
            sa.select(ClassInstructor)
            .where(ClassInstructor.person_id == person_id)
            .options(joinedload(ClassInstructor.project))
            .order_by(ClassInstructor.class_id)
        )
    )
