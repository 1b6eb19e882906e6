"""Every route says who may pass: ``@requires(Permission.X, on=loader)`` or ``@public``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask_login import current_user

from classprojects.accounts.models import Person
from classprojects.policy import Denied, Permission, may

View = TypeVar("View", bound=Callable[..., Any])


class AccessDenied(Exception):
    """The policy said no; the error pages turn the reason into an answer."""

    def __init__(self, decision: Denied, permission: Permission, target: Any) -> None:
        super().__init__(decision.reason)
        self.decision = decision
        self.permission = permission
        self.target = target


def current_person() -> Person | None:
    """Who is asking; None for a visitor."""
    person = current_user._get_current_object()  # the proxy itself must not reach an action
    return person if isinstance(person, Person) else None


def signed_in_person() -> Person:
    """Who is asking, where the guard already made sure that there is somebody."""
    person = current_person()
    if person is None:
        raise RuntimeError("this view's permission must require an account")
    return person


def ensure(permission: Permission, target: Any = None) -> None:
    """Raise AccessDenied unless the person who asks may."""
    decision = may(current_person(), permission, target)
    if isinstance(decision, Denied):
        raise AccessDenied(decision, permission, target)


def requires(permission: Permission, on: Callable[..., Any] | None = None) -> Callable[[View], View]:
    """Let the view run only for those who may.

    ``on`` loads the thing that it is about: it is called with those of the
    address's parts that it has parameters for, and its result comes first to the
    view; what it did not take is handed on by name.
    """
    wanted = set(inspect.signature(on).parameters) if on else set()

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**parts: Any) -> Any:
            if on is None:
                ensure(permission)
                return view(**parts)
            target = on(**{name: value for name, value in parts.items() if name in wanted})
            ensure(permission, target)
            return view(target, **{name: value for name, value in parts.items() if name not in wanted})

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public(view: View) -> View:
    """Open to everybody: said aloud, so that forgetting a guard is seen."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def accepts_piece(view: View) -> View:
    """This view takes a file in pieces (tus): its request may be as large as the upload limit."""
    view.accepts_piece = True  # type: ignore[attr-defined]
    return view


def accepts_upload(view: View) -> View:
    """This view takes files: its request may be as large as the limit for forms."""
    view.accepts_upload = True  # type: ignore[attr-defined]
    return view
