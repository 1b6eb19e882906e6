"""Tables of who joined a class project and how far they are."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import Assignment, ClassProject, Lesson
from classprojects.classes.models.seasons import Season
from classprojects.core import clock
from classprojects.core.database import Id, Model


class Enrollment(Model):
    """Somebody joined a class project. Leaving keeps the row and what they made."""

    __tablename__ = "enrollments"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "class_id"),
        sa.Index("ix_enrollments_class_id_joined_at", "class_id", "joined_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    joined_at: Mapped[datetime] = mapped_column(default=clock.now)
    left_at: Mapped[datetime | None]
    #: the cohort that one learns with; None: at one's own pace
    season_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("seasons.id"), index=True)
    #: since when everything is open to this learner, whatever the dates say, and who opened it
    opened_all_at: Mapped[datetime | None]
    opened_all_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    #: when the last required assignment was handed in
    completed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    season: Mapped[Season | None] = relationship(lazy="raise")
    project: Mapped[ClassProject] = relationship(lazy="raise")


class LessonFinish(Model):
    """A learner said that they are through with a lesson: where the class room goes on."""

    __tablename__ = "lesson_finishes"

    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lessons.id"), primary_key=True, index=True)
    finished_at: Mapped[datetime] = mapped_column(default=clock.now)


class LessonPlace(Model):
    """Where somebody is in a lesson's sound or film, so that they go on from there."""

    __tablename__ = "lesson_places"

    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("lessons.id"), primary_key=True, index=True)
    at_seconds: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)


class AssignmentStart(Model):
    """When somebody began to make something for an assignment: their first draft, or the first thing handed in."""

    __tablename__ = "assignment_starts"

    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"), primary_key=True, index=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)


class LearnerNote(Model):
    """A note that a learner keeps for themselves. Nobody else ever sees it."""

    __tablename__ = "learner_notes"
    __table_args__ = (sa.Index("ix_learner_notes_person_id_class_id", "person_id", "class_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    lesson_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("lessons.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)
    #: the moment of the lesson's sound or film that it is about
    at_seconds: Mapped[int | None]
    body: Mapped[str] = mapped_column(sa.Text)
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)

    lesson: Mapped[Lesson | None] = relationship(lazy="raise")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise")
