"""Seasons as tests need them, written as rows: dates in the past are no business of an instructor's form."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import (
    Assignment,
    ClassProject,
    Enrollment,
    Extension,
    Lesson,
    Prerequisite,
    Season,
    SeasonDate,
)
from classprojects.core import clock
from classprojects.core.database import db
from tests.factories.people import inside


def make_season(project: ClassProject, *, starts_at: datetime | None = None, days: int = 28, **values: Any) -> Season:
    """A season of ``project``, begun an hour ago unless told otherwise."""
    starts_at = starts_at or clock.now() - timedelta(hours=1)
    with inside():
        last = db.session.scalar(sa.select(sa.func.max(Season.number)).where(Season.class_id == project.id)) or 0
        season = Season(
            class_id=project.id,
            number=last + 1,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=days),
            **{"title": f"Season {last + 1}", **values},
        )
        db.session.add(season)
        db.session.flush()
    return season


def set_dates(season: Season, item: Lesson | Assignment, **dates: Any) -> SeasonDate:
    """When ``item`` opens in ``season``, and until when an answer is asked for."""
    column = "lesson_id" if isinstance(item, Lesson) else "assignment_id"
    with inside():
        row = SeasonDate(season_id=season.id, **{column: item.id}, **dates)
        db.session.add(row)
        db.session.flush()
    return row


def put_into_season(person: Person, season: Season) -> None:
    """``person``, a learner of the class, learns with this cohort."""
    with inside():
        enrollment = queries.find_enrollment(person.id, season.class_id)
        assert enrollment is not None
        enrollment.season_id = season.id
        season.learners_count += 1
        db.session.flush()


def open_all(person: Person, project: ClassProject) -> None:
    """Everything is open to ``person``."""
    with inside():
        enrollment = queries.find_enrollment(person.id, project.id)
        assert isinstance(enrollment, Enrollment)
        enrollment.opened_all_at = clock.now()
        db.session.flush()


def extend(person: Person, assignment: Assignment, due_at: datetime, given_by: Person) -> None:
    """More time for ``person``."""
    with inside():
        db.session.add(
            Extension(person_id=person.id, assignment_id=assignment.id, due_at=due_at, given_by_id=given_by.id)
        )
        db.session.flush()


def require(item: Lesson | Assignment, first: Assignment) -> None:
    """``item`` opens once ``first`` was answered."""
    column = "lesson_id" if isinstance(item, Lesson) else "assignment_id"
    with inside():
        db.session.add(Prerequisite(class_id=item.class_id, **{column: item.id}, requires_id=first.id))
        db.session.flush()
