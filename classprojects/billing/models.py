"""Tables of plans, prices, checkouts, subscriptions, grants and what was asked of Stripe.

Subscriptions and invoices are copies of what was fetched from Stripe, never of what
an event, a redirect or a form said. Each ``key`` is the idempotency key of a call
to Stripe: stored before the call, so that a retry finds what the first try made.
"""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.core.ids import new_token

#: what a plan can open
CLASSES = "classes"


class Interval(enum.StrEnum):
    """How often a price is charged, in Stripe's words."""

    MONTH = "month"
    YEAR = "year"


class SubscriptionStatus(enum.StrEnum):
    """Stripe's own statuses; https://docs.stripe.com/api/subscriptions/object"""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    PAUSED = "paused"

    @property
    def is_over(self) -> bool:
        """Nothing can come after it: a new checkout begins a new subscription."""
        return self in {SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED}


class CheckoutState(enum.StrEnum):
    """What became of one try to subscribe."""

    CREATING = "creating"  # asked of Stripe, the answer is not here yet
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"
    FAILED = "failed"


class CheckoutKind(enum.StrEnum):
    """What is being bought."""

    SUBSCRIPTION = "subscription"


class ChangeKind(enum.StrEnum):
    """What a person, or the house for them, asked of a subscription."""

    CANCEL = "cancel"  # at the end of what is paid
    RESUME = "resume"
    END = "end"  # now


class GrantKind(enum.StrEnum):
    """Why somebody has a membership that no subscription pays for."""

    PAID = "paid"
    GIFT = "gift"
    SCHOLARSHIP = "scholarship"
    STAFF = "staff"
    COURTESY = "courtesy"


class BillingCustomer(Model):
    """A person as Stripe knows them. Its row is what everything about their money is ordered by."""

    __tablename__ = "billing_customers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), unique=True)
    stripe_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    create_key: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: f"cus-{new_token()}")
    #: the address that is being told to Stripe: kept until it answers, so that a retry says the same
    create_email: Mapped[str | None] = mapped_column(sa.String(254))
    #: the currency of their first purchase; Stripe keeps a customer to it
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    livemode: Mapped[bool] = mapped_column(default=False)
    #: goes up with each projection: one that was fetched before another was written is thrown away
    version: Mapped[int] = mapped_column(default=0)
    synced_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: their account is going: billing ends, whatever was bought
    ending_at: Mapped[datetime | None]
    #: nothing is left at Stripe
    deleted_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")


class Plan(Model):
    """What a membership opens, whoever pays for it."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    features: Mapped[list[str]] = mapped_column(sa.JSON, default=lambda: [CLASSES])
    stripe_product_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    create_key: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: f"prod-{new_token()}")


class Price(Model):
    """One way to pay for a plan. A new amount is a new price; the old one stays for those who have it."""

    __tablename__ = "prices"
    __table_args__ = (sa.CheckConstraint("unit_amount >= 0", "amount"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stripe_price_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    lookup_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    create_key: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: f"price-{new_token()}")
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"), index=True)
    interval: Mapped[Interval] = mapped_column(enum_column(Interval))
    currency: Mapped[str] = mapped_column(sa.String(3))
    unit_amount: Mapped[int]
    tax_behavior: Mapped[str] = mapped_column(sa.String(16), default="inclusive")
    sellable: Mapped[bool] = mapped_column(default=True)

    plan: Mapped[Plan] = relationship(lazy="raise")


class CheckoutAttempt(Model):
    """One try to subscribe. A person has at most one that is not finished."""

    __tablename__ = "checkout_attempts"
    __table_args__ = (
        sa.Index(
            "uq_checkout_attempts_unfinished",
            "person_id",
            unique=True,
            sqlite_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
            postgresql_where=sa.text("kind = 'subscription' AND state IN ('creating', 'open')"),
        ),
        sa.Index("ix_checkout_attempts_state", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: f"checkout-{new_token()}")
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    kind: Mapped[CheckoutKind] = mapped_column(enum_column(CheckoutKind), default=CheckoutKind.SUBSCRIPTION)
    price_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("prices.id"))
    state: Mapped[CheckoutState] = mapped_column(enum_column(CheckoutState), default=CheckoutState.CREATING)
    session_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    #: where the hosted checkout is; forgotten once it is closed
    url: Mapped[str | None] = mapped_column(sa.Text)
    trial_days: Mapped[int] = mapped_column(sa.Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    price: Mapped[Price] = relationship(lazy="raise")


class Subscription(Model):
    """A subscription as it was fetched last. ``stripe_status`` is Stripe's word when we do not know it."""

    __tablename__ = "subscriptions"
    __table_args__ = (sa.Index("ix_subscriptions_status_period_end", "status", "period_end"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    price_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("prices.id"))
    status: Mapped[SubscriptionStatus] = mapped_column(enum_column(SubscriptionStatus))
    #: since when Stripe says a status that we do not know; ``status`` is then the last known one
    unknown_since: Mapped[datetime | None]
    amount: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(sa.String(3))
    interval: Mapped[Interval] = mapped_column(enum_column(Interval))
    started_at: Mapped[datetime]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    trial_end: Mapped[datetime | None]
    cancel_at_period_end: Mapped[bool] = mapped_column(default=False)
    cancel_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: how a pause of collecting treats invoices: void, keep_as_draft, mark_uncollectible
    pause_collection: Mapped[str | None] = mapped_column(sa.String(32))
    past_due_since: Mapped[datetime | None]
    latest_invoice: Mapped[str | None] = mapped_column(sa.String(255))
    fetched_at: Mapped[datetime]

    price: Mapped[Price | None] = relationship(lazy="raise")


class SubscriptionChange(Model):
    """One thing asked of a subscription: by whom and when, and whether it is done."""

    __tablename__ = "subscription_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: f"change-{new_token()}")
    subscription_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("subscriptions.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind))
    by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]

    subscription: Mapped[Subscription] = relationship(lazy="raise")


class Grant(Model):
    """A membership for a time, given by somebody for a reason."""

    __tablename__ = "grants"
    __table_args__ = (sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", "order"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"))
    kind: Mapped[GrantKind] = mapped_column(enum_column(GrantKind))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    #: where it came from, when it must come once only (a gift's code, an import's row)
    source_ref: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))

    plan: Mapped[Plan] = relationship(lazy="raise")


class InvoiceCopy(Model):
    """An invoice as it was fetched last: what the list of receipts is drawn from."""

    __tablename__ = "invoice_copies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    stripe_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    number: Mapped[str | None] = mapped_column(sa.String(64))
    status: Mapped[str] = mapped_column(sa.String(32))
    currency: Mapped[str] = mapped_column(sa.String(3))
    total: Mapped[int]
    tax: Mapped[int] = mapped_column(default=0)
    amount_paid: Mapped[int] = mapped_column(default=0)
    amount_due: Mapped[int] = mapped_column(default=0)
    hosted_url: Mapped[str | None] = mapped_column(sa.Text)
    issued_at: Mapped[datetime]


class TrialUse(Model):
    """Somebody had their free trial. The key is a keyed hash, so that it says nothing after they left."""

    __tablename__ = "trial_uses"

    person_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(default=clock.now)
