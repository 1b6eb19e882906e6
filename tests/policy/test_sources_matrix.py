"""Who may suggest, decide, dispute and answer: the whole table."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from classprojects.core.database import transaction
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions, claims, queries, sources
from tests.factories.people import Cast, make_person
from tests.factories.works import make_work

PEOPLE = ("visitor", "stranger", "suggester", "child's maker", "parent's maker", "staff")
YES, NO, SIGN_IN, HIDDEN = "yes", "forbidden", "sign_in", "hidden"

TABLE: dict[str, dict[P, tuple[str, ...]]] = {
    "shown": {
        P.SUGGEST_SOURCE: (SIGN_IN, YES, YES, NO, YES, YES),
        P.VIEW_SUGGESTION: (SIGN_IN, NO, YES, YES, NO, NO),
        P.DECIDE_SUGGESTION: (SIGN_IN, NO, NO, YES, NO, NO),
        P.WITHDRAW_SUGGESTION: (SIGN_IN, NO, YES, NO, NO, NO),
        P.DISPUTE_EDGE: (SIGN_IN, NO, NO, YES, YES, NO),
        P.REPLY_TO_DISPUTE: (SIGN_IN, NO, NO, YES, YES, NO),
        P.WITHDRAW_DISPUTE: (SIGN_IN, NO, NO, NO, YES, NO),
    },
    # The child was taken back by its maker: to others it is not there, what they said about it is theirs.
    "taken back": {
        P.SUGGEST_SOURCE: (HIDDEN, HIDDEN, HIDDEN, NO, HIDDEN, NO),
        P.VIEW_SUGGESTION: (HIDDEN, HIDDEN, YES, YES, HIDDEN, NO),
        P.DECIDE_SUGGESTION: (HIDDEN, HIDDEN, NO, YES, HIDDEN, NO),
        P.WITHDRAW_SUGGESTION: (HIDDEN, HIDDEN, YES, NO, HIDDEN, NO),
        P.DISPUTE_EDGE: (HIDDEN, HIDDEN, HIDDEN, YES, HIDDEN, NO),
        P.REPLY_TO_DISPUTE: (HIDDEN, HIDDEN, HIDDEN, YES, HIDDEN, NO),
        P.WITHDRAW_DISPUTE: (HIDDEN, HIDDEN, HIDDEN, NO, YES, NO),
    },
}


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(context: Flask, cast: Cast, state: str) -> None:
    suggester = make_person("suggester")
    parent = make_work(cast.maker)
    child = make_work(cast.free, sources=[parent])
    other = make_work(cast.instructor)
    edge = claims.get_edge(child.id, parent.id)
    with transaction():
        suggestion = sources.suggest_source(suggester, child, other.id, viewer=viewer_for(suggester))
        dispute = sources.dispute_edge(cast.maker, edge, "No.")
        if state == "taken back":
            actions.unpublish_work(child)
    work, edge = queries.get_work(child.id), claims.get_edge(child.id, parent.id)
    suggestion, dispute = claims.get_suggestion(suggestion.id), claims.get_dispute(dispute.id)
    targets: dict[P, Any] = {
        P.SUGGEST_SOURCE: work,
        P.VIEW_SUGGESTION: suggestion, P.DECIDE_SUGGESTION: suggestion, P.WITHDRAW_SUGGESTION: suggestion,
        P.DISPUTE_EDGE: edge,
        P.REPLY_TO_DISPUTE: dispute, P.WITHDRAW_DISPUTE: dispute,
    }  # fmt: skip
    people = dict(zip(PEOPLE, (None, cast.other_instructor, suggester, cast.free, cast.maker, cast.staff), strict=True))
    wrong = []
    for permission, answers in TABLE[state].items():
        for (name, person), expected in zip(people.items(), answers, strict=True):
            decision = may(person, permission, targets[permission])
            found = decision.reason.value if isinstance(decision, Denied) else YES
            if found != expected:
                wrong.append(f"{name} {permission} {state}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)
