"""Where one billing period ends and the next begins."""

import calendar
from datetime import UTC, datetime, timedelta

FIXED = {"day": timedelta(days=1), "week": timedelta(days=7)}
MONTHS = {"month": 1, "year": 12}


def boundary(anchor, interval, count, index):
    """Seconds since 1970 of the `index`-th boundary after the anchor.

    Always reckoned from the anchor, so that a month that is too short (31 January,
    then 28 February) does not shorten the months after it.
    """
    start = datetime.fromtimestamp(anchor, UTC)
    if interval in FIXED:
        return anchor + int((FIXED[interval] * count * index).total_seconds())
    months = start.year * 12 + start.month - 1 + MONTHS[interval] * count * index
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_boundary(anchor, interval, count, after):
    """The first boundary later than `after`."""
    lengths = {"day": 1, "week": 7, "month": 31, "year": 366}
    index = max(0, (after - anchor) // (86400 * lengths[interval] * count))
    while boundary(anchor, interval, count, index) <= after:
        index += 1
    return boundary(anchor, interval, count, index)
