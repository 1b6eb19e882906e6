"""Who leads and who joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
    Extension,
    InstructorRole,
    Prerequisite,
    Season,
)
from classprojects.core.database import Id, UTCDateTime, db
from classprojects.core.memo import remember


@dataclass(frozen=True)
class Learning:
    """How somebody learns in a class: with which cohort, and what may stand between them and its lessons."""

    #: their season and its start, unless it was cancelled
    season_id: int | None = None
    starts_at: datetime | None = None
    #: an instructor opened everything to them
    is_opened: bool = False
    #: the class has something that must be made first
    is_gated: bool = False
    #: they were given more time for something
    is_extended: bool = False
    #: they completed it, at whatever time
    is_completed: bool = False


@dataclass(frozen=True)
class Places:
    """The classes that somebody leads and those they joined: class id to space id."""

    leads: dict[int, int] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)
    #: of those they joined: how they learn there
    learning: dict[int, Learning] = field(default_factory=dict)
    #: of those they lead: what they are to it
    roles: dict[int, InstructorRole] = field(default_factory=dict)

    def edits(self, class_id: int) -> bool:
        """Whether they may change the class: an assistant answers its learners, and leaves it as it is."""
        return self.roles.get(class_id) in (InstructorRole.LEAD, InstructorRole.CO_INSTRUCTOR)


NOWHERE = Places()


def find_places(person: Person | None) -> Places:
    """Where ``person`` leads and where they are a learner, asked once a request.

    A class that nobody may read at the moment (unpublished) is not among the joined.
    """
    if person is None:
        return NOWHERE
    return remember(("class places", person.id), lambda: _ask_places(person.id))


def _ask_places(person_id: int) -> Places:
    # The learners' half comes first: its columns say what the types of both are.
    joined = (
        sa.select(
            sa.literal("joined"),
            ClassProject.id,
            ClassProject.space_id,
            Season.id,
            Season.starts_at,
            Enrollment.opened_all_at,
            is_gated(),
            is_extended(),
            sa.literal(None, sa.String),
            Enrollment.completed_at,
        )
        .join(Enrollment, Enrollment.class_id == ClassProject.id)
        .outerjoin(Season, sa.and_(Season.id == Enrollment.season_id, Season.cancelled_at.is_(None)))
        .where(
            Enrollment.person_id == person_id,
            Enrollment.left_at.is_(None),
            ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]),
        )
    )
    leads = (
        sa.select(
            sa.literal("leads"),
            ClassProject.id,
            ClassProject.space_id,
            sa.literal(None, Id),
            sa.literal(None, UTCDateTime()),
            sa.literal(None, UTCDateTime()),
            sa.false(),
            sa.false(),
            sa.type_coerce(ClassInstructor.role, sa.String),
            sa.literal(None, UTCDateTime()),
        )
        .join(ClassInstructor, ClassInstructor.class_id == ClassProject.id)
        .where(ClassInstructor.person_id == person_id)
    )
    places = Places()
    for place, class_id, space_id, season_id, starts_at, opened_all_at, gated, extended, role, completed_at in db.session.execute(
        joined.union_all(leads)
    ):
        if place == "leads":
            places.leads[class_id] = space_id
            places.roles[class_id] = InstructorRole(role)
            continue
        places.joined[class_id] = space_id
        places.learning[class_id] = Learning(
            season_id, starts_at, opened_all_at is not None, bool(gated), bool(extended), completed_at is not None
        )
    return places


def is_gated() -> sa.ColumnElement[bool]:
    """Whether a class that the statement goes through has something that must be made first."""
    return sa.exists().where(Prerequisite.class_id == ClassProject.id).correlate(ClassProject)


def is_extended() -> sa.ColumnElement[bool]:
    """Whether a learner that the statement goes through was given more time in that class."""
    return (
        sa.exists()
        .where(
            Extension.person_id == Enrollment.person_id,
            Extension.assignment_id == Assignment.id,
            Assignment.class_id == Enrollment.class_id,
        )
        .correlate(Enrollment)
    )


def find_enrollment(person_id: int, class_id: int) -> Enrollment | None:
    """Whether and when this person joined this class; also one who left."""
    return db.session.scalar(
        sa.select(Enrollment).where(Enrollment.person_id == person_id, Enrollment.class_id == class_id)
    )


def has_learners(project: ClassProject) -> bool:
    """Whether anybody ever joined."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Enrollment.class_id == project.id))))
