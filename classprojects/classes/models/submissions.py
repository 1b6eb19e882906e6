"""Tables of submissions and the attempts at them."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import Assignment, ClassProject
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.works.models import Work, WorkVersion

if TYPE_CHECKING:
    from classprojects.classes.models.feedback import Feedback


class SubmissionState(enum.StrEnum):
    """Where an answer to an assignment stands. Returned: the instructor suggests another try."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


#: the answer has been handed in: it counts as made, and classmates see it
HANDED_IN = (
    SubmissionState.SUBMITTED,
    SubmissionState.RETURNED,
    SubmissionState.RESUBMITTED,
    SubmissionState.REVIEWED,
)
#: the answer waits for its instructor
WAITING = (SubmissionState.SUBMITTED, SubmissionState.RESUBMITTED)


class Submission(Model):
    """One learner's answer to one assignment: a work, and the attempts at it."""

    __tablename__ = "submissions"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "person_id"),
        # The feedback queue: who has waited longest in the classes that one leads.
        sa.Index("ix_submissions_class_id_state_waiting_since", "class_id", "state", "waiting_since", "id"),
        # An assignment's gallery, newest first.
        sa.Index("ix_submissions_assignment_id_state_submitted_at", "assignment_id", "state", "submitted_at", "id"),
        sa.Index("ix_submissions_person_id_class_id", "person_id", "class_id"),
        # Whom classmates look at next: who was given fewest readers, the newest of them first.
        sa.Index("ix_submissions_assignment_id_readers_count", "assignment_id", "readers_count", "submitted_at", "id"),
        # What no human has answered yet, the oldest first: for staff.
        sa.Index("ix_submissions_first_feedback_at_submitted_at", "first_feedback_at", "submitted_at", "id"),
        # A cohort's gallery, newest first.
        sa.Index("ix_submissions_season_id_id", "season_id", "id"),
        # A class's gallery, newest first.
        sa.Index("ix_submissions_class_id_id", "class_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"))
    #: the assignment's class, beside it for the queue
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"))
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    work_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("works.id"), unique=True)
    state: Mapped[SubmissionState] = mapped_column(
        enum_column(SubmissionState, "state"), default=SubmissionState.SUBMITTED
    )
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when it was handed in first
    submitted_at: Mapped[datetime | None]
    #: since when it waits for its instructor; kept when it no longer does
    waiting_since: Mapped[datetime] = mapped_column(default=clock.now)
    #: when the first human other than its maker said something about it
    first_feedback_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    attempts_count: Mapped[int] = mapped_column(default=0)
    feedback_count: Mapped[int] = mapped_column(default=0)
    #: how many classmates are asked, or have been and answered, to say something about it
    readers_count: Mapped[int] = mapped_column(default=0)
    #: the cohort in which it was handed in first
    season_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("seasons.id"))

    assignment: Mapped[Assignment] = relationship(lazy="raise")
    project: Mapped[ClassProject] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    work: Mapped[Work] = relationship(lazy="raise")
    attempts: Mapped[list[Attempt]] = relationship(
        lazy="raise", back_populates="submission", order_by="Attempt.number"
    )

    @property
    def is_handed_in(self) -> bool:
        """Whether it was handed in, and not taken back since."""
        return self.state in HANDED_IN

    @property
    def is_withdrawn(self) -> bool:
        """Whether its maker took it back."""
        return self.state is SubmissionState.WITHDRAWN

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for an instructor's word about its newest attempt."""
        return self.state in WAITING

    @property
    def url(self) -> str:
        """Its page, for those in the class."""
        return f"/submissions/{self.id}"


class Attempt(Model):
    """One handed-in version of a submission. Never changed, never deleted."""

    __tablename__ = "attempts"
    __table_args__ = (sa.UniqueConstraint("submission_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("submissions.id"))
    number: Mapped[int]
    work_version_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("work_versions.id"), index=True)
    #: the wording of the assignment that it answers
    assignment_version: Mapped[int]
    is_late: Mapped[bool] = mapped_column(default=False)
    #: the date that it was measured against; None: there was none
    due_at: Mapped[datetime | None]
    #: the form's one-time key, so that sending a form twice makes one attempt
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    submission: Mapped[Submission] = relationship(lazy="raise", back_populates="attempts")
    work_version: Mapped[WorkVersion] = relationship(lazy="raise")
    feedback: Mapped[list[Feedback]] = relationship(lazy="raise", back_populates="attempt", order_by="Feedback.id")


def _refuse_change(_mapper: object, _connection: object, target: Attempt) -> None:
    raise RuntimeError(f"attempt {target.id} is written once")


def _refuse_statement(state: ORMExecuteState) -> None:
    """An UPDATE or DELETE that goes past the objects is refused as well."""
    if (state.is_update or state.is_delete) and getattr(state.statement, "entity_description", {}).get("entity") is Attempt:
        raise RuntimeError("attempts are written once")


event.listen(Attempt, "before_update", _refuse_change)
event.listen(Attempt, "before_delete", _refuse_change)
event.listen(Session, "do_orm_execute", _refuse_statement)
