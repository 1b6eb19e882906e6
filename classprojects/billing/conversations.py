"""Conversations with Stripe: write down what will be asked, ask, write down the answer.

They open their own transactions, around the questions and never during one, so that
only doors and jobs call them. All of them may be cut off anywhere and begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import structlog
from flask import current_app

from classprojects.accounts.models import Person
from classprojects.billing import actions, queries
from classprojects.billing.models import (
    BillingCustomer,
    ChangeKind,
    CheckoutAttempt,
    CheckoutState,
    Interval,
    Price,
    SubscriptionChange,
)
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import stripe
from classprojects.gateways.stripe import StripeMissing, StripeRefused, StripeUnavailable

log = structlog.get_logger(__name__)

#: projections of one customer that run at once: each but one has to ask again
TRIES = 8

#: a change of these needs another version
PORTAL: dict = {
    "metadata": {"version": "1"},
    "features": {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "customer_update": {"enabled": True, "allowed_updates": ["email", "address"]},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
    },
}


# The catalogue


def prepare_catalogue() -> list[Price]:
    """Make Stripe know what we sell: the plan as a product, each price by its lookup key. May be repeated."""
    with transaction():
        wanted = actions.list_wanted_prices()
    known = {price["lookup_key"]: price for price in stripe.list_prices([price.lookup_key for price in wanted])}
    for price in wanted:
        said = known.get(price.lookup_key) or _create_price(price)
        with transaction():
            actions.record_price(price.id, said["id"])
    return wanted


def _create_price(price: Price) -> dict:
    plan = price.plan
    if plan.stripe_product_id is None:
        product = stripe.create_product(plan.create_key, {"name": "Membership", "metadata": {"plan": plan.code}})
        with transaction():
            actions.record_product(plan.id, product["id"])
    return stripe.create_price(
        price.create_key,
        {
            "product": plan.stripe_product_id,
            "currency": price.currency,
            "unit_amount": price.unit_amount,
            "tax_behavior": price.tax_behavior,
            "recurring": {"interval": price.interval.value},
            "lookup_key": price.lookup_key,
        },
    )


# Subscribing


def open_checkout(person: Person, interval: Interval) -> str:
    """The address of the hosted checkout for this person: the one that is open, or a new one.

    Raises AlreadyMember, DomainError, or StripeTrouble; then nothing is half done, and
    the next try goes on with the same checkout.
    """
    if _needs_catalogue(interval):
        prepare_catalogue()
    for _turn in range(4):
        with transaction():
            attempt = actions.begin_checkout(person, interval)
            is_wanted = attempt.price.interval is interval
        if attempt.state is CheckoutState.CREATING:
            attempt = _create_checkout(person, attempt)
            if attempt.state is CheckoutState.OPEN and attempt.url and is_wanted:
                return attempt.url
        elif is_wanted and attempt.expires_at > clock.now():
            attempt = _look_at_checkout(attempt)
            if attempt.state is CheckoutState.OPEN and attempt.url:
                return attempt.url
        else:
            _close_checkout(attempt)
    raise StripeUnavailable("the checkout changes faster than we can follow")


def _needs_catalogue(interval: Interval) -> bool:
    """Whether the wanted price is not what the settings say, or not known to Stripe yet."""
    price = queries.find_sellable_price(interval)
    offer = next(offer for offer in queries.list_offers() if offer.interval is interval)
    wanted = (offer.amount, offer.currency.lower())
    return price is None or price.stripe_price_id is None or (price.unit_amount, price.currency) != wanted


def _create_checkout(person: Person, attempt: CheckoutAttempt) -> CheckoutAttempt:
    customer_id = _ensure_customer(person)
    base = current_app.config["SETTINGS"].base_url
    about = {"person": str(person.id), "attempt": attempt.key}
    params = {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": attempt.key,
        "line_items": [{"price": attempt.price.stripe_price_id, "quantity": 1}],
        "success_url": f"{base}/subscribe/return?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{base}/pricing",
        "expires_at": int(attempt.expires_at.timestamp()),
        "metadata": about,
        "subscription_data": {"metadata": about, **({"trial_period_days": attempt.trial_days} if attempt.trial_days else {})},
        "payment_method_collection": "always",
    }
    try:
        session = stripe.create_checkout(attempt.key, params)
    except (StripeRefused, StripeMissing) as error:
        log.error("checkout refused", attempt=attempt.key, code=error.code, request_id=error.request_id)
        with transaction():
            actions.record_failed_checkout(attempt.id)
            if error.code == "resource_missing":
                actions.forget_customer(person.id)
        raise
    with transaction():
        return actions.record_checkout(attempt.id, session)


def _ensure_customer(person: Person) -> str:
    with transaction():
        customer = actions.begin_customer(person)
    if customer.stripe_id is None:
        params: dict = {"metadata": {"person": str(person.id)}}
        if customer.create_email:
            params["email"] = customer.create_email
        said = stripe.create_customer(customer.create_key, params)
        with transaction():
            actions.record_customer(person.id, said["id"])
        return str(said["id"])
    return customer.stripe_id


def _look_at_checkout(attempt: CheckoutAttempt) -> CheckoutAttempt:
    """How an open checkout stands by now: it may have been paid in another tab."""
    session = stripe.fetch_checkout(attempt.session_id or "")
    return _follow_checkout(attempt, session)


def _close_checkout(attempt: CheckoutAttempt) -> None:
    """Make sure that a checkout which nobody wants any more cannot be paid."""
    try:
        session = stripe.expire_checkout(attempt.session_id or "", f"expire-{attempt.key}")
    except StripeRefused:
        session = stripe.fetch_checkout(attempt.session_id or "")  # it was paid, or closed itself
    _follow_checkout(attempt, session)


def _follow_checkout(attempt: CheckoutAttempt, session: dict) -> CheckoutAttempt:
    if session["status"] == "complete":
        customer = queries.find_customer_of(attempt.person_id)
        if customer is not None:
            sync_customer(customer.id, with_checkouts=True)
    with transaction():
        return actions.record_checkout(attempt.id, session)


# Following Stripe


def sync_customer(
    customer_id: int,
    *,
    with_checkouts: bool = False,
    with_invoices: bool = False,
    also: Callable[[], object] | None = None,
) -> None:
    """Fetch everything about one customer and write it over our copy; ``also`` joins the same commit.

    The one way in which subscriptions get into our database: events, the return page,
    cancelling and the reconciler all end here. Raises StripeTrouble.
    """
    for _turn in range(TRIES):
        customer = queries.find_customer(customer_id)
        if customer is None or customer.stripe_id is None or customer.deleted_at is not None:
            with transaction():
                if also:
                    also()
            return
        fetched = _fetch(customer, with_checkouts, with_invoices)
        with transaction():
            is_written = actions.project(customer_id, fetched)
            if is_written and also:
                also()
        if is_written:
            return
    raise StripeUnavailable("others are following the same customer")


def _fetch(customer: BillingCustomer, with_checkouts: bool, with_invoices: bool) -> actions.Fetched:
    version, stripe_id = customer.version, customer.stripe_id or ""
    attempt = queries.find_unfinished_attempt(customer.person_id) if with_checkouts else None
    db.session.commit()  # nothing stays locked or open while Stripe thinks
    checkouts = []
    if attempt is not None and attempt.session_id:
        checkouts.append((attempt.id, stripe.fetch_checkout(attempt.session_id)))
    try:
        subscriptions = stripe.list_subscriptions(stripe_id)
        invoices = stripe.list_invoices(stripe_id) if with_invoices else None
    except StripeMissing:
        subscriptions, invoices = [], None  # the customer is gone, and all that it had
    return actions.Fetched(version, subscriptions, checkouts, invoices)


# Changing


def change_subscription(person: Person, kind: ChangeKind) -> None:
    """Cancel at the end of what is paid, or take that back; our copy follows at once."""
    with transaction():
        change = actions.begin_change(person, kind)
    _carry_out(change)


def _carry_out(change: SubscriptionChange) -> None:
    subscription = change.subscription
    try:
        if change.kind is ChangeKind.END:
            stripe.cancel_subscription(subscription.stripe_id, change.key)
        else:
            params = {"cancel_at_period_end": change.kind is ChangeKind.CANCEL}
            stripe.update_subscription(subscription.stripe_id, change.key, params)
    except StripeMissing:
        pass  # it is over already: the copy below says so
    customer = queries.find_customer_of(subscription.person_id)
    if customer is not None:
        sync_customer(customer.id, with_invoices=change.kind is ChangeKind.END, also=lambda: actions.record_change(change.id))


def open_portal(person: Person) -> str | None:
    """The address of Stripe's portal (cards, invoices) for this person; None when Stripe does not know them."""
    customer = queries.find_customer_of(person.id)
    if customer is None or customer.stripe_id is None or customer.ending_at is not None:
        return None
    params = {
        "customer": customer.stripe_id,
        "configuration": prepare_portal(),
        "return_url": current_app.config["SETTINGS"].base_url + "/account/membership",
    }
    return str(stripe.create_portal(params)["url"])


def prepare_portal() -> str:
    """The portal as we want it: card, address and invoices, cancelling at the end of what is paid. May be repeated.

    Switching plans and pausing stay on our own pages, where they are explained.
    """
    for known in stripe.list_portal_configurations():
        if known["metadata"].get("version") == PORTAL["metadata"]["version"]:
            return str(known["id"])
    with transaction():
        plan = actions.ensure_plan()
    return str(stripe.create_portal_configuration(f"portal-{PORTAL['metadata']['version']}-{plan.create_key}", PORTAL)["id"])


def end_second_subscription(customer_id: int) -> None:
    """Somebody got two: keep the older one, end the others without charge."""
    customer = queries.find_customer(customer_id)
    if customer is None:
        return
    with transaction():
        running = [
            row for row in queries.list_subscriptions_of(customer.person_id)
            if not row.status.is_over and row.status.value != "incomplete"
        ]
        changes = [actions.add_change(row, ChangeKind.END, by=None) for row in running[1:]]
    for change in changes:
        log.error("second subscription ended", person=customer.person_id, subscription=change.subscription.stripe_id)
        _carry_out(change)


def end_billing(customer_id: int) -> None:
    """Leave nothing at Stripe that could charge somebody whose account is gone. May be repeated."""
    customer = queries.find_customer(customer_id)
    if customer is None or customer.deleted_at is not None or customer.ending_at is None:
        return
    attempt = queries.find_unfinished_attempt(customer.person_id)
    if attempt is not None and attempt.session_id:
        with suppress(StripeRefused, StripeMissing):
            stripe.expire_checkout(attempt.session_id, f"expire-{attempt.key}")
    if customer.stripe_id is not None:
        # Stripe ends every subscription of a customer that is deleted.
        stripe.delete_customer(customer.stripe_id)
    with transaction():
        actions.record_ended(customer_id)
