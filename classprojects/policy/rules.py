"""The one table: permission -> facts. Whoever asks 'may they?' is answered from here."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.models import Person
from classprojects.policy import facts
from classprojects.policy.decisions import Decision
from classprojects.policy.facts import Fact
from classprojects.policy.permissions import Permission as P

RULES: dict[P, Fact] = {
    # accounts
    P.MANAGE_ACCOUNT: facts.signed_in,
    # classes
    P.USE_STUDIO: facts.is_instructor,
    # staff
    P.USE_DESK: facts.is_staff,
}


def may(person: Person | None, permission: P, target: Any = None) -> Decision:
    """Whether ``person`` (None: a visitor) may do ``permission`` to ``target``."""
    return RULES[permission](person, target)
