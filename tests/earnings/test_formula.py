"""The formula: for any pool and any points the parts are exact and fair."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from classprojects.earnings.formula import divide, pool_of, split_points, worked_example
from classprojects.earnings.jobs import list_months_to_close

POINTS = st.dictionaries(st.integers(1, 10**6), st.integers(0, 10**6), max_size=40)
POOLS = st.integers(0, 10**12)


@settings(max_examples=150, deadline=None)
@given(POOLS, POINTS)
def test_P10_amounts_add_up_to_the_pool_and_none_is_negative(pool, points) -> None:
    amounts = divide(pool, points)
    assert set(amounts) == set(points) and all(amount >= 0 for amount in amounts.values())
    assert sum(amounts.values()) == (pool if sum(points.values()) else 0)
    total = sum(points.values()) or 1
    for key, amount in amounts.items():
        # Less than one minor unit away from what it would be with fractions.
        assert abs(amount * total - pool * points[key]) < total or not sum(points.values())
        assert points[key] or not amount


@settings(max_examples=100, deadline=None)
@given(POOLS, POINTS, st.randoms(use_true_random=False))
def test_P10_the_order_of_asking_changes_nothing(pool, points, chance) -> None:
    shuffled = list(points.items())
    chance.shuffle(shuffled)
    assert divide(pool, dict(shuffled)) == divide(pool, points)


@settings(max_examples=100, deadline=None)
@given(POOLS, POINTS, st.integers(1, 10**4))
def test_P10_who_has_more_points_never_gets_less(pool, points, more) -> None:
    amounts = divide(pool, points)
    by_points = sorted(points, key=lambda key: (points[key], -key))
    assert [amounts[key] for key in by_points] == sorted(amounts.values())
    for key in list(points)[:5]:
        # And whoever does more, with everybody else as before, never gets less than before.
        assert divide(pool, {**points, key: points[key] + more})[key] >= amounts[key]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sets(st.integers(1, 10**6), min_size=1, max_size=9))
def test_points_of_a_class_are_split_whole_and_equally(points, people) -> None:
    parts = split_points(points, list(people))
    assert sum(parts.values()) == points and max(parts.values()) - min(parts.values()) <= 1
    assert parts == split_points(points, sorted(people, reverse=True))
    assert split_points(points, []) == {}


def test_pools_and_the_example() -> None:
    assert (pool_of(999, 400), pool_of(0, 400), pool_of(-5, 400), pool_of(1000, 1000)) == (399, 0, 0, 1000)
    for share in (0, 1, 333, 400, 1000):
        revenue, pool, points, rows = worked_example(share)
        assert pool == pool_of(revenue, share) == sum(row.amount for row in rows)
        assert points == sum(row.points for row in rows)


def test_months_that_were_missed_are_made_up_for() -> None:
    assert list_months_to_close(None, date(2026, 3, 1)) == [date(2026, 2, 1)]
    assert list_months_to_close(date(2026, 2, 1), date(2026, 3, 30)) == []
    assert list_months_to_close(date(2025, 11, 1), date(2026, 2, 3)) == [date(2025, 12, 1), date(2026, 1, 1)]
