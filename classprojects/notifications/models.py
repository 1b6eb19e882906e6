"""The outbox: every mail is a row before it is sent."""

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
