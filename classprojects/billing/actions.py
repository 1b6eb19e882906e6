"""What changes in our books about memberships. Nothing in here speaks to Stripe.

What does is in ``conversations``, which records before it asks, and records what
was answered with these actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.billing import queries
from classprojects.billing.models import (
    CLASSES,
    BillingCustomer,
    ChangeKind,
    CheckoutAttempt,
    CheckoutState,
    Grant,
    GrantKind,
    Interval,
    InvoiceCopy,
    Plan,
    Price,
    Subscription,
    SubscriptionChange,
    SubscriptionStatus,
    TrialUse,
)
from classprojects.core import clock, memo
from classprojects.core.database import after_commit, db, insert_into, lock_row
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token
from classprojects.gateways.queue import enqueue
from classprojects.notifications.actions import queue_mail

log = structlog.get_logger(__name__)

#: Stripe closes a hosted checkout then. It takes no less than 30 minutes from when it
#: is asked, and a retry must be able to ask for the same moment.
CHECKOUT_OPEN = timedelta(minutes=75)
#: how long an unanswered request for a checkout is tried again with the same key
CHECKOUT_RETRY = timedelta(minutes=40)

# Jobs stand above this room, hence by name.
END_BILLING = "classprojects.billing.jobs.end_billing"
END_SECOND_SUBSCRIPTION = "classprojects.billing.jobs.end_second_subscription"


class AlreadyMember(DomainError):
    """A subscription runs already: a second one would charge twice."""


# The catalogue


def list_wanted_prices() -> list[Price]:
    """The prices that the settings ask for, as rows with their plan; older ones go off sale.

    A price is named by what it is (``membership_month_usd_999``): another amount is
    another price, and whoever pays the old one goes on paying it.
    """
    plan = ensure_plan()
    wanted: list[str] = []
    for offer in queries.list_offers():
        currency = offer.currency.lower()
        lookup_key = f"{plan.code}_{offer.interval}_{currency}_{offer.amount}"
        values = {
            "lookup_key": lookup_key,
            "create_key": f"price-{new_token()}",
            "plan_id": plan.id,
            "interval": offer.interval,
            "currency": currency,
            "unit_amount": offer.amount,
            "tax_behavior": "inclusive",
            "sellable": True,
        }
        _insert_unless_there(Price, values, "lookup_key")
        wanted.append(lookup_key)
    prices = queries.list_prices()
    for price in prices:
        price.sellable = price.lookup_key in wanted
    db.session.flush()
    return [price for price in prices if price.sellable]


def ensure_plan() -> Plan:
    """The one plan there is, made when it is not there yet."""
    plan = queries.find_plan()
    if plan is None:
        values = {"code": queries.MEMBERSHIP, "features": [CLASSES], "create_key": f"prod-{new_token()}"}
        _insert_unless_there(Plan, values, "code")
        plan = queries.find_plan()
        assert plan is not None
    return plan


def _insert_unless_there(model: type[Any], values: dict[str, Any], unique: str) -> None:
    """A new row, or nothing when somebody else made it in this moment."""
    statement = insert_into(db.session, model).values(**values)
    db.session.execute(statement.on_conflict_do_nothing(index_elements=[unique]))


def record_product(plan_id: int, product_id: str) -> None:
    """The plan is known to Stripe."""
    db.session.get_one(Plan, plan_id).stripe_product_id = product_id


def record_price(price_id: int, stripe_price_id: str) -> None:
    """The price is known to Stripe."""
    db.session.get_one(Price, price_id).stripe_price_id = stripe_price_id


# Subscribing


def lock_customer(person_id: int) -> BillingCustomer:
    """The person's billing row, made when there is none, held until the commit."""
    values = {
        "person_id": person_id,
        "create_key": f"cus-{new_token()}",
        "livemode": current_app.config["SETTINGS"].billing_mode == "live",
        "version": 0,
        "created_at": clock.now(),
    }
    _insert_unless_there(BillingCustomer, values, "person_id")
    statement = sa.select(BillingCustomer).where(BillingCustomer.person_id == person_id)
    return db.session.scalars(lock_row(db.session(), statement)).one()


def begin_checkout(person: Person, interval: Interval) -> CheckoutAttempt:
    """The person's one unfinished checkout: theirs if there is one, else a new row in state creating.

    Raises AlreadyMember while a subscription runs.
    """
    customer = lock_customer(person.id)
    if customer.ending_at is not None:
        raise AlreadyMember(_("This account is being closed."))
    running = queries.find_running_subscription(person.id)
    if running is not None:
        raise AlreadyMember(_("You have a membership already. Here is how it stands."))
    price = queries.find_sellable_price(interval)
    if price is None:
        raise DomainError(_("This plan is not on sale right now."))
    if customer.currency and customer.currency != price.currency:
        raise DomainError(
            _("Your earlier purchases were in %(currency)s, and a currency cannot be mixed.", currency=customer.currency.upper())
        )
    attempt = queries.find_unfinished_attempt(person.id)
    now = clock.now()
    if attempt is not None and attempt.state is CheckoutState.CREATING and attempt.created_at + CHECKOUT_RETRY <= now:
        # Nobody ever learned its address, so that it cannot have been paid.
        attempt.state, attempt.finished_at = CheckoutState.FAILED, now
        db.session.flush()
        attempt = None
    if attempt is None:
        attempt = CheckoutAttempt(
            person_id=person.id,
            price_id=price.id,
            expires_at=(now + CHECKOUT_OPEN).replace(microsecond=0),
            trial_days=0 if queries.has_used_trial(person) else current_app.config["SETTINGS"].trial_days,
        )
        attempt.price = price
        db.session.add(attempt)
        db.session.flush()
    return attempt


def begin_customer(person: Person) -> BillingCustomer:
    """Note what Stripe is about to be told of this person, so that a retry tells the same."""
    customer = lock_customer(person.id)
    if customer.stripe_id is None and customer.create_email is None:
        customer.create_email = person.address
    return customer


def record_customer(person_id: int, stripe_id: str) -> None:
    """Stripe knows the person."""
    customer = lock_customer(person_id)
    customer.stripe_id, customer.create_email = stripe_id, None


def forget_customer(person_id: int) -> None:
    """Stripe does not know the person any more: a later purchase makes a new customer."""
    customer = lock_customer(person_id)
    customer.stripe_id, customer.currency, customer.create_key = None, None, f"cus-{new_token()}"
    customer.version += 1


def record_checkout(attempt_id: int, session: dict[str, Any]) -> CheckoutAttempt:
    """Write down how a checkout stands at Stripe. What is complete stays complete."""
    statement = sa.select(CheckoutAttempt).where(CheckoutAttempt.id == attempt_id)
    attempt = db.session.scalars(lock_row(db.session(), statement)).one()
    if attempt.state is CheckoutState.COMPLETE:
        return attempt
    attempt.session_id = session["id"]
    attempt.state = {"complete": CheckoutState.COMPLETE, "expired": CheckoutState.EXPIRED}.get(
        session.get("status") or "", CheckoutState.OPEN
    )
    attempt.url = session.get("url") if attempt.state is CheckoutState.OPEN else None
    if attempt.state is not CheckoutState.OPEN and attempt.finished_at is None:
        attempt.finished_at = clock.now()
    db.session.flush()
    return attempt


def record_failed_checkout(attempt_id: int) -> None:
    """Stripe refused to open it."""
    attempt = db.session.get_one(CheckoutAttempt, attempt_id)
    if attempt.state is CheckoutState.CREATING:
        attempt.state, attempt.finished_at = CheckoutState.FAILED, clock.now()


# What Stripe says


@dataclass(frozen=True)
class Fetched:
    """Answers of Stripe about one customer, all asked for after ``version`` was read.

    ``checkouts``: (attempt id, session). ``invoices`` None: not asked for.
    """

    version: int
    subscriptions: list[dict[str, Any]]
    checkouts: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    invoices: list[dict[str, Any]] | None = None


def project(customer_id: int, fetched: Fetched) -> bool:
    """Write what was fetched over our copy; False when another projection was written meanwhile.

    Whoever writes asked Stripe after the previous writer had finished: so later answers
    always replace earlier ones, in whatever order events came, and no lock has to be
    held while Stripe is thinking.
    """
    statement = sa.select(BillingCustomer).where(BillingCustomer.id == customer_id)
    customer = db.session.scalars(lock_row(db.session(), statement)).one()
    if customer.version != fetched.version:
        return False
    customer.version += 1
    customer.synced_at = clock.now()
    person = db.session.get_one(Person, customer.person_id)
    known = {row.stripe_id: row for row in queries.list_subscriptions_of(person.id)}
    prices = {price.stripe_price_id: price for price in queries.list_prices()}
    for said in sorted(fetched.subscriptions, key=lambda one: (one["created"], one["id"])):
        _project_subscription(person, known.get(said["id"]), said, prices)
        customer.currency = customer.currency or said["currency"]
    for row in known.values():
        # Stripe lists every subscription for ever: one that is gone belonged to a customer that is gone.
        if row.stripe_id not in {said["id"] for said in fetched.subscriptions} and not row.status.is_over:
            row.status, row.ended_at = SubscriptionStatus.CANCELED, clock.now()
    for attempt_id, session in fetched.checkouts:
        record_checkout(attempt_id, session)
    for invoice in fetched.invoices or []:
        _project_invoice(person, invoice)
    db.session.flush()
    running = [
        row
        for row in queries.list_subscriptions_of(person.id)
        if not row.status.is_over and row.status is not SubscriptionStatus.INCOMPLETE
    ]
    if customer.ending_at is not None and running:
        after_commit(enqueue, END_BILLING, customer.id)
    elif len(running) > 1:
        log.error("two subscriptions run", person=person.id, subscriptions=[row.stripe_id for row in running])
        after_commit(enqueue, END_SECOND_SUBSCRIPTION, customer.id)
    memo.forget()
    return True


def _project_subscription(
    person: Person, row: Subscription | None, said: dict[str, Any], prices: dict[str | None, Price]
) -> None:
    items = said["items"]["data"]
    price = items[0]["price"]
    now = clock.now()
    is_new = row is None
    before = None if row is None else (row.status, _is_ending(row))
    if row is None:
        row = Subscription(stripe_id=said["id"], person_id=person.id, status=SubscriptionStatus.INCOMPLETE)
        db.session.add(row)
    try:
        row.status, row.unknown_since = SubscriptionStatus(said["status"]), None
    except ValueError:
        log.error("unknown subscription status", subscription=said["id"], status=said["status"])
        row.unknown_since = row.unknown_since or now
    ours = prices.get(price["id"])
    row.price_id = ours.id if ours else None
    row.amount = (price["unit_amount"] or 0) * (items[0].get("quantity") or 1)
    row.currency = said["currency"]
    row.interval = Interval(price["recurring"]["interval"]) if price["recurring"]["interval"] in set(Interval) else Interval.MONTH
    row.started_at = _moment(said["start_date"]) or now
    row.period_start = _moment(min(item["current_period_start"] for item in items)) or now
    row.period_end = _moment(min(item["current_period_end"] for item in items)) or now
    row.trial_end = _moment(said.get("trial_end"))
    row.cancel_at_period_end = bool(said.get("cancel_at_period_end"))
    row.cancel_at = _moment(said.get("cancel_at"))
    row.canceled_at = _moment(said.get("canceled_at"))
    row.ended_at = _moment(said.get("ended_at"))
    row.pause_collection = (said.get("pause_collection") or {}).get("behavior")
    invoice = said.get("latest_invoice")
    row.latest_invoice = invoice["id"] if isinstance(invoice, dict) else invoice
    if row.status is SubscriptionStatus.PAST_DUE:
        # From the invoice and not from when we heard of it: news may come late or in any order.
        owed_since = _moment(invoice["created"]) if isinstance(invoice, dict) else None
        row.past_due_since = row.past_due_since or owed_since or row.period_start
    else:
        row.past_due_since = None
    row.fetched_at = now
    db.session.flush()
    if row.trial_end is not None:
        _use_trial(person)
    _tell(person, row, before, is_new)
    remind(person, row)


def _is_ending(row: Subscription) -> bool:
    return row.cancel_at_period_end or row.cancel_at is not None


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _use_trial(person: Person) -> None:
    for key in queries.trial_keys(person):
        _insert_unless_there(TrialUse, {"person_key": key, "used_at": clock.now()}, "person_key")


def _tell(person: Person, row: Subscription, before: tuple[SubscriptionStatus, bool] | None, is_new: bool) -> None:
    """Mail about what changed. The key names the change, so that it is told once however often it is seen."""
    is_open = row.status in {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE}
    facts: dict[str, Any] = {"amount": row.amount, "currency": row.currency, "interval": row.interval.value}
    if is_new and is_open:
        queue_mail(
            person, "billing/membership_started", f"started:{row.stripe_id}",
            trial_end=row.trial_end if row.status is SubscriptionStatus.TRIALING else None, period_end=row.period_end, **facts,
        )
    if row.status is SubscriptionStatus.PAST_DUE:
        queue_mail(
            person, "billing/payment_failed", f"past_due:{row.latest_invoice}",
            open_until=(row.past_due_since or row.period_start) + timedelta(days=7), **facts,
        )
    if is_open and _is_ending(row) and (before is None or not before[1]):
        stamp = int(row.canceled_at.timestamp()) if row.canceled_at else 0
        queue_mail(
            person, "billing/membership_cancelled", f"cancelled:{row.stripe_id}:{stamp}",
            ends_at=row.cancel_at or row.period_end,
        )
    if row.status is SubscriptionStatus.CANCELED and before is not None:
        queue_mail(person, "billing/membership_ended", f"ended:{row.stripe_id}", ended_at=row.ended_at or clock.now())


def remind(person: Person, row: Subscription) -> None:
    """P3: before a trial ends, and before a year renews, we say so. Once each, and only while it is true."""
    now = clock.now()
    if _is_ending(row) or row.period_end <= now:
        return
    facts: dict[str, Any] = {"amount": row.amount, "currency": row.currency, "interval": row.interval.value}
    if row.status is SubscriptionStatus.TRIALING and row.trial_end and row.trial_end - now <= timedelta(days=3):
        queue_mail(
            person, "billing/trial_ending", f"trial_ending:{row.stripe_id}:{int(row.trial_end.timestamp())}",
            trial_end=row.trial_end, **facts,
        )
    yearly = row.status is SubscriptionStatus.ACTIVE and row.interval is Interval.YEAR
    if yearly and row.period_end - now <= timedelta(days=7):
        queue_mail(
            person, "billing/year_renewing", f"year_renewing:{row.stripe_id}:{int(row.period_end.timestamp())}",
            renews_at=row.period_end, **facts,
        )


def _project_invoice(person: Person, said: dict[str, Any]) -> None:
    row = db.session.scalar(sa.select(InvoiceCopy).where(InvoiceCopy.stripe_id == said["id"]))
    if row is None:
        row = InvoiceCopy(stripe_id=said["id"], person_id=person.id)
        db.session.add(row)
    row.number = said.get("number")
    row.status = said.get("status") or "draft"
    row.currency = said["currency"]
    row.total = said["total"]
    row.tax = sum(tax["amount"] for tax in said.get("total_taxes") or [])
    row.amount_paid = said.get("amount_paid") or 0
    row.amount_due = said.get("amount_due") or 0
    row.hosted_url = said.get("hosted_invoice_url")
    row.issued_at = _moment(said["created"]) or clock.now()
    db.session.flush()


# Cancelling, resuming, ending


def begin_change(person: Person, kind: ChangeKind) -> SubscriptionChange:
    """Write down what this person asks of their subscription. Raises DomainError when it cannot be."""
    lock_customer(person.id)
    running = queries.find_running_subscription(person.id)
    if running is None:
        raise DomainError(_("There is no subscription to change: nothing is being charged."))
    return add_change(running, kind, person)


def add_change(subscription: Subscription, kind: ChangeKind, by: Person | None) -> SubscriptionChange:
    """As :func:`begin_change`, for a subscription at hand."""
    change = SubscriptionChange(subscription_id=subscription.id, kind=kind, by_id=by.id if by else None)
    change.subscription = subscription
    db.session.add(change)
    db.session.flush()
    return change


def record_change(change_id: int) -> None:
    """Stripe did it."""
    change = db.session.get_one(SubscriptionChange, change_id)
    change.done_at = change.done_at or clock.now()


def end_billing(person: Person) -> None:
    """P3: the account goes, so its billing ends. Now in our books, at Stripe as soon as it answers."""
    customer = queries.find_customer_of(person.id)
    for grant in db.session.scalars(sa.select(Grant).where(Grant.person_id == person.id, Grant.revoked_at.is_(None))):
        revoke_grant(grant, by=person)
    if customer is None or customer.ending_at is not None:
        return
    customer.ending_at = clock.now()
    customer.create_email = None
    db.session.flush()
    after_commit(enqueue, END_BILLING, customer.id)


def record_ended(customer_id: int) -> None:
    """Nothing is left at Stripe: the rows stay for the books, and say nothing of a person."""
    customer = db.session.get_one(BillingCustomer, customer_id)
    now = clock.now()
    customer.deleted_at = now
    customer.version += 1
    for row in queries.list_subscriptions_of(customer.person_id):
        if not row.status.is_over:
            row.status, row.ended_at = SubscriptionStatus.CANCELED, now
    for attempt in db.session.scalars(
        sa.select(CheckoutAttempt).where(
            CheckoutAttempt.person_id == customer.person_id, CheckoutAttempt.state.in_(queries.UNFINISHED)
        )
    ):
        attempt.state, attempt.finished_at, attempt.url = CheckoutState.EXPIRED, now, None
    db.session.flush()


# Grants


def grant_membership(
    person: Person,
    kind: GrantKind,
    starts_at: datetime,
    ends_at: datetime | None,
    by: Person | None,
    reason: str,
    source_ref: str | None = None,
) -> Grant:
    """Give ``person`` the membership from ``starts_at`` until ``ends_at`` (None: for good), for a reason."""
    if ends_at is not None and ends_at <= starts_at:
        raise DomainError(_("A membership must end after it starts."), field="ends_at")
    if not reason.strip():
        raise DomainError(_("Say why this membership is given."), field="reason")
    plan = ensure_plan()
    grant = Grant(
        person_id=person.id,
        plan_id=plan.id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        by_id=by.id if by else None,
        reason=reason.strip()[:500],
        source_ref=source_ref,
    )
    db.session.add(grant)
    db.session.flush()
    memo.forget()
    return grant


def revoke_grant(grant: Grant, by: Person) -> None:
    """Take a given membership back, from now on."""
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoked_by_id = clock.now(), by.id
        db.session.flush()
        memo.forget()
