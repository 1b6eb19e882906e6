"""Acting on events, and finding those that were lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask import current_app

from classprojects.billing import conversations
from classprojects.billing.queries import find_customer_by_stripe_id
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import stripe
from classprojects.gateways.queue import enqueue
from classprojects.webhooks import actions, queries
from classprojects.webhooks.models import EventState, ReceivedEvent

log = structlog.get_logger(__name__)

#: an event about a customer whom we do not know yet may have overtaken our own commit
UNKNOWN_CUSTOMER = timedelta(hours=1)
#: how far back Stripe lists events
LISTABLE = timedelta(days=30)


def apply_event(row_id: int) -> None:
    """Claim the event, ask Stripe how its customer stands, write that and 'done' in one commit."""
    with transaction():
        claimed = actions.claim_event(row_id)
    if not claimed:
        return
    event = queries.get_event(row_id)
    try:
        _apply(event)
    except stripe.StripeUnavailable as error:
        with transaction():
            actions.postpone_event(row_id, str(error))
    except Exception as error:
        db.session.rollback()
        log.exception("event failed", stripe_event=event.event_id, type=event.type, attempt=event.attempts)
        with transaction():
            actions.fail_event(row_id, f"{type(error).__name__}: {error}")


def _apply(event: ReceivedEvent) -> None:
    if event.customer is None or not actions.is_followed(event.type):
        with transaction():
            actions.finish_event(event.id, EventState.IGNORED, "about nobody")
        return
    customer = find_customer_by_stripe_id(event.customer)
    if customer is None:
        with transaction():
            if clock.now() - event.received_at < UNKNOWN_CUSTOMER:
                actions.postpone_event(event.id, "unknown customer")
            else:
                log.error("event of an unknown customer", stripe_event=event.event_id, type=event.type)
                actions.finish_event(event.id, EventState.IGNORED, "unknown customer")
        return
    # What is in the inbox by now happened before we ask: one answer does for all of it.
    waiting = queries.list_waiting(event.customer)
    types = {event.type, *(type_ for _, type_ in waiting)}
    conversations.sync_customer(
        customer.id,
        with_checkouts=any(type_.startswith("checkout.") for type_ in types),
        with_invoices=any(type_.startswith("invoice.") for type_ in types),
        also=lambda: actions.finish_events(event.id, [row_id for row_id, _ in waiting]),
    )
    log.info("event applied", stripe_event=event.event_id, type=event.type, object=event.object_id, person=customer.person_id)


def sweep_events() -> None:
    """Wake workers for every event that should be worked on and may have been forgotten."""
    for row_id in queries.list_due_ids(clock.now()):
        enqueue(apply_event, row_id, queue="billing")


def reconcile_events() -> int:
    """Ask Stripe for the events since the newest one that we know (less two hours); how many were missing.

    With an empty inbox: for as many as Stripe still lists.
    """
    newest = queries.find_newest_created()
    since = newest - timedelta(hours=2) if newest else clock.now() - LISTABLE
    db.session.commit()
    missing = 0
    live = current_app.config["SETTINGS"].billing_mode == "live"
    followed = (
        event for event in stripe.list_events(int(since.timestamp()))
        if actions.is_followed(event["type"]) and bool(event["livemode"]) == live
    )
    for batch in _in_batches(followed, 100):
        known = queries.list_known([event["id"] for event in batch])
        lost = [event for event in batch if event["id"] not in known]
        if lost:
            with transaction():
                actions.keep_found(lost)
            missing += len(lost)
    if missing:
        log.error("events repaired", repaired=missing)
    return missing


def reconcile() -> None:
    """The scheduled form: Stripe being away is for the next time."""
    try:
        reconcile_events()
    except stripe.StripeTrouble as error:
        log.warning("not reconciled", error=str(error))


def _in_batches(events: Any, size: int) -> Any:
    batch: list[dict[str, Any]] = []
    for event in events:
        batch.append(event)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
