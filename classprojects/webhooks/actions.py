"""What becomes of an event in the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from classprojects.core import clock
from classprojects.core.database import after_commit, db, insert_into
from classprojects.gateways.queue import enqueue
from classprojects.webhooks.models import EventState, ReceivedEvent

APPLY_EVENT = "classprojects.webhooks.jobs.apply_event"
#: how long a worker may hold an event before another one may take it
CLAIM = timedelta(minutes=5)
#: pauses while Stripe or the database is away; after the last one the event is dead
BACKOFF = tuple(timedelta(seconds=s) for s in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600))
#: mistakes of our own are not tried as long: somebody has to mend them
MISTAKES = 5
#: events about these are what our books follow
FOLLOWED = ("checkout.session.", "customer.subscription.", "invoice.")
FOLLOWED_EXACTLY = frozenset({"customer.updated", "customer.deleted"})


def receive_event(event: dict[str, Any], raw: str, repaired: bool = False) -> int:
    """Keep ``event`` (once, however often it comes) and wake a worker for it. Returns the row's id."""
    now = clock.now()
    is_ours = bool(event.get("livemode")) == (current_app.config["SETTINGS"].billing_mode == "live")
    state = EventState.RECEIVED if is_ours and is_followed(event["type"]) else EventState.IGNORED
    thing = _thing(event)
    created = event.get("created")
    values = {
        "event_id": event["id"],
        "account": _text(event.get("account")),
        "type": event["type"],
        "api_version": (_text(event.get("api_version")) or "")[:64] or None,
        "livemode": bool(event.get("livemode")),
        "created": datetime.fromtimestamp(created, UTC) if isinstance(created, int) and 0 <= created < 2**33 else now,
        "object_id": _text(thing.get("id")),
        "customer": _customer(thing),
        "raw": raw,
        "deliveries": 0 if repaired else 1,
        "repaired": repaired,
        "state": state,
        "attempts": 0,
        "next_at": now,
        "error": "" if is_ours else "another mode",
        "received_at": now,
        "finished_at": None if state is EventState.RECEIVED else now,
    }
    statement = insert_into(db.session, ReceivedEvent).values(**values).on_conflict_do_update(
        index_elements=["event_id"],
        set_={"deliveries": ReceivedEvent.deliveries + (0 if repaired else 1)},
    )
    kept = statement.returning(ReceivedEvent.id, ReceivedEvent.state, ReceivedEvent.attempts)
    row_id, kept_state, attempts = db.session.execute(kept).one()
    if kept_state is EventState.RECEIVED and attempts == 0:
        after_commit(_wake, row_id)
    return int(row_id)


def is_followed(type_: str) -> bool:
    """Whether an event of this type can change anything in our books."""
    return type_.startswith(FOLLOWED) or type_ in FOLLOWED_EXACTLY


def _wake(row_id: int) -> None:
    enqueue(APPLY_EVENT, row_id, queue="billing")


def _thing(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    return thing if isinstance(thing, dict) else {}


def _customer(thing: dict[str, Any]) -> str | None:
    if thing.get("object") == "customer":
        return _text(thing.get("id"))
    customer = thing.get("customer")
    return _text(customer.get("id") if isinstance(customer, dict) else customer)


def _text(value: object) -> str | None:
    return value.replace("\x00", "")[:255] if isinstance(value, str) else None


def claim_event(row_id: int) -> bool:
    """Take the event for this worker; False when it is finished, not due or in other hands."""
    now = clock.now()
    taken = db.session.execute(
        sa.update(ReceivedEvent)
        .where(
            ReceivedEvent.id == row_id,
            ReceivedEvent.state.in_([EventState.RECEIVED, EventState.PROCESSING]),
            ReceivedEvent.next_at <= now,
        )
        .values(state=EventState.PROCESSING, next_at=now + CLAIM, attempts=ReceivedEvent.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def finish_event(row_id: int, state: EventState = EventState.DONE, why: str = "") -> None:
    """Nothing is left to do about it."""
    event = db.session.get_one(ReceivedEvent, row_id)
    event.state, event.error, event.finished_at = state, why[:300], clock.now()
    db.session.flush()


def finish_events(row_id: int, waiting: Sequence[int]) -> None:
    """The event is applied, and with it those that nobody had begun with."""
    finish_event(row_id)
    db.session.execute(
        sa.update(ReceivedEvent)
        .where(ReceivedEvent.id.in_(waiting), ReceivedEvent.state == EventState.RECEIVED)
        .values(state=EventState.DONE, finished_at=clock.now(), error="")
        .execution_options(synchronize_session=False)
    )


def postpone_event(row_id: int, why: str) -> None:
    """Stripe did not answer: later, longer each time; dead in the end."""
    event = db.session.get_one(ReceivedEvent, row_id)
    event.error = why[:300]
    if event.attempts > len(BACKOFF):
        event.state, event.finished_at = EventState.DEAD, clock.now()
    else:
        event.state = EventState.RECEIVED
        event.next_at = clock.now() + BACKOFF[event.attempts - 1]
    db.session.flush()


def fail_event(row_id: int, why: str) -> None:
    """Applying it raised what nobody expected."""
    event = db.session.get_one(ReceivedEvent, row_id)
    postpone_event(row_id, why)
    if event.attempts >= MISTAKES:
        event.state, event.finished_at = EventState.DEAD, clock.now()
        db.session.flush()


def replay_event(row_id: int) -> None:
    """Begin again with an event that was given up or finished."""
    event = db.session.get_one(ReceivedEvent, row_id)
    event.state, event.attempts, event.next_at = EventState.RECEIVED, 0, clock.now()
    event.error, event.finished_at = "", None
    db.session.flush()
    after_commit(_wake, row_id)


def keep_found(events: list[dict[str, Any]]) -> None:
    """Put events into the inbox that Stripe has and that never reached us."""
    for event in events:
        receive_event(event, json.dumps(event, ensure_ascii=False), repaired=True)
