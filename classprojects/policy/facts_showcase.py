"""Facts about a person and the showcase of a class."""

from __future__ import annotations

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassProject, ShowcaseEntry
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision
from classprojects.policy.facts_classes import can_see_class, leads_class


def can_see_showcase(person: Person | None, project: ClassProject) -> Decision:
    """Everybody's once its instructors published it; before that, theirs."""
    if leads_class(person, project):
        return ALLOWED
    return can_see_class(person, project) if project.showcase_at is not None else HIDDEN


def made_chosen_work(person: Person | None, entry: ShowcaseEntry) -> Decision:
    """Made the work that was chosen, and it is still chosen. Nobody else answers for them."""
    if person is None:
        return SIGN_IN
    is_theirs = entry.work.maker_id == person.id and not entry.work.is_erased
    return ALLOWED if is_theirs and entry.removed_at is None else HIDDEN
