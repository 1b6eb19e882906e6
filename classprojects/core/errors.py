"""Errors that the domain raises. A function raises; it never returns a status."""

from __future__ import annotations

from flask_babel import gettext as _


class DomainError(Exception):
    """A rule says no. ``message`` is shown to the person as it stands."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        #: the form field that it is about, where it is about one
        self.field = field


class NotFound(DomainError):
    """The thing is not there, or must look as if it were not."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("That is not here."))


class Refused(DomainError):
    """This person may not do this to this thing, whatever they typed."""
