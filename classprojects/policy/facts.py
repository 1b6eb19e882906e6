"""Facts about a person and a thing: each answers with a decision.

A fact is a function ``(person, target) -> Decision``. ``person`` is None for a
visitor. Facts read the database through the features' queries and remember what
they learned for the length of the request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.billing.queries import has_membership
from classprojects.core import clock
from classprojects.core.memo import remember
from classprojects.policy.decisions import ALLOWED, MEMBERS, SIGN_IN, Decision, Denied, Reason, forbidden

Fact = Callable[[Person | None, Any], Decision]


def all_of(*facts: Fact) -> Fact:
    """Every fact must hold; the first that does not says why."""

    def together(person: Person | None, target: Any) -> Decision:
        for fact in facts:
            decision = fact(person, target)
            if not decision:
                return decision
        return ALLOWED

    return together


def any_of(*facts: Fact) -> Fact:
    """One fact is enough; when none holds, the last one says why."""

    def either(person: Person | None, target: Any) -> Decision:
        decision: Decision = Denied(Reason.HIDDEN)
        for fact in facts:
            decision = fact(person, target)
            if decision:
                return decision
        return decision

    return either


def anybody(person: Person | None, target: Any) -> Decision:
    """Everybody, signed in or not."""
    return ALLOWED


def signed_in(person: Person | None, target: Any) -> Decision:
    """Anybody with an account."""
    return ALLOWED if person is not None else SIGN_IN


def is_subscriber(person: Person | None, target: Any) -> Decision:
    """Has a membership at this moment: paid, given, or in its trial. Asked of our own database, once a request."""
    if person is None:
        return SIGN_IN
    person_id = person.id
    is_member = remember(("has_membership", person_id), lambda: has_membership(person_id, clock.now()))
    return ALLOWED if is_member else MEMBERS


def is_staff(person: Person | None, target: Any) -> Decision:
    """Holds the staff role."""
    if person is None:
        return SIGN_IN
    return ALLOWED if person.is_staff else forbidden(_l("This part is for the people who run the place."))


def is_instructor(person: Person | None, target: Any) -> Decision:
    """Holds the instructor role, or staff."""
    if person is None:
        return SIGN_IN
    if person.is_instructor or person.is_staff:
        return ALLOWED
    return forbidden(_l("The studio is for instructors. Write to us if you would like to lead a class project."))
