"""Facts about what is open to a learner already: a season's dates, and what must be made first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, Lesson
from classprojects.classes.queries.opening import Opening, find_opening
from classprojects.core.moments import in_words
from classprojects.policy.decisions import ALLOWED, Decision, Denied, Reason


@dataclass(frozen=True)
class NotOpenYet(Denied):
    """Inside the class, and before a door that opens later: when, or after what, it says in words."""


def is_open_to(person: Person | None, item: Lesson | Assignment) -> Decision:
    """Open to this person by now. Asks nothing about who may enter the class at all."""
    opening = find_opening(person, item.project)
    if opening.is_open(item):
        return ALLOWED
    return NotOpenYet(Reason.FORBIDDEN, opening_words(opening, item))


def opening_words(opening: Opening, item: Lesson | Assignment) -> str:
    """When something opens that is not open: at which moment on the reader's clock, and after which assignments."""
    opens_at = opening.opens_at(item)
    titles = [one.title for one in opening.missing(item)]
    first = ", ".join(_("“%(title)s”", title=title) for title in titles)
    if opens_at is None:
        return _("This opens once you have handed in %(titles)s.", titles=first) if titles else ""
    when = in_words(opens_at, get_timezone() or UTC, get_locale())
    if titles:
        return _("This opens on %(when)s, once you have handed in %(titles)s.", when=when, titles=first)
    return _("This opens on %(when)s.", when=when)
