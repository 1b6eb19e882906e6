"""What happens about memberships without anybody waiting. Jobs take ids, and may run twice."""

from __future__ import annotations

import structlog

from classprojects.accounts.queries import get_person
from classprojects.billing import actions, conversations, queries
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.gateways.queue import enqueue
from classprojects.gateways.stripe import StripeUnavailable

log = structlog.get_logger(__name__)


def follow_checkout(customer_id: int) -> None:
    """Somebody came back from the checkout: look at it now rather than wait for the event."""
    conversations.sync_customer(customer_id, with_checkouts=True, with_invoices=True)


def sync_customer(customer_id: int) -> None:
    """Fetch all about a customer again."""
    conversations.sync_customer(customer_id, with_checkouts=True)


def end_second_subscription(customer_id: int) -> None:
    """Keep the older of two subscriptions."""
    conversations.end_second_subscription(customer_id)


def end_billing(customer_id: int) -> None:
    """End the billing of an account that goes; the sweep comes back until it is done."""
    try:
        conversations.end_billing(customer_id)
    except StripeUnavailable as error:
        log.warning("billing not ended yet", customer=customer_id, error=str(error))


def sweep_customers() -> None:
    """Wake workers for what may have been forgotten: accounts that go, periods that ended, checkouts left open."""
    for customer_id in queries.list_customers_ending():
        enqueue(end_billing, customer_id, queue="billing")
    for customer_id in queries.list_customers_to_check(clock.now()):
        enqueue(sync_customer, customer_id, queue="billing")


def send_reminders() -> None:
    """P3: mail before trials end and years renew, from our own rows: also when Stripe's events did not come."""
    for subscription in queries.list_subscriptions_to_remind(clock.now()):
        with transaction():
            actions.remind(get_person(subscription.person_id), subscription)
