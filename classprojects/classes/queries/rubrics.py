"""How often the rubric of an assignment was used."""

from __future__ import annotations

import sqlalchemy as sa

from classprojects.classes.models import Assignment, Attempt, Feedback, Submission
from classprojects.core.database import db


def count_marked_feedback(assignment: Assignment) -> int:
    """How many pieces of feedback on answers to ``assignment`` hold marks on its rubric."""
    is_marked = sa.cast(Feedback.marks, sa.String) != "[]"
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Feedback)
            .join(Attempt, Attempt.id == Feedback.attempt_id)
            .join(Submission, Submission.id == Attempt.submission_id)
            .where(Submission.assignment_id == assignment.id, is_marked)
        )
        or 0
    )
