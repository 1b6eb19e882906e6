"""Every SELECT about people."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import AccountToken, EndedSession, Person, TokenPurpose
from classprojects.core import clock
from classprojects.core.database import MAX_ID, db, prepared
from classprojects.core.errors import NotFound


def find_signed_in(session_id: str, session_hash: str = "") -> Person | None:
    """The person whose session cookie holds ``session_id`` (``id.session_key``), with roles.

    ``session_hash``: of the session's own random word. Nobody is signed in by a session
    that was ended, however many copies of its cookie there are.
    """
    number, _dot, key = session_id.partition(".")
    if not number.isascii() or not number.isdigit() or not 0 < int(number) <= MAX_ID:
        return None
    facts = {"person_id": int(number), "session_hash": session_hash}
    person = db.session.scalars(_person_in_session(), facts).unique().first()
    if person is None or person.session_key != key or not person.is_active:
        return None
    return person


@prepared
def _person_in_session() -> sa.Select[Person]:
    is_ended = sa.exists().where(EndedSession.session_hash == sa.bindparam("session_hash"))
    return sa.select(Person).where(Person.id == sa.bindparam("person_id"), ~is_ended).options(joinedload(Person.roles))


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
        raise NotFound(_("Nobody goes by that name here."))
    return person


def find_person_by_email(email: str) -> Person | None:
    """The person who proved that this address (compared in lower case) is theirs, with roles."""
    if "\x00" in email:
        return None
    return db.session.scalar(
        sa.select(Person).where(Person.email == email.strip().lower()).options(selectinload(Person.roles))
    )


def find_mail_address(person: Person) -> str | None:
    """Where mail to ``person`` goes: the address they proved, else the claimed one.

    An address that somebody else has proven gets nothing that is meant for ``person``.
    """
    if person.email or not person.claimed_email:
        return person.email
    return None if find_person_by_email(person.claimed_email) else person.claimed_email


def list_people_by_address(email: str, limit: int = 3) -> list[Person]:
    """Whoever proved or claims this address: the proven owner first, then newest claims."""
    if "\x00" in email:
        return []
    address = email.strip().lower()
    statement = (
        sa.select(Person)
        .where(sa.or_(Person.email == address, Person.claimed_email == address))
        .options(selectinload(Person.roles))
        .order_by(Person.email.is_(None), Person.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def find_open_token(token_hash: str, purpose: TokenPurpose) -> AccountToken | None:
    """The one-time link with this hash, unless it was used or is too old; with its person."""
    return db.session.scalar(
        sa.select(AccountToken)
        .where(
            AccountToken.token_hash == token_hash,
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > clock.now(),
        )
        .options(joinedload(AccountToken.person).selectinload(Person.roles))
    )


def get_person(id: int) -> Person:
    """The person with this id, with roles; raises NotFound."""
    person = db.session.scalar(sa.select(Person).where(Person.id == id).options(selectinload(Person.roles)))
    if person is None:
        raise NotFound(_("Nobody goes by that name here."))
    return person
