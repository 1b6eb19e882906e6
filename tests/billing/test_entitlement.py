"""Who has a membership when: the table of the specification, and a reference model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classprojects.billing.entitlement import GrantFacts, SubscriptionFacts, has_feature
from classprojects.billing.models import SubscriptionStatus as Status

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ALL = frozenset({"classes"})


def is_open(moment: datetime, status: Status = Status.ACTIVE, **facts: object) -> bool:
    values = {"period_end": NOW, "features": ALL, **facts}
    return has_feature("classes", moment, [SubscriptionFacts(status=status, **values)], [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, NOW + 48 * HOUR),  # late news of a renewal
        ({"cancel_at_period_end": True}, NOW),
        ({"cancel_at": NOW - DAY}, NOW - DAY),
        ({"cancel_at": NOW + DAY}, NOW + DAY),
        ({"pause_collection": "void"}, NOW),
        ({"pause_collection": "keep_as_draft"}, NOW + 48 * HOUR),
        ({"status": Status.TRIALING, "trial_end": NOW}, NOW + HOUR),
        ({"status": Status.TRIALING, "trial_end": NOW, "cancel_at_period_end": True}, NOW),
        ({"status": Status.PAST_DUE, "past_due_since": NOW}, NOW + 7 * DAY),
        ({"status": Status.PAST_DUE, "past_due_since": NOW, "period_end": NOW + 30 * DAY, "cancel_at_period_end": True}, NOW + 7 * DAY),
        ({"status": Status.PAST_DUE, "past_due_since": NOW, "cancel_at": NOW + DAY}, NOW + DAY),
        ({"unknown_since": NOW - HOUR}, NOW + 23 * HOUR),
    ],
)
def test_p2_open_until_the_last_second_and_closed_one_later(facts: dict, end: datetime) -> None:
    """Each row of the table, at its very edge."""
    assert is_open(end - SECOND, **facts)
    assert not is_open(end, **facts)
    assert not is_open(end + SECOND, **facts)


@pytest.mark.parametrize(
    "status", [Status.UNPAID, Status.CANCELED, Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED, Status.PAUSED]
)
def test_statuses_that_open_nothing(status: Status) -> None:
    """Not even before the period's end."""
    assert not is_open(NOW - 10 * DAY, status)


def test_a_grant_counts_from_its_first_to_before_its_last_moment() -> None:
    """Matrix 27: dates, and taking it back."""
    grant = GrantFacts(NOW, NOW + DAY, features=ALL)
    at = [NOW - SECOND, NOW, NOW + DAY - SECOND, NOW + DAY]
    assert [has_feature("classes", moment, [], [grant]) for moment in at] == [False, True, True, False]
    assert has_feature("classes", NOW + 9999 * DAY, [], [GrantFacts(NOW, features=ALL)])
    assert not has_feature("classes", NOW + HOUR, [], [GrantFacts(NOW, None, NOW + HOUR, ALL)])
    assert not has_feature("classes", NOW, [], [GrantFacts(NOW, features=frozenset({"other"}))])


moments = st.integers(-60 * 24, 60 * 24).map(lambda hours: NOW + hours * HOUR)
features = st.sampled_from([ALL, frozenset(), frozenset({"other"})])
subscriptions = st.builds(
    SubscriptionFacts,
    status=st.sampled_from(Status),
    period_end=moments,
    trial_end=st.none() | moments,
    cancel_at_period_end=st.booleans(),
    cancel_at=st.none() | moments,
    pause_collection=st.sampled_from([None, "void", "keep_as_draft", "mark_uncollectible"]),
    past_due_since=st.none() | moments,
    unknown_since=st.none() | moments,
    features=features,
)
grants = st.builds(GrantFacts, moments, st.none() | moments, st.none() | moments, features)


@settings(max_examples=400, deadline=None)
@given(moments, st.lists(subscriptions, max_size=3), st.lists(grants, max_size=3))
def test_access_equals_the_reference(moment: datetime, some: list[SubscriptionFacts], given_: list[GrantFacts]) -> None:
    """Matrix 66: the same answer as the sentences of the specification, read one by one."""
    assert has_feature("classes", moment, some, given_) is reference(moment, some, given_)


def reference(t: datetime, some: list[SubscriptionFacts], given_: list[GrantFacts]) -> bool:
    for g in given_:
        if "classes" in g.features and g.starts_at <= t and (not g.ends_at or t < g.ends_at) and (not g.revoked_at or t < g.revoked_at):
            return True
    for s in some:
        if "classes" not in s.features:
            continue
        if s.cancel_at and t >= s.cancel_at:
            continue
        if s.unknown_since and t >= s.unknown_since + 24 * HOUR:
            continue
        if s.status == "past_due":
            if t < (s.past_due_since or s.period_end) + 7 * DAY:
                return True
            continue
        if s.cancel_at_period_end and t >= s.period_end:
            continue
        if s.status == "trialing" and t < (s.trial_end or s.period_end) + HOUR:
            return True
        if s.status == "active" and t < s.period_end + (0 if s.pause_collection == "void" else 48) * HOUR:
            return True
    return False
