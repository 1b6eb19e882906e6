"""Facts about prompts and people, and the sets that they make."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from classprojects.accounts.models import Person
from classprojects.community.models import Collection, Prompt
from classprojects.policy.decisions import ALLOWED, HIDDEN, SIGN_IN, Decision, forbidden


def is_shown_prompt(person: Person | None, prompt: Prompt) -> Decision:
    """Published; a suggestion shows only to its author and to staff."""
    if prompt.is_published or (person is not None and (person.is_staff or prompt.author_id == person.id)):
        return ALLOWED
    return HIDDEN


def is_open_prompt(person: Person | None, prompt: Prompt) -> Decision:
    """Takes answers now."""
    if prompt.is_open:
        return ALLOWED
    return forbidden(_l("This prompt no longer takes answers. You can still post your work in the open area."))


def can_see_set(person: Person | None, collection: Collection) -> Decision:
    """Public, or their own."""
    if collection.is_public or (person is not None and person.id == collection.owner_id):
        return ALLOWED
    return HIDDEN


def gathered_set(person: Person | None, collection: Collection) -> Decision:
    """It is theirs."""
    if person is None:
        return SIGN_IN
    return ALLOWED if person.id == collection.owner_id else forbidden(_l("Only the person who made this set can change it."))
