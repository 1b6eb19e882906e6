"""A moment as people say it: on the clock of a place, with its zone named."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from babel.dates import format_datetime


def in_words(moment: datetime, zone: tzinfo, locale: Any, pattern: str = "d MMM y, HH:mm") -> str:
    """``moment`` on the clocks of ``zone``, with the zone named: ``24 Nov 2026, 05:44 UTC``."""
    local = moment.astimezone(zone)
    return f"{format_datetime(local, pattern, locale=locale)} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """The zone as people there call it, ``CEST``; where the letters are nobody's, how far from UTC: ``UTC+5:45``."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else '-'}{hours}{f':{rest:02}' if rest else ''}"
