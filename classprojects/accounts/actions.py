"""What people do with their accounts. One verb a function; the door opens the transaction."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from classprojects.accounts import passwords, queries
from classprojects.accounts.models import AccountToken, EndedSession, Handle, Person, PersonRole, Role, TokenPurpose
from classprojects.core import clock
from classprojects.core.database import db, insert_into
from classprojects.core.errors import DomainError
from classprojects.core.ids import new_token

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{1,28})[a-z0-9]")

#: names that would read as the house speaking
RESERVED = frozenset(
    ["about", "account", "accounts", "admin", "administrator", "anonymous", "api", "billing", "class", "classes", "classprojects", "desk", "everyone", "everybody", "help", "home", "login", "logout", "me", "moderator", "new", "none", "null", "official", "open", "pricing", "privacy", "production", "productions", "prompt", "prompts", "root", "search", "security", "signup", "staff", "stripe", "studio", "subscribe", "support", "system", "team", "terms", "undefined", "works", "you"]
)

LIFETIME = {
    TokenPurpose.VERIFY_EMAIL: timedelta(days=7),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.CHANGE_EMAIL: timedelta(days=1),
}


#: a browser stays signed in for so long at most, however busy it is; then it asks again (ASVS 3.3.2)
LONGEST_SESSION = timedelta(days=30)


class HandleTaken(DomainError):
    """Somebody has, or had, this handle."""


class BadHandle(DomainError):
    """The handle does not have the form of one."""


class WeakPassword(DomainError):
    """The password is too short or among those that guessers try first."""


class LinkExpired(DomainError):
    """The one-time link was used, is too old, or never was."""


class WrongPassword(DomainError):
    """The password that should confirm a change is not the person's."""


def sign_up(handle: str, email: str, password: str, *, name: str = "", language: str = "en") -> Person:
    """A new person. The address is only claimed: :func:`request_verification` proves it.

    Raises BadHandle, HandleTaken, WeakPassword. Says nothing about whether the
    address has an account already: the mail that goes there does.
    """
    handle = handle.strip().lower()
    check_handle(handle)
    check_password(password, handle=handle, email=email)
    person = Person(
        handle=handle,
        claimed_email=email.strip().lower(),
        password_hash=passwords.hash_password(password),
        name=name.strip() or handle,
        language=language,
        roles=[],
    )
    db.session.add(person)
    _take_handle(person, handle)
    return person


def check_handle(handle: str) -> None:
    """Raise BadHandle unless ``handle`` (lower case) can be one."""
    if not HANDLE.fullmatch(handle):
        raise BadHandle(
            _("A handle has 3 to 30 letters a to z, digits, - or _, and begins and ends with a letter or digit."),
            field="handle",
        )
    if handle in RESERVED:
        raise BadHandle(_("That handle is kept for the house. Choose another one."), field="handle")


def check_password(password: str, *, handle: str = "", email: str = "") -> None:
    """Raise WeakPassword for one that guessers try first (NIST SP 800-63B: length, no rules)."""
    if len(password) < passwords.MIN_LENGTH:
        raise WeakPassword(
            _("Use at least %(length)d characters; a few words in a row are easy to remember.", length=passwords.MIN_LENGTH),
            field="password",
        )
    if len(password) > passwords.MAX_LENGTH:
        raise WeakPassword(_("Use at most %(length)d characters.", length=passwords.MAX_LENGTH), field="password")
    plain = password.lower()
    obvious = {handle.lower(), email.lower(), email.lower().partition("@")[0]} - {""}
    if plain in passwords.COMMON or len(set(plain)) < 4 or plain in obvious:
        raise WeakPassword(_("That password is among the first that anybody would guess. Choose another one."), field="password")


def _take_handle(person: Person, handle: str) -> None:
    """Write ``handle`` down as taken for ever, whoever comes at the same moment."""
    try:
        with db.session.begin_nested():
            db.session.flush()
            db.session.add(Handle(handle=handle, person_id=person.id))
            db.session.flush()
    except IntegrityError:
        raise HandleTaken(_("Somebody has that handle already, or had it once. Choose another one."), field="handle") from None


def authenticate(name: str, password: str) -> Person | None:
    """Whoever signs in with this address or handle and password; None when it does not fit."""
    name = name.strip()
    if "@" in name:
        candidates = queries.list_people_by_address(name)
    else:
        found = queries.find_person_by_handle(name)
        candidates = [found] if found else []
    if not candidates:
        passwords.is_password(None, password)
        return None
    for person in candidates:
        if person.is_active and passwords.is_password(person.password_hash, password):
            return person
    return None


def refresh_hash(person: Person, password: str) -> None:
    """Hash ``password`` again when the cost has been raised since."""
    if person.password_hash and passwords.needs_new_hash(person.password_hash):
        person.password_hash = passwords.hash_password(password)
        db.session.flush()


def make_link_token(person: Person, purpose: TokenPurpose, email: str | None = None) -> str:
    """A new one-time token for ``person``; earlier ones of the same purpose stop working."""
    now = clock.now()
    db.session.execute(
        sa.update(AccountToken)
        .where(AccountToken.person_id == person.id, AccountToken.purpose == purpose, AccountToken.used_at.is_(None))
        .values(used_at=now)
    )
    token = new_token(24)
    db.session.add(
        AccountToken(
            person_id=person.id,
            purpose=purpose,
            token_hash=_hash_token(token),
            email=email,
            expires_at=now + LIFETIME[purpose],
        )
    )
    db.session.flush()
    return token


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_link(token: str, *purposes: TokenPurpose) -> AccountToken:
    """The open one-time link, for one of ``purposes``, that ``token`` belongs to. Raises LinkExpired."""
    for purpose in purposes:
        link = queries.find_open_token(_hash_token(token), purpose)
        if link is not None:
            return link
    raise _expired()


def _expired() -> LinkExpired:
    return LinkExpired(_("This link was used already or is too old. Ask for a new one."))


def verify_email(token: str) -> Person:
    """Prove the address that ``token`` was mailed to. Raises LinkExpired.

    Works for the first address and for a changed one.
    """
    link = find_link(token, TokenPurpose.VERIFY_EMAIL, TokenPurpose.CHANGE_EMAIL)
    owner = queries.find_person_by_email(link.email or "")
    if owner is not None and owner.id != link.person_id:
        raise _taken()
    person = link.person
    _use(link)
    prove_email(person, link.email or "")
    return person


def _taken() -> LinkExpired:
    return LinkExpired(_("This address belongs to another account. Sign in there instead."))


def prove_email(person: Person, email: str) -> None:
    """Take ``email`` as proven to be ``person``'s. Raises LinkExpired when somebody else did so just now.

    Whoever else claimed the address keeps the claim: losing it would tell them that
    somebody here owns the address.
    """
    try:
        with db.session.begin_nested():
            person.email = email.strip().lower()
            person.claimed_email = None
            person.email_verified_at = clock.now()
            db.session.flush()
    except IntegrityError:
        raise _taken() from None


def _use(link: AccountToken) -> None:
    """Mark the link as used, once, whoever comes at the same moment."""
    done = db.session.execute(
        sa.update(AccountToken)
        .where(AccountToken.id == link.id, AccountToken.used_at.is_(None))
        .values(used_at=clock.now())
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise _expired()


def reset_password(token: str, password: str) -> Person:
    """Set a new password by the link that was mailed; signs out everywhere else.

    Receiving the link proves the address too. Raises LinkExpired, WeakPassword.
    """
    link = find_link(token, TokenPurpose.RESET_PASSWORD)
    person = link.person
    check_password(password, handle=person.handle or "", email=person.address or "")
    _use(link)
    _set_password(person, password)
    owner = queries.find_person_by_email(link.email or "")
    if person.email is None and link.email and owner is None:
        prove_email(person, link.email)
    db.session.flush()
    return person


def change_password(person: Person, current: str, new: str) -> None:
    """Change it, knowing the current one; signs out everywhere else. Raises WrongPassword, WeakPassword."""
    confirm_password(person, current, field="current_password")
    check_password(new, handle=person.handle or "", email=person.address or "")
    _set_password(person, new)
    db.session.flush()


def _set_password(person: Person, password: str) -> None:
    """From now on only who knows ``password`` is in: sessions end, and so do links that somebody else may have asked for."""
    person.password_hash = passwords.hash_password(password)
    person.session_key = new_token()
    db.session.execute(
        sa.update(AccountToken)
        .where(AccountToken.person_id == person.id, AccountToken.used_at.is_(None))
        .values(used_at=clock.now())
    )


def confirm_password(person: Person, password: str, field: str = "password") -> None:
    """Raise WrongPassword unless it is ``person``'s."""
    if not passwords.is_password(person.password_hash, password):
        raise WrongPassword(_("That is not your current password."), field=field)


def sign_out_everywhere(person: Person) -> None:
    """Every session of ``person`` stops working, this one too."""
    person.session_key = new_token()
    db.session.flush()


def end_session(session_hash: str) -> None:
    """One session stops working, and every copy of its cookie with it. Ending it twice is ending it (ASVS 3.3.1)."""
    ended = insert_into(db.session, EndedSession).values(session_hash=session_hash, ended_at=clock.real_now())
    db.session.execute(ended.on_conflict_do_nothing())


def forget_ended_sessions() -> int:
    """Delete what is known of sessions that are too old to work anyway. How many there were."""
    past = clock.real_now() - LONGEST_SESSION - timedelta(days=1)
    gone = db.session.execute(
        sa.delete(EndedSession).where(EndedSession.ended_at < past).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def edit_profile(
    person: Person, *, name: str, bio: str, country: str | None, language: str, time_zone: str
) -> None:
    """Change how ``person`` appears and which clock they read."""
    person.name = name
    person.bio = bio
    person.country = country or None
    person.language = language
    person.time_zone = time_zone
    db.session.flush()


def set_picture(person: Person, picture_key: str | None) -> None:
    """Show the media file with this public id as ``person``'s picture; None: initials again."""
    person.picture_key = picture_key
    db.session.flush()


def make_calendar_key(person: Person) -> str:
    """What the address of ``person``'s private calendar is made of, anew: an older address ends."""
    person.calendar_key = new_token(24)
    db.session.flush()
    return person.calendar_key


def remove_calendar_key(person: Person) -> None:
    """``person`` has no private calendar any more."""
    person.calendar_key = None
    db.session.flush()


def grant_role(person: Person, role: Role, by: Person | None = None) -> None:
    """Give ``person`` a role; nothing happens when they hold it."""
    if any(held.role is role for held in person.roles):
        return
    person.roles.append(PersonRole(role=role, granted_by_id=by.id if by else None))
    db.session.flush()


def leave(person: Person) -> None:
    """Erase what is personal. The row stays so that other people's lineage stays whole (P20).

    Works are erased or kept by works' own action before; billing is ended by the
    door (P3). The handle is never given out again.
    """
    person.handle = None
    person.email = person.claimed_email = person.email_verified_at = None
    person.password_hash = None
    person.name = _("Somebody who left")
    person.bio = ""
    person.country = None
    person.language, person.time_zone = "en", "UTC"
    person.picture_key = person.calendar_key = None
    person.session_key = new_token()
    person.left_at = clock.now()
    db.session.execute(sa.delete(AccountToken).where(AccountToken.person_id == person.id))
    db.session.execute(sa.delete(PersonRole).where(PersonRole.person_id == person.id))
    db.session.flush()
