"""Memberships, given as staff give them."""

from __future__ import annotations

from datetime import datetime, timedelta

from classprojects.accounts.models import Person
from classprojects.billing.actions import grant_membership
from classprojects.billing.models import Grant, GrantKind
from classprojects.core import clock
from tests.factories.people import inside


def give_membership(person: Person, *, ends_at: datetime | None = None) -> Grant:
    """A membership that began yesterday and runs (until ``ends_at``)."""
    with inside():
        return grant_membership(person, GrantKind.COURTESY, clock.now() - timedelta(days=1), ends_at, None, "for a test")


def give_lapsed_membership(person: Person) -> Grant:
    """A membership that ended a second ago."""
    now = clock.now()
    with inside():
        return grant_membership(
            person, GrantKind.COURTESY, now - timedelta(days=30), now - timedelta(seconds=1), None, "for a test"
        )
