"""Joining, leaving, going on."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions import peers
from classprojects.classes.actions.building import _lock_class
from classprojects.classes.actions.cohorts import free_place
from classprojects.classes.models import (
    ClassProject,
    Enrollment,
    Lesson,
    LessonFinish,
)
from classprojects.classes.queries.opening import find_opening
from classprojects.core import clock
from classprojects.core.database import db, insert_into
from classprojects.core.errors import DomainError, Refused
from classprojects.core.memo import forget


def join_class(person: Person, project: ClassProject) -> Enrollment:
    """Become a learner in ``project``; joining twice, or again after leaving, is one enrollment."""
    project = _lock_class(project)
    enrollment = queries.find_enrollment(person.id, project.id)
    if enrollment is not None and enrollment.left_at is None:
        return enrollment
    if not project.is_published:
        raise DomainError(_("This class takes no new people now."))
    if enrollment is None:
        enrollment = Enrollment(person_id=person.id, class_id=project.id, joined_at=clock.now())
        db.session.add(enrollment)
    enrollment.left_at = None
    project.learners_count += 1
    db.session.flush()
    peers.come_back(person, project)
    forget()
    return enrollment


def leave_class(person: Person, project: ClassProject) -> None:
    """Leave; what one made stays one's own."""
    project = _lock_class(project)
    enrollment = queries.find_enrollment(person.id, project.id)
    if enrollment is not None and enrollment.left_at is None:
        enrollment.left_at = clock.now()
        project.learners_count -= 1
        free_place(enrollment)
        db.session.flush()
        peers.release_all(person, project.id)
        forget()


def leave_classes(person: Person) -> None:
    """Leave every class, with the account (P20)."""
    joined = sa.select(ClassProject).join(Enrollment, Enrollment.class_id == ClassProject.id)
    joined = joined.where(Enrollment.person_id == person.id, Enrollment.left_at.is_(None)).order_by(ClassProject.id)
    for project in db.session.scalars(joined).all():
        leave_class(person, project)


def finish_lesson(person: Person, lesson: Lesson) -> None:
    """Note that ``person`` is through with ``lesson``; once is enough. Raises Refused for one that opens later."""
    if not find_opening(person, lesson.project).is_open(lesson):
        raise Refused(_("This lesson is not open to you yet."))
    finish = insert_into(db.session, LessonFinish).values(person_id=person.id, lesson_id=lesson.id, finished_at=clock.now())
    db.session.execute(finish.on_conflict_do_nothing())
