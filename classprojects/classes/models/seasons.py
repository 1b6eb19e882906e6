"""Tables of seasons: a class project with a start, dates and a cohort."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import Assignment, ClassProject, Lesson
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column


class SeasonEventKind(enum.StrEnum):
    """What a cohort comes together for."""

    KICK_OFF = "kick_off"
    MEETING = "meeting"
    WRAP_UP = "wrap_up"


class Season(Model):
    """One time that a class project is gone through together. Its number is its address and never changes."""

    __tablename__ = "seasons"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "number"),
        sa.Index("ix_seasons_starts_at", "cancelled_at", "starts_at", "id"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    #: an IANA name: in which zone its dates were meant, so that moving them keeps the hour on the clock
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: how many may join; None: as many as want to
    places: Mapped[int | None]
    learners_count: Mapped[int] = mapped_column(default=0)
    #: grows with each edit, so that two editors notice one another, and calendars see a change
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now)
    cancelled_at: Mapped[datetime | None]

    project: Mapped[ClassProject] = relationship(lazy="raise")
    dates: Mapped[list[SeasonDate]] = relationship(lazy="raise", back_populates="season", cascade="all, delete-orphan")
    events: Mapped[list[SeasonEvent]] = relationship(
        lazy="raise", back_populates="season", order_by="SeasonEvent.starts_at, SeasonEvent.id"
    )

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place after all."""
        return self.cancelled_at is not None

    @property
    def is_full(self) -> bool:
        """Whether every place is taken; without a number of places it never is."""
        return self.places is not None and self.learners_count >= self.places


class SeasonDate(Model):
    """From when a lesson or assignment is open in a season, and until when an answer is asked for."""

    __tablename__ = "season_dates"
    __table_args__ = (
        sa.UniqueConstraint("season_id", "lesson_id"),
        sa.UniqueConstraint("season_id", "assignment_id"),
        sa.CheckConstraint("(lesson_id IS NULL) <> (assignment_id IS NULL)", name="one_item"),
        sa.CheckConstraint("due_at > opens_at", name="due_after_opening"),
        sa.Index("ix_season_dates_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    season_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("seasons.id"))
    lesson_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("lessons.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    #: a firm date takes nothing after it; a soft one marks what comes later as late
    is_firm: Mapped[bool] = mapped_column(default=False)

    season: Mapped[Season] = relationship(lazy="raise", back_populates="dates")
    lesson: Mapped[Lesson | None] = relationship(lazy="raise")
    assignment: Mapped[Assignment | None] = relationship(lazy="raise")


class SeasonEvent(Model):
    """A moment at which a cohort meets."""

    __tablename__ = "season_events"
    __table_args__ = (sa.Index("ix_season_events_season_id_starts_at", "season_id", "starts_at", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    season_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("seasons.id"))
    kind: Mapped[SeasonEventKind] = mapped_column(enum_column(SeasonEventKind))
    title: Mapped[str] = mapped_column(sa.String(120))
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(default=60)
    #: where on the web it takes place
    address: Mapped[str] = mapped_column(sa.String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    cancelled_at: Mapped[datetime | None]

    season: Mapped[Season] = relationship(lazy="raise", back_populates="events")

    @property
    def project(self) -> ClassProject:
        """The class whose season it is in. Needs both loaded."""
        return self.season.project


class Extension(Model):
    """More time for one learner and one assignment."""

    __tablename__ = "extensions"
    __table_args__ = (sa.UniqueConstraint("person_id", "assignment_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)
    due_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    given_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    assignment: Mapped[Assignment] = relationship(lazy="raise")
