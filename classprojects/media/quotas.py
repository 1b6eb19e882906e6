"""How much room a person has for their files, and saying no in words when it is used up."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.core import clock, sizes
from classprojects.core.database import db, hold, in_transaction
from classprojects.core.errors import DomainError
from classprojects.media import queries

#: from this part on the meter warns
NEAR = 0.9


class NoRoom(DomainError):
    """The file does not fit into what its owner has left."""


@dataclass(frozen=True)
class Room:
    """What somebody's files take, and what they may take, in bytes."""

    used: int
    quota: int

    @property
    def left(self) -> int:
        return max(0, self.quota - self.used)

    @property
    def is_full(self) -> bool:
        return self.left == 0

    @property
    def is_near(self) -> bool:
        """Whether it is time to say something."""
        return self.used >= NEAR * self.quota

    @property
    def words(self) -> str:
        """``1.2 GB of 10 GB used``."""
        return _("%(used)s of %(quota)s used", used=sizes.in_words(self.used), quota=sizes.in_words(self.quota))


def find_room(person: Person) -> Room:
    """What ``person`` uses and may use: one query, for the meter and for every refusal."""
    return Room(queries.sum_bytes_of(person.id, clock.now()), current_app.config["SETTINGS"].quota)


def check_room(person: Person, size: int) -> None:
    """Raise NoRoom, in words, unless ``size`` bytes more fit.

    Inside a transaction two requests of one person wait for each other here, so
    that together they cannot take what only one of them may.
    """
    if in_transaction():
        hold(db.session, "quota", person.id)
    room = find_room(person)
    if size > room.left:
        raise no_room(room, size)


def no_room(room: Room, size: int | None = None) -> NoRoom:
    """What to say to somebody whose file does not fit; ``size``: of the file, where it is known."""
    used = room.words
    if size is None:
        message = _("You do not have room for this file: %(used)s. Delete works that you no longer need, and try again.", used=used)
    else:
        message = _(
            "This file takes %(size)s, and you have %(left)s left: %(used)s. Delete works that you no longer need, or choose a smaller file.",
            size=sizes.in_words(size),
            left=sizes.in_words(room.left),
            used=used,
        )
    return NoRoom(message, field="file")
