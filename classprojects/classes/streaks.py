"""How regularly somebody makes things: a pure function over moments. It encourages, and takes nothing away.

A pause costs nothing: whoever comes back finds how many weeks they have made
something in, a number that only ever grows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Rhythm:
    """In how many weeks something was made: running up to now, and altogether."""

    running: int = 0
    altogether: int = 0


def rhythm_of(moments: Iterable[datetime], now: datetime, zone: tzinfo) -> Rhythm:
    """The weeks of ``moments`` on the reader's calendar (Monday to Sunday).

    A row of weeks runs as long as something was made in this week or the last one: the
    week that is not over yet breaks nothing.
    """
    weeks = {_monday(moment, zone) for moment in moments}
    this = _monday(now, zone)
    last = this if this in weeks else this - _WEEK
    running = 0
    while last - running * _WEEK in weeks:
        running += 1
    return Rhythm(running, len(weeks))


def _monday(moment: datetime, zone: tzinfo) -> date:
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
