"""Releasing the names of an anonymous assignment."""

from __future__ import annotations

import sqlalchemy as sa

from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.models import Assignment, Attempt, Submission
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.works.models import Work, WorkVersion


def release_names(assignment: Assignment) -> bool:
    """Tell everybody who sees them who made the answers, and who said what about them; whether that is new.

    It cannot be taken back: what was read was read. What is handed in later is not veiled.
    """
    _lock_class(assignment.project)
    _as_it_stands(assignment)
    if not assignment.hides_names:
        return False
    assignment.names_released_at = clock.now()
    # Also those that an answer was made with before its maker deleted them and began afresh.
    tried = (
        sa.select(WorkVersion.work_id)
        .join(Attempt, Attempt.work_version_id == WorkVersion.id)
        .join(Submission, Submission.id == Attempt.submission_id)
        .where(Submission.assignment_id == assignment.id)
    )
    unveiled = sa.update(Work).where(Work.id.in_(tried)).values(veiled_at=None)
    db.session.execute(unveiled.execution_options(synchronize_session=False))
    db.session.flush()
    return True
