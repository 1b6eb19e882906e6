"""What the policy answers: allowed, or denied for a reason that a page can act on."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l


class Reason(enum.StrEnum):
    """Why not: decides what the person is shown instead."""

    SIGN_IN = "sign_in"  # a sign-in page that comes back
    MEMBERS = "members"  # the paywall panel
    HIDDEN = "hidden"  # 404: as if it were not there
    FORBIDDEN = "forbidden"  # 403 in words


@dataclass(frozen=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Denied:
    """No, and why."""

    reason: Reason
    message: str = ""

    def __bool__(self) -> bool:
        return False


Decision = Allowed | Denied

ALLOWED = Allowed()
SIGN_IN = Denied(Reason.SIGN_IN, _l("Sign in first; then we bring you back here."))
MEMBERS = Denied(Reason.MEMBERS, _l("This is part of the membership."))
HIDDEN = Denied(Reason.HIDDEN, _l("That is not here."))


def forbidden(message: str) -> Denied:
    """A refusal that says in words why."""
    return Denied(Reason.FORBIDDEN, message)
