"""Facts about a person and a season of a class."""

from __future__ import annotations

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.models import ClassProject, Season
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision
from classprojects.policy.facts_classes import can_join_class, can_see_class


def can_see_season(person: Person | None, season: Season) -> Decision:
    """Its dates are there for whoever sees the class: one knows before one joins. Who is in it, the page keeps to the class."""
    return can_see_class(person, season.project)


def can_join_season(person: Person | None, season: Season) -> Decision:
    """Whoever may join the class, or is in it with a membership. Whether there is room is the season's to say."""
    return can_join_class(person, season.project)


def learns_in(person: Person | None, project: ClassProject) -> Decision:
    """Joined the class; a lapsed membership holds nobody in a season (P2)."""
    seen = can_see_class(person, project)
    if not seen:
        return seen
    if person is None:
        return SIGN_IN
    return ALLOWED if project.id in queries.find_places(person).joined else HIDDEN
