"""Whose eyes: what a person may see of works, asked once a request."""

from __future__ import annotations

from classprojects.accounts.models import Person
from classprojects.classes.queries import find_places
from classprojects.core.memo import remember
from classprojects.policy.facts_classes import can_learn
from classprojects.works.queries import VISITOR, Viewer


def viewer_for(person: Person | None) -> Viewer:
    """What ``person`` (None: a visitor) may see, as facts that work queries take."""
    if person is None:
        return VISITOR
    return remember(("viewer", person.id), lambda: _look(person))


def _look(person: Person) -> Viewer:
    if person.is_staff:
        return Viewer(person.id, is_staff=True)
    return Viewer(person.id, _spaces_seen_by(person))


def _spaces_seen_by(person: Person) -> frozenset[int]:
    """Spaces of the classes that ``person`` leads, or joined and may enter at this moment."""
    places = find_places(person)
    joined = places.joined.values() if places.joined and can_learn(person, None) else ()
    return frozenset(places.leads.values()) | frozenset(joined)
