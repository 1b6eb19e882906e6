"""Every SELECT about people."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.core.database import MAX_ID, db
from classprojects.core.errors import NotFound


def find_signed_in(session_id: str) -> Person | None:
    """The person whose session cookie holds ``session_id`` (``id.session_key``), with roles."""
    number, _, key = session_id.partition(".")
    if not number.isascii() or not number.isdigit() or not 0 < int(number) <= MAX_ID:
        return None
    statement = sa.select(Person).where(Person.id == int(number)).options(joinedload(Person.roles))
    person = db.session.scalars(statement).unique().first()
    if person is None or person.session_key != key or not person.is_active:
        return None
    return person


def find_person_by_handle(handle: str) -> Person | None:
    """The person who goes by ``handle`` now, with roles."""
    if "\x00" in handle:
        return None
    return db.session.scalar(
        sa.select(Person).where(Person.handle == handle.lower()).options(selectinload(Person.roles))
    )


def get_person_by_handle(handle: str) -> Person:
    """As :func:`find_person_by_handle`; raises NotFound."""
    person = find_person_by_handle(handle)
    if person is None:
        raise NotFound("Nobody goes by that name here.")
    return person


def find_person_by_email(email: str) -> Person | None:
    """The person with this address (compared in lower case), with roles."""
    if "\x00" in email:
        return None
    return db.session.scalar(
        sa.select(Person).where(Person.email == email.strip().lower()).options(selectinload(Person.roles))
    )


def get_person(id: int) -> Person:
    """The person with this id, with roles; raises NotFound."""
    person = db.session.scalar(sa.select(Person).where(Person.id == id).options(selectinload(Person.roles)))
    if person is None:
        raise NotFound("Nobody goes by that name here.")
    return person
