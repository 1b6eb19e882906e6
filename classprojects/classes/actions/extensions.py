"""What an instructor does for one learner: more time, and everything opened."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, Extension
from classprojects.classes.queries.seasons import Learner
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError
from classprojects.core.memo import forget
from classprojects.notifications.actions import notify
from classprojects.notifications.models import NotificationKind


def give_extension(
    learner: Learner, assignment: Assignment, due_at: datetime, instructor: Person, note: str = ""
) -> Extension:
    """Let one learner hand in ``assignment`` until ``due_at``; given again, the new date counts. They are told."""
    if due_at <= clock.now():
        raise DomainError(_("That moment has passed. Choose one that is still to come."), field="due_at")
    extension = learner.extensions.get(assignment.id)
    if extension is None:
        extension = Extension(person_id=learner.person.id, assignment_id=assignment.id, created_at=clock.now())
        db.session.add(extension)
        learner.extensions[assignment.id] = extension
    extension.due_at, extension.note, extension.given_by_id = due_at, note, instructor.id
    db.session.flush()
    notify(
        learner.person.id,
        NotificationKind.EXTENSION_GIVEN,
        f"extension:{extension.id}:{due_at.isoformat()}",
        actor_id=instructor.id,
        work_id=None,
        path=f"{learner.project.url}/assignments/{assignment.number}",
    )
    forget()
    return extension


def take_back_extension(learner: Learner, assignment: Assignment) -> None:
    """The date of everybody counts for this learner again. What they handed in meanwhile stays as it is."""
    extension = learner.extensions.pop(assignment.id, None)
    if extension is not None:
        db.session.delete(extension)
        db.session.flush()
        forget()


def open_everything(learner: Learner, instructor: Person) -> None:
    """Open all lessons and assignments to one learner, whatever dates and prerequisites say."""
    if learner.enrollment.opened_all_at is None:
        learner.enrollment.opened_all_at, learner.enrollment.opened_all_by_id = clock.now(), instructor.id
        db.session.flush()
        forget()


def stop_opening_everything(learner: Learner) -> None:
    """The class's dates and prerequisites count for this learner again; what they made or finished stays open."""
    learner.enrollment.opened_all_at = learner.enrollment.opened_all_by_id = None
    db.session.flush()
    forget()
