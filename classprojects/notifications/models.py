"""The outbox (every mail is a row before it is sent), and what people are told on their notifications page."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column


class MailState(enum.StrEnum):
    """Where a mail is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # nobody to send it to any more
    DEAD = "dead"  # refused too often


class Mail(Model):
    """One mail to one person. ``dedupe_key`` names the occasion: the same one is mailed once."""

    __tablename__ = "mails"
    __table_args__ = (sa.Index("ix_mails_due", "state", "next_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    person_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    #: where to, when that is not the person's own address at the time of sending
    address: Mapped[str | None] = mapped_column(sa.String(254))
    template: Mapped[str] = mapped_column(sa.String(80))
    #: what the template is given; emptied once sent, since it may hold a one-time link
    context: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[MailState] = mapped_column(enum_column(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    #: not before this moment; while sending: when the claim lapses
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    error: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship(lazy="raise")


class NotificationKind(enum.StrEnum):
    """What happened that somebody wants to know."""

    COMMENTED = "commented"  # on a work of theirs
    REMIXED = "remixed"  # a work of theirs
    FEEDBACK = "feedback"  # on a submission of theirs
    SOURCE_SUGGESTED = "source_suggested"  # for a work of theirs
    SUGGESTION_DECIDED = "suggestion_decided"  # which they made
    EDGE_DISPUTED = "edge_disputed"  # of a work of theirs
    DISPUTE_ANSWERED = "dispute_answered"  # which they raised
    FOLLOWED = "followed"  # them
    FEEDBACK_REPLIED = "feedback_replied"  # in the talk about feedback that they gave or got
    FEEDBACK_THANKED = "feedback_thanked"  # which they gave
    FEEDBACK_ASKED = "feedback_asked"  # of them, about a classmate's answer
    ANNOUNCED = "announced"  # in a class that they are in
    TOPIC_ANSWERED = "topic_answered"  # which they follow
    EXTENSION_GIVEN = "extension_given"  # to them
    SEASON_CHANGED = "season_changed"  # that they are in
    CLASS_REVIEWED = "class_reviewed"  # that they lead
    INSTRUCTOR_INVITED = "instructor_invited"  # they were
    COMPLETED = "completed"  # a class, by them
    SHOWCASE_ASKED = "showcase_asked"  # whether a work of theirs may be shown


class Notification(Model):
    """One line for one person. What it is about stands on floors above: titles are looked up when it is shown."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.Index("ix_notifications_person_id_id", "person_id", "id"),
        sa.Index("ix_notifications_person_id_seen_at", "person_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    kind: Mapped[NotificationKind] = mapped_column(enum_column(NotificationKind))
    #: names the occasion: the same one is told once
    dedupe_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    actor_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    #: the work that it is about
    work_id: Mapped[int | None] = mapped_column(Id, index=True)
    #: where it happened, as a path of ours
    path: Mapped[str] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    actor: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[actor_id])
