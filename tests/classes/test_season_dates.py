"""Dates of a season on the clocks of its zone: moved and moved back, in order, across changes of the clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from classprojects.classes.dates import DateOutOfRange, ImpossibleTime, propose_dates, shift, to_local, to_moment
from classprojects.classes.models import Assignment, Lesson

#: zones with and without changes of the clocks; Samoa left out a whole day, Lord Howe puts its clocks forward by 30 minutes
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia",
    "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
locals_ = st.datetimes(datetime(2005, 1, 1), datetime(2095, 1, 1)).map(lambda value: value.replace(second=0, microsecond=0))
days = st.integers(-1200, 1200)
quick = settings(max_examples=150, deadline=None)


@quick
@given(zones, locals_, days)
def test_there_and_back_again(zone, local, number):
    """Moving by some days keeps the hour on the clock, and moving back gives the very moment that it was."""
    try:
        moment = to_moment(local, zone)
        moved = shift(moment, number, zone)
    except ImpossibleTime:
        assume(False)
    assert to_local(moved, zone).time() == local.time()
    assert shift(moved, -number, zone) == moment


@quick
@given(zones, st.lists(locals_, min_size=2, max_size=6, unique=True), days)
def test_order_stays(zone, several, number):
    try:
        moments = [to_moment(local, zone) for local in sorted(several)]
        moved = [shift(moment, number, zone) for moment in moments]
    except ImpossibleTime:
        assume(False)
    assert moments == sorted(set(moments)) and moved == sorted(set(moved))


@quick
@given(zones, locals_, st.integers(1, 200 * 24 * 60), st.lists(st.booleans(), max_size=12))
def test_what_we_propose_is_in_order_and_within(zone, local, minutes, kinds):
    try:
        starts_at = to_moment(local, zone)
    except ImpossibleTime:
        assume(False)
    ends_at = starts_at + timedelta(minutes=minutes)
    outline = [Assignment(id=place) if is_assignment else Lesson(id=place) for place, is_assignment in enumerate(kinds)]
    proposed = propose_dates(outline, starts_at, ends_at, zone)
    before = starts_at
    for item in outline:
        one = proposed[item.kind, item.id]
        assert starts_at <= before <= one.opens_at < ends_at
        assert one.due_at is None or one.opens_at < one.due_at <= ends_at
        before = one.opens_at
    dues = [one.due_at for one in proposed.values() if one.due_at]
    assert dues == sorted(set(dues)) and (not dues or dues[-1] == ends_at)


def test_a_time_that_clocks_skip_is_told_in_words():
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(ImpossibleTime) as raised:
        to_moment(datetime(2026, 3, 29, 2, 30), berlin)
    assert "02:30" in raised.value.message and "Europe/Berlin" in raised.value.message
    a_week_before = to_moment(datetime(2026, 3, 22, 2, 30), berlin)
    with pytest.raises(ImpossibleTime):
        shift(a_week_before, 7, berlin)
    with pytest.raises(ImpossibleTime):
        to_moment(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"))
    assert to_local(shift(a_week_before, 8, berlin), berlin) == datetime(2026, 3, 30, 2, 30)


def test_no_season_at_the_ends_of_time():
    for local in (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)):
        with pytest.raises(DateOutOfRange):
            to_moment(local, ZoneInfo("Pacific/Kiritimati"))
    with pytest.raises(DateOutOfRange):
        shift(to_moment(datetime(2026, 1, 1), ZoneInfo("UTC")), 10**9, ZoneInfo("UTC"))


def test_an_hour_that_comes_twice_means_its_first_time():
    berlin = ZoneInfo("Europe/Berlin")
    moment = to_moment(datetime(2026, 10, 25, 2, 30), berlin)
    assert moment.astimezone(berlin).tzname() == "CEST"
    assert shift(shift(moment, 3, berlin), -3, berlin) == moment
