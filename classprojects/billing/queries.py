"""Every SELECT about memberships."""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import aliased, joinedload

from classprojects.accounts.models import Person
from classprojects.billing.entitlement import GrantFacts, SubscriptionFacts, access_ends_at, has_feature
from classprojects.billing.models import (
    CLASSES,
    BillingCustomer,
    CheckoutAttempt,
    CheckoutState,
    Grant,
    GrantKind,
    Interval,
    InvoiceCopy,
    Plan,
    Price,
    Subscription,
    SubscriptionStatus,
    TrialUse,
)
from classprojects.core.database import db

#: the one plan there is
MEMBERSHIP = "membership"
UNFINISHED = (CheckoutState.CREATING, CheckoutState.OPEN)


# What is on offer


@dataclass(frozen=True)
class Offer:
    """A way to subscribe. ``amount`` in minor units."""

    plan: str  # monthly | yearly
    interval: Interval
    amount: int
    currency: str
    trial_days: int


def list_offers() -> list[Offer]:
    """What can be bought now, the monthly one first: what the settings say, no question to anybody."""
    settings = current_app.config["SETTINGS"]
    shared: dict[str, Any] = {"currency": settings.currency, "trial_days": settings.trial_days}
    return [
        Offer("monthly", Interval.MONTH, settings.monthly_amount, **shared),
        Offer("yearly", Interval.YEAR, settings.yearly_amount, **shared),
    ]


def find_sellable_price(interval: Interval) -> Price | None:
    """The price on sale for ``interval``, with its plan."""
    return db.session.scalar(
        sa.select(Price)
        .where(Price.interval == interval, Price.sellable)
        .options(joinedload(Price.plan))
        .order_by(Price.id.desc())
        .limit(1)
    )


def list_prices() -> Sequence[Price]:
    """Every price there ever was, with its plan."""
    statement = sa.select(Price).options(joinedload(Price.plan)).order_by(Price.id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def find_plan(code: str = MEMBERSHIP) -> Plan | None:
    """The plan by its code."""
    return db.session.scalar(sa.select(Plan).where(Plan.code == code))


# Access


def has_membership(person_id: int, moment: datetime, feature: str = CLASSES) -> bool:
    """Whether ``feature`` is open to this person at ``moment``. One query; Stripe is never asked."""
    subscriptions, grants = _entitlements(person_id)
    return has_feature(
        feature, moment, [facts_of(row, features) for row, features in subscriptions], [grant_facts(*row) for row in grants]
    )


def _entitlements(
    person_id: int,
) -> tuple[list[tuple[Subscription, frozenset[str]]], list[tuple[Grant, frozenset[str]]]]:
    """Subscriptions that are not over and grants that are not revoked, each with what it opens."""
    bought, given = aliased(Plan), aliased(Plan)
    statement = (
        sa.select(Subscription, bought.features, Grant, given.features)
        .select_from(Person)
        .outerjoin(
            Subscription,
            sa.and_(
                Subscription.person_id == Person.id,
                Subscription.status.not_in([status for status in SubscriptionStatus if status.is_over]),
            ),
        )
        .outerjoin(Price, Price.id == Subscription.price_id)
        .outerjoin(bought, bought.id == Price.plan_id)
        .outerjoin(Grant, sa.and_(Grant.person_id == Person.id, Grant.revoked_at.is_(None)))
        .outerjoin(given, given.id == Grant.plan_id)
        .where(Person.id == person_id)
    )
    subscriptions: dict[int, tuple[Subscription, frozenset[str]]] = {}
    grants: dict[int, tuple[Grant, frozenset[str]]] = {}
    for subscription, bought_features, grant, given_features in db.session.execute(statement):
        if subscription is not None:
            subscriptions[subscription.id] = (subscription, frozenset(bought_features or ()))
        if grant is not None:
            grants[grant.id] = (grant, frozenset(given_features or ()))
    return list(subscriptions.values()), list(grants.values())


def facts_of(subscription: Subscription, features: frozenset[str]) -> SubscriptionFacts:
    """What of the row decides on access."""
    return SubscriptionFacts(
        status=subscription.status,
        period_end=subscription.period_end,
        trial_end=subscription.trial_end,
        cancel_at_period_end=subscription.cancel_at_period_end,
        cancel_at=subscription.cancel_at,
        pause_collection=subscription.pause_collection,
        past_due_since=subscription.past_due_since,
        unknown_since=subscription.unknown_since,
        features=features,
    )


def grant_facts(grant: Grant, features: frozenset[str]) -> GrantFacts:
    """What of the row decides on access."""
    return GrantFacts(grant.starts_at, grant.ends_at, grant.revoked_at, features)


# What a person sees


class MembershipState(enum.StrEnum):
    """How a membership stands, as one would say it."""

    NONE = "none"
    TRIAL = "trial"
    ACTIVE = "active"
    ENDING = "ending"  # cancelled, open until ends_at
    PAST_DUE = "past_due"
    STOPPED = "stopped"  # unpaid, paused or never paid
    GIVEN = "given"  # a gift or a scholarship, no subscription
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Membership:
    """A person's membership in plain facts. ``ends_at``: from then on it opens nothing, as things stand."""

    state: MembershipState
    is_open: bool
    ends_at: datetime | None = None
    next_charge_at: datetime | None = None
    amount: int = 0
    currency: str = ""
    interval: Interval | None = None
    trial_end: datetime | None = None
    is_trial: bool = False
    status: str = ""
    subscription_id: int | None = None
    grant_kind: GrantKind | None = None
    grant_ends_at: datetime | None = None

    @property
    def can_cancel(self) -> bool:
        """There is a subscription that would go on."""
        return self.state in {MembershipState.TRIAL, MembershipState.ACTIVE, MembershipState.PAST_DUE}

    @property
    def can_resume(self) -> bool:
        """It was cancelled, and still runs."""
        return self.state is MembershipState.ENDING

    @property
    def can_subscribe(self) -> bool:
        """No subscription stands in the way of a new one."""
        return self.state in {MembershipState.NONE, MembershipState.GIVEN, MembershipState.LAPSED}


def find_membership(person_id: int, moment: datetime) -> Membership:
    """How this person's membership stands at ``moment``."""
    subscriptions, grants = _entitlements(person_id)
    is_open = has_feature(
        CLASSES, moment, [facts_of(row, features) for row, features in subscriptions], [grant_facts(*row) for row in grants]
    )
    given = max(
        (grant for grant, _ in grants if grant.starts_at <= moment and (grant.ends_at is None or moment < grant.ends_at)),
        key=lambda grant: (grant.ends_at is None, grant.ends_at or grant.starts_at),
        default=None,
    )
    gift: dict[str, Any] = {"grant_kind": given.kind, "grant_ends_at": given.ends_at} if given else {}
    # The older one counts, should there ever be two.
    for row, features in sorted(subscriptions, key=lambda pair: (pair[0].started_at, pair[0].id)):
        return _described(row, features, is_open, gift)
    if given:
        return Membership(MembershipState.GIVEN, is_open, ends_at=given.ends_at, **gift)
    last = db.session.scalar(
        sa.select(Subscription).where(Subscription.person_id == person_id).order_by(Subscription.started_at.desc()).limit(1)
    )
    if last is not None:
        return Membership(MembershipState.LAPSED, is_open, ends_at=last.ended_at or last.period_end, status=last.status)
    lapsed = max((grant.ends_at for grant, _ in grants if grant.ends_at and grant.ends_at <= moment), default=None)
    return Membership(MembershipState.LAPSED if lapsed else MembershipState.NONE, is_open, ends_at=lapsed)


def _described(row: Subscription, features: frozenset[str], is_open: bool, gift: dict[str, Any]) -> Membership:
    facts = facts_of(row, features)
    common: dict[str, Any] = {
        "is_open": is_open,
        "amount": row.amount,
        "currency": row.currency,
        "interval": row.interval,
        "trial_end": row.trial_end,
        "is_trial": row.status is SubscriptionStatus.TRIALING,
        "status": row.status.value,
        "subscription_id": row.id,
        **gift,
    }
    if row.status in {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE}:
        if row.cancel_at_period_end or row.cancel_at:
            return Membership(MembershipState.ENDING, ends_at=access_ends_at(facts), **common)
        state = MembershipState.TRIAL if common["is_trial"] else MembershipState.ACTIVE
        return Membership(state, next_charge_at=row.period_end, **common)
    if row.status is SubscriptionStatus.PAST_DUE:
        return Membership(MembershipState.PAST_DUE, ends_at=access_ends_at(facts), **common)
    return Membership(MembershipState.STOPPED, **common)


def list_invoices(person_id: int, limit: int = 24) -> Sequence[InvoiceCopy]:
    """The newest invoices that were issued to this person."""
    return db.session.scalars(
        sa.select(InvoiceCopy)
        .where(InvoiceCopy.person_id == person_id, InvoiceCopy.status != "draft")
        .order_by(InvoiceCopy.issued_at.desc(), InvoiceCopy.id.desc())
        .limit(limit)
    ).all()


# Checkouts, customers, subscriptions


def find_attempt_of(person_id: int, session_id: str) -> CheckoutAttempt | None:
    """This person's checkout by Stripe's id; somebody else's is not there."""
    if not session_id or "\x00" in session_id or len(session_id) > 255:
        return None
    return db.session.scalar(
        sa.select(CheckoutAttempt).where(
            CheckoutAttempt.session_id == session_id, CheckoutAttempt.person_id == person_id
        )
    )


def find_unfinished_attempt(person_id: int) -> CheckoutAttempt | None:
    """The one checkout of this person that may still be paid, with its price."""
    return db.session.scalar(
        sa.select(CheckoutAttempt)
        .where(CheckoutAttempt.person_id == person_id, CheckoutAttempt.state.in_(UNFINISHED))
        .options(joinedload(CheckoutAttempt.price))
        .execution_options(populate_existing=True)
    )


def find_customer(customer_id: int) -> BillingCustomer | None:
    """The row as it stands now, with its person."""
    return db.session.scalar(
        sa.select(BillingCustomer)
        .where(BillingCustomer.id == customer_id)
        .options(joinedload(BillingCustomer.person))
        .execution_options(populate_existing=True)
    )


def find_customer_of(person_id: int) -> BillingCustomer | None:
    """How Stripe knows this person, if it does."""
    return db.session.scalar(
        sa.select(BillingCustomer).where(BillingCustomer.person_id == person_id).execution_options(populate_existing=True)
    )


def find_customer_by_stripe_id(stripe_id: str) -> BillingCustomer | None:
    """Whom Stripe's id means."""
    return db.session.scalar(sa.select(BillingCustomer).where(BillingCustomer.stripe_id == stripe_id))


def list_subscriptions_of(person_id: int) -> Sequence[Subscription]:
    """Every subscription that this person ever had, the oldest first, fresh."""
    return db.session.scalars(
        sa.select(Subscription)
        .where(Subscription.person_id == person_id)
        .order_by(Subscription.started_at, Subscription.id)
        .execution_options(populate_existing=True)
    ).all()


def find_running_subscription(person_id: int) -> Subscription | None:
    """The subscription that a new one would be a second to; the oldest, should there be two."""
    over = [SubscriptionStatus.INCOMPLETE, *(status for status in SubscriptionStatus if status.is_over)]
    return db.session.scalar(
        sa.select(Subscription)
        .where(Subscription.person_id == person_id, Subscription.status.not_in(over))
        .order_by(Subscription.started_at, Subscription.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def has_used_trial(person: Person) -> bool:
    """Whether this person had their free trial."""
    return bool(db.session.scalar(sa.select(sa.exists().where(TrialUse.person_key.in_(trial_keys(person))))))


def trial_keys(person: Person) -> list[str]:
    """By what we recognise somebody who had their trial: the account, and the address without its +tag.

    Keyed hashes: they can be kept when everything else about the person is gone.
    """
    names = [f"person:{person.id}"]
    if person.email:
        local, _at, domain = person.email.lower().partition("@")
        names.append(f"email:{local.partition('+')[0]}@{domain}")
    secret = current_app.config["SETTINGS"].secret_key.encode()
    return [hmac.new(secret, name.encode(), hashlib.sha256).hexdigest() for name in names]


def list_customers_to_check(moment: datetime, limit: int = 200) -> list[int]:
    """Customers about whom news may have been lost: a period that ended lately, a checkout left open."""
    lapsing = sa.select(Subscription.person_id).where(
        Subscription.status.not_in([status for status in SubscriptionStatus if status.is_over]),
        Subscription.period_end <= moment,
        Subscription.fetched_at < moment - timedelta(minutes=10),
    )
    waiting = sa.select(CheckoutAttempt.person_id).where(
        CheckoutAttempt.state.in_(UNFINISHED), CheckoutAttempt.created_at < moment - timedelta(minutes=15)
    )
    statement = (
        sa.select(BillingCustomer.id)
        .where(
            BillingCustomer.stripe_id.is_not(None),
            BillingCustomer.deleted_at.is_(None),
            sa.or_(BillingCustomer.person_id.in_(lapsing), BillingCustomer.person_id.in_(waiting)),
        )
        .order_by(BillingCustomer.synced_at)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_customers_ending(limit: int = 100) -> list[int]:
    """Customers whose account went and of whom something may be left at Stripe."""
    statement = (
        sa.select(BillingCustomer.id)
        .where(BillingCustomer.ending_at.is_not(None), BillingCustomer.deleted_at.is_(None))
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_subscriptions_to_remind(moment: datetime, limit: int = 500) -> Sequence[Subscription]:
    """Trials that end within three days and years that renew within seven, unless they were cancelled."""
    statement = (
        sa.select(Subscription)
        .where(
            sa.not_(Subscription.cancel_at_period_end),
            Subscription.cancel_at.is_(None),
            Subscription.period_end > moment,
            sa.or_(
                sa.and_(
                    Subscription.status == SubscriptionStatus.TRIALING,
                    Subscription.trial_end <= moment + timedelta(days=3),
                ),
                sa.and_(
                    Subscription.status == SubscriptionStatus.ACTIVE,
                    Subscription.interval == Interval.YEAR,
                    Subscription.period_end <= moment + timedelta(days=7),
                ),
            ),
        )
        .order_by(Subscription.period_end)
        .limit(limit)
    )
    return db.session.scalars(statement).all()
