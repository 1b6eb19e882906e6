"""What instructors earn is computed by the clock, once a month is over."""

from __future__ import annotations

from datetime import date, timedelta

from flask import current_app

from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.earnings import actions, queries

#: after a month's end, for news of its last invoices to come in
GRACE = timedelta(days=2)


def close_months() -> None:
    """Divide every month that is over and is not divided yet: the last one, and those that were missed since the one before."""
    settings = current_app.config["SETTINGS"]
    for month in list_months_to_close(queries.find_last_month(), (clock.now() - GRACE).date()):
        with transaction():
            actions.compute_month(month, settings.earnings_share, settings.currency)


def list_months_to_close(last: date | None, today: date) -> list[date]:
    """The first days of the months after ``last`` (None: there is none yet) that were over before ``today``, the oldest first."""
    newest = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    month = (last + timedelta(days=32)).replace(day=1) if last is not None else newest
    found = []
    while month <= newest:
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found
