"""Every SELECT about the inbox."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from classprojects.core.database import db
from classprojects.webhooks.models import EventState, ReceivedEvent

#: how long a row may lie about before the sweep wakes a worker for it
STALE = timedelta(seconds=30)


def get_event(row_id: int) -> ReceivedEvent:
    """The event as it stands now; raises when there is none."""
    return db.session.scalars(
        sa.select(ReceivedEvent).where(ReceivedEvent.id == row_id).execution_options(populate_existing=True)
    ).one()


def list_waiting(customer: str) -> list[tuple[int, str]]:
    """(row id, type) of everything about this customer that nobody has begun with."""
    statement = sa.select(ReceivedEvent.id, ReceivedEvent.type).where(
        ReceivedEvent.customer == customer, ReceivedEvent.state == EventState.RECEIVED
    )
    return [(row_id, type_) for row_id, type_ in db.session.execute(statement)]


def list_due_ids(moment: datetime, limit: int = 1000) -> list[int]:
    """Events that nobody works on though somebody should: forgotten, to be retried, or left by a worker that died."""
    statement = (
        sa.select(ReceivedEvent.id)
        .where(
            sa.or_(
                sa.and_(
                    ReceivedEvent.state == EventState.RECEIVED,
                    ReceivedEvent.next_at <= moment,
                    sa.or_(ReceivedEvent.attempts > 0, ReceivedEvent.received_at <= moment - STALE),
                ),
                sa.and_(ReceivedEvent.state == EventState.PROCESSING, ReceivedEvent.next_at <= moment),
            )
        )
        .order_by(ReceivedEvent.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def find_newest_created() -> datetime | None:
    """When the newest event that we know of happened."""
    return db.session.scalar(sa.select(sa.func.max(ReceivedEvent.created)))


def list_known(event_ids: Collection[str]) -> set[str]:
    """Which of these events are in the inbox."""
    return set(db.session.scalars(sa.select(ReceivedEvent.event_id).where(ReceivedEvent.event_id.in_(event_ids))))


def list_ids(
    event_ids: Collection[str] = (), state: EventState | None = None, since: datetime | None = None, type_: str | None = None
) -> list[int]:
    """Rows that fit all that is given, oldest first."""
    statement = sa.select(ReceivedEvent.id).order_by(ReceivedEvent.id)
    if event_ids:
        statement = statement.where(ReceivedEvent.event_id.in_(event_ids))
    if state is not None:
        statement = statement.where(ReceivedEvent.state == state)
    if since is not None:
        statement = statement.where(ReceivedEvent.created >= since)
    if type_:
        statement = statement.where(ReceivedEvent.type == type_)
    return list(db.session.scalars(statement))
