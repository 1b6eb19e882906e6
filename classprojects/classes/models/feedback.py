"""Tables of what people say about attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models.outline import ClassProject
from classprojects.classes.models.submissions import Attempt, Submission
from classprojects.core import clock
from classprojects.core.database import Id, Model
from classprojects.media.models import MediaFile


class Feedback(Model):
    """What works and what to try next, said by one person about one attempt."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("attempts.id"), index=True)
    author_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    works_well: Mapped[str] = mapped_column(sa.Text)
    try_next: Mapped[str] = mapped_column(sa.Text, default="")
    #: remarks on one moment, place or passage: [{"text", "anchor": {"kind": "moment", "at", "until"} | {"kind": "region",
    #: "picture", "x", "y", "width", "height"} | {"kind": "passage", "start", "end", "quote"}}]
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    #: marks on the rubric as it stood: [{"criterion", "title", "level", "label", "help"}]
    marks: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    #: a spoken or filmed answer
    file_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("media_files.id"), index=True)
    #: the talk about it, once there is one
    thread_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("threads.id"), unique=True)
    replies_count: Mapped[int] = mapped_column(default=0)
    #: when the maker of the answer said that it helped
    thanked_at: Mapped[datetime | None]
    #: when staff hid it after a report
    hidden_at: Mapped[datetime | None]
    #: as it was when it was said: roles change
    by_instructor: Mapped[bool] = mapped_column(default=False)
    submission_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    attempt: Mapped[Attempt] = relationship(lazy="raise", back_populates="feedback")
    author: Mapped[Person] = relationship(lazy="raise")
    file: Mapped[MediaFile | None] = relationship(lazy="raise")

    @property
    def project(self) -> ClassProject:
        """The class that it was said in (loaded with attempt and submission)."""
        return self.attempt.submission.project


class FeedbackReport(Model):
    """Somebody says that a piece of feedback breaks the rules."""

    __tablename__ = "feedback_reports"
    __table_args__ = (
        sa.UniqueConstraint("feedback_id", "person_id"),
        sa.Index("ix_feedback_reports_decided_at_created_at", "decided_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    feedback_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("feedback.id"))
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(1000))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    is_upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")

    feedback: Mapped[Feedback] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])


class SavedReply(Model):
    """Words that an instructor often needs."""

    __tablename__ = "saved_replies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    works_well: Mapped[str] = mapped_column(sa.Text, default="")
    try_next: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class PeerReview(Model):
    """A classmate was asked to say something about a submission. A lapsed one is given to somebody else."""

    __tablename__ = "peer_reviews"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "reviewer_id"),
        sa.Index("ix_peer_reviews_reviewer_id_assignment_id", "reviewer_id", "assignment_id"),
        # What lapses next.
        sa.Index("ix_peer_reviews_open_until", "done_at", "lapsed_at", "open_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    assignment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("assignments.id"), index=True)
    submission_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("submissions.id"))
    reviewer_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: when it lapses unless it was answered
    open_until: Mapped[datetime]
    done_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]

    submission: Mapped[Submission] = relationship(lazy="raise")
    reviewer: Mapped[Person] = relationship(lazy="raise")
