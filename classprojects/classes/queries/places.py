"""Who leads and who joined."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    ClassInstructor,
    ClassProject,
    ClassState,
    Enrollment,
)
from classprojects.core.database import db
from classprojects.core.memo import remember


@dataclass(frozen=True)
class Places:
    """The classes that somebody leads and those they joined: class id to space id."""

    leads: dict[int, int] = field(default_factory=dict)
    joined: dict[int, int] = field(default_factory=dict)


NOWHERE = Places()


def find_places(person: Person | None) -> Places:
    """Where ``person`` leads and where they are a learner, asked once a request.

    A class that nobody may read at the moment (unpublished) is not among the joined.
    """
    if person is None:
        return NOWHERE
    return remember(("class places", person.id), lambda: _ask_places(person.id))


def _ask_places(person_id: int) -> Places:
    leads = (
        sa.select(sa.literal("leads"), ClassProject.id, ClassProject.space_id)
        .join(ClassInstructor, ClassInstructor.class_id == ClassProject.id)
        .where(ClassInstructor.person_id == person_id)
    )
    joined = (
        sa.select(sa.literal("joined"), ClassProject.id, ClassProject.space_id)
        .join(Enrollment, Enrollment.class_id == ClassProject.id)
        .where(
            Enrollment.person_id == person_id,
            Enrollment.left_at.is_(None),
            ClassProject.state.in_([ClassState.PUBLISHED, ClassState.ARCHIVED]),
        )
    )
    found: dict[str, dict[int, int]] = {"leads": {}, "joined": {}}
    for place, class_id, space_id in db.session.execute(leads.union_all(joined)):
        found[place][class_id] = space_id
    return Places(found["leads"], found["joined"])


def find_enrollment(person_id: int, class_id: int) -> Enrollment | None:
    """Whether and when this person joined this class; also one who left."""
    return db.session.scalar(
        sa.select(Enrollment).where(Enrollment.person_id == person_id, Enrollment.class_id == class_id)
    )


def has_learners(project: ClassProject) -> bool:
    """Whether anybody ever joined."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Enrollment.class_id == project.id))))
