"""A browser that is signed in: how that begins, how long it lasts, how it ends.

The session is a signed cookie, which whoever copies it holds as well. Therefore each
has a random word of its own, whose hash is written down when its person signs out
(ASVS 3.3.1), and the moment at which it began, since it does not last for ever
(ASVS 3.3.2). It ends by itself, too, when the browser does not come back for
``PERMANENT_SESSION_LIFETIME``. Time is the machine's own, as in the cookie's signature.
"""

from __future__ import annotations

import hashlib

from flask import session
from flask_login import login_user, logout_user

from classprojects.accounts import actions, queries
from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import new_token


def begin_session(person: Person) -> None:
    """A fresh session for ``person``: nothing from before sign-in is kept (session fixation)."""
    end_session()
    session.permanent = True
    session["nonce"] = new_token()
    session["since"] = int(clock.real_now().timestamp())
    login_user(person)


def end_session() -> None:
    """Sign this browser out, and whoever copied its cookie. Nothing where nobody is signed in."""
    if "_user_id" in session and isinstance(session.get("nonce"), str):
        with transaction():
            actions.end_session(_hash(session["nonce"]))
    logout_user()
    session.clear()


def find_signed_in(session_id: str) -> Person | None:
    """Who is signed in by the session that came with the request; one that says no word or is too old is nobody's."""
    nonce, since = session.get("nonce"), session.get("since")
    if not isinstance(nonce, str) or not isinstance(since, int):
        return None
    if not 0 <= clock.real_now().timestamp() - since + 60 < actions.LONGEST_SESSION.total_seconds() + 60:
        return None
    return queries.find_signed_in(session_id, _hash(nonce))


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
