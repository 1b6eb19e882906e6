"""How far somebody is in a class."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Attempt,
    ClassProject,
    Feedback,
    LessonFinish,
    Submission,
)
from classprojects.core.database import db


@dataclass(frozen=True)
class Progress:
    """What one person did in one class: finished lessons, own submissions, feedback given."""

    finished: frozenset[int] = frozenset()
    submissions: dict[int, Submission] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)


def find_progress(person: Person | None, project: ClassProject) -> Progress:
    """How far ``person`` is in ``project``: lesson ids, submissions and feedback given by assignment id."""
    if person is None:
        return Progress()
    lesson_ids = [lesson.id for lesson in project.lessons]
    finished = db.session.scalars(
        sa.select(LessonFinish.lesson_id).where(
            LessonFinish.person_id == person.id, LessonFinish.lesson_id.in_(lesson_ids)
        )
    )
    submissions = db.session.scalars(
        sa.select(Submission).where(Submission.person_id == person.id, Submission.class_id == project.id)
    )
    given: dict[int, int] = {}
    if any(assignment.feedback_count for assignment in project.assignments):
        given = count_feedback_given(person, project)
    return Progress(frozenset(finished), {one.assignment_id: one for one in submissions}, given)


def count_feedback_given(person: Person, project: ClassProject) -> dict[int, int]:
    """How many classmates' answers ``person`` said something about, by assignment id."""
    statement = (
        sa.select(Submission.assignment_id, sa.func.count(sa.distinct(Submission.id)))
        .join(Attempt, Attempt.submission_id == Submission.id)
        .join(Feedback, Feedback.attempt_id == Attempt.id)
        .where(
            Feedback.author_id == person.id, Submission.class_id == project.id, Submission.person_id != person.id
        )
        .group_by(Submission.assignment_id)
    )
    return dict(db.session.execute(statement).all())
