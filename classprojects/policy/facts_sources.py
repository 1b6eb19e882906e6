"""Facts about a person and what is said of an edge: suggested sources, disputes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden
from classprojects.policy.facts_works import can_see, can_see_place
from classprojects.works.models import EdgeDispute, RemixEdge, SourceSuggestion, Work


def is_not_maker(person: Person | None, work: Work) -> Decision:
    """It is somebody else's: one names one's own sources by editing."""
    if person is not None and work.maker_id == person.id:
        return forbidden(_l("This is your own work: name the source when you edit it."))
    return ALLOWED


def can_see_suggestion(person: Person | None, suggestion: SourceSuggestion) -> Decision:
    """The maker who is asked, and whoever suggested it. Others find it on the work's page, if that shows itself to them."""
    if person is not None and person.id in {suggestion.child.maker_id, suggestion.suggested_by_id}:
        return ALLOWED
    if not can_see(person, suggestion.child):
        return HIDDEN
    return SIGN_IN if person is None else forbidden(_l("Only the maker of the work, and who suggested the source, can look at this."))


def decides_suggestion(person: Person | None, suggestion: SourceSuggestion) -> Decision:
    """Made the work that it is about."""
    seen = can_see_suggestion(person, suggestion)
    if not seen or person is None:
        return seen
    if suggestion.child.maker_id == person.id:
        return ALLOWED
    return forbidden(_l("Only the maker of the work decides about its sources."))


def made_suggestion(person: Person | None, suggestion: SourceSuggestion) -> Decision:
    """Suggested it."""
    seen = can_see_suggestion(person, suggestion)
    if not seen or person is None:
        return seen
    return ALLOWED if suggestion.suggested_by_id == person.id else forbidden(_l("Only who suggested it can take it back."))


def made_an_end(person: Person | None, edge: RemixEdge) -> Decision:
    """Made one of the two works, and may see where the other stands. Third persons have no say."""
    if not can_see_place(person, edge.child):
        return HIDDEN
    if person is None:
        return SIGN_IN
    if person.id in {edge.child.maker_id, edge.parent.maker_id}:
        return ALLOWED
    return forbidden(_l("Only the makers of the two works can say that this is not true."))


def made_an_end_of_dispute(person: Person | None, dispute: EdgeDispute) -> Decision:
    """As :func:`made_an_end`, of the edge that is disputed."""
    return made_an_end(person, dispute.edge)


def raised_dispute(person: Person | None, dispute: EdgeDispute) -> Decision:
    """Said it."""
    if person is not None and dispute.person_id == person.id:
        return ALLOWED
    seen = made_an_end(person, dispute.edge)
    return seen if not seen else forbidden(_l("Only who said it can take it back."))
