"""Who is said to have made a work. A work may be veiled: then nobody but its maker is told who that is (P4).

Whatever shows the name, the handle, the picture or the page of a maker asks
:func:`maker_of`, never ``work.maker``. There is no exception for anybody: neither those
who lead a class nor staff need a name to answer, to moderate or to help.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core.errors import DomainError
from classprojects.works.queries import Viewer


class NotNamedYet(DomainError):
    """What would show who made a veiled work is refused until the names are released."""

    def __init__(self) -> None:
        super().__init__(
            _("Nobody is told who made this work until the names are released. You can do this once they are.")
        )


@dataclass(frozen=True)
class Byline:
    """A person as a page names them; where they are hidden, words that fit anybody and nothing that leads to them."""

    name: str
    handle: str | None = None
    url: str | None = None
    picture_url: str | None = None
    person_id: int | None = None
    is_hidden: bool = False


class HasMaker(Protocol):
    """What :func:`maker_of` asks of a work (loaded with its maker)."""

    @property
    def maker_id(self) -> int:
        """Who made it."""

    @property
    def maker(self) -> Person:
        """Who made it, loaded."""

    @property
    def veiled_at(self) -> datetime | None:
        """Since when nobody is told so."""


class HasVeil(Protocol):
    """What :func:`is_maker_hidden` asks of a work or of a row about one."""

    @property
    def maker_id(self) -> int:
        """Who made it."""

    @property
    def veiled_at(self) -> datetime | None:
        """Since when nobody is told so."""


def hidden_name() -> str:
    """What stands for the maker of a veiled work."""
    return _("Somebody in this class")


def is_maker_hidden(work: HasVeil, viewer: Viewer) -> bool:
    """Whether ``viewer`` is not told who made ``work``."""
    return work.veiled_at is not None and work.maker_id != viewer.person_id


def maker_of(work: HasMaker, viewer: Viewer) -> Byline:
    """Who made ``work`` as ``viewer`` is told: by name, or hidden where the work is veiled and somebody else's."""
    return Byline(hidden_name(), is_hidden=True) if is_maker_hidden(work, viewer) else byline_of(work.maker)


def byline_of(person: Person) -> Byline:
    """Somebody by name."""
    return Byline(person.name, person.handle, person.url, person.picture_url, person.id)


def commenter_of(author: Person, work: HasVeil, viewer: Viewer) -> Byline:
    """Who said something about ``work``: its maker is “the maker” there as long as it is veiled."""
    if author.id == work.maker_id and is_maker_hidden(work, viewer):
        return Byline(_("The maker"), is_hidden=True)
    return byline_of(author)


def ensure_named(work: HasVeil) -> None:
    """Raise NotNamedYet for a veiled work: before it is shown outside of its class, gathered or picked."""
    if work.veiled_at is not None:
        raise NotNamedYet
