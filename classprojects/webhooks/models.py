"""The inbox: a row for every event that Stripe told us of."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column


class EventState(enum.StrEnum):
    """How far an event has come."""

    RECEIVED = "received"
    PROCESSING = "processing"
    DONE = "done"
    IGNORED = "ignored"
    DEAD = "dead"


class ReceivedEvent(Model):
    """One event, however often it was delivered. Its payload is kept for looking at, never believed."""

    __tablename__ = "received_events"
    __table_args__ = (sa.Index("ix_received_events_due", "state", "next_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    account: Mapped[str | None] = mapped_column(sa.String(255))
    type: Mapped[str] = mapped_column(sa.String(255), index=True)
    api_version: Mapped[str | None] = mapped_column(sa.String(64))
    livemode: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(index=True)
    object_id: Mapped[str | None] = mapped_column(sa.String(255))
    #: whom it is about, as Stripe names them
    customer: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    raw: Mapped[str] = mapped_column(sa.Text)
    deliveries: Mapped[int] = mapped_column(sa.Integer, default=1)
    #: found by asking Stripe, since it was never delivered
    repaired: Mapped[bool] = mapped_column(default=False)
    state: Mapped[EventState] = mapped_column(enum_column(EventState), default=EventState.RECEIVED)
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    #: not before this moment; while processing: when the claim lapses
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    error: Mapped[str] = mapped_column(sa.String(300), default="")
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]
