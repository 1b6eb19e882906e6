"""Whether somebody has a membership at a moment: a pure function of plain facts.

No database, no clock, no Stripe in here. Everything that decides on access ends in
:func:`has_feature`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from classprojects.billing.models import SubscriptionStatus as Status

#: a renewal that we have not heard of yet: the paid time is over, the news may be late
RENEWAL_SLACK = timedelta(hours=48)
#: the same at the end of a trial; shorter, since nothing was paid yet
TRIAL_SLACK = timedelta(hours=1)
#: after a renewal that could not be charged
GRACE = timedelta(days=7)
#: a status that this version does not know counts as the last known one for so long
UNKNOWN_STATUS = timedelta(hours=24)


@dataclass(frozen=True)
class SubscriptionFacts:
    """What of a subscription decides on access. Moments are aware."""

    status: Status
    period_end: datetime
    trial_end: datetime | None = None
    cancel_at_period_end: bool = False
    cancel_at: datetime | None = None
    pause_collection: str | None = None
    past_due_since: datetime | None = None
    unknown_since: datetime | None = None
    features: frozenset[str] = frozenset()


@dataclass(frozen=True)
class GrantFacts:
    """What of a grant decides on access: from ``starts_at`` until before ``ends_at`` (None: for good)."""

    starts_at: datetime
    ends_at: datetime | None = None
    revoked_at: datetime | None = None
    features: frozenset[str] = frozenset()


def has_feature(
    feature: str, moment: datetime, subscriptions: Iterable[SubscriptionFacts], grants: Iterable[GrantFacts]
) -> bool:
    """Whether ``feature`` is open at ``moment``: one grant or one subscription is enough."""
    return any(feature in grant.features and _is_granted(grant, moment) for grant in grants) or any(
        feature in subscription.features and _is_open(subscription, moment) for subscription in subscriptions
    )


def _is_granted(grant: GrantFacts, moment: datetime) -> bool:
    return (
        (grant.revoked_at is None or moment < grant.revoked_at)
        and grant.starts_at <= moment
        and (grant.ends_at is None or moment < grant.ends_at)
    )


def _is_open(subscription: SubscriptionFacts, moment: datetime) -> bool:
    end = access_ends_at(subscription)
    return end is not None and moment < end


def access_ends_at(subscription: SubscriptionFacts) -> datetime | None:
    """The moment from which ``subscription`` as it stands opens nothing; None: it opens nothing at all.

    Never later than a cancellation that is set. The table is section 3 of the billing
    specification.
    """
    status = subscription.status
    if status is Status.TRIALING:
        end = (subscription.trial_end or subscription.period_end) + TRIAL_SLACK
    elif status is Status.ACTIVE:
        voids = subscription.pause_collection == "void"
        end = subscription.period_end + (timedelta() if voids else RENEWAL_SLACK)
    elif status is Status.PAST_DUE:
        end = (subscription.past_due_since or subscription.period_end) + GRACE
    else:
        return None
    if subscription.cancel_at_period_end and status is not Status.PAST_DUE:
        end = min(end, subscription.period_end)
    if subscription.cancel_at is not None:
        end = min(end, subscription.cancel_at)
    if subscription.unknown_since is not None:
        end = min(end, subscription.unknown_since + UNKNOWN_STATUS)
    return end
