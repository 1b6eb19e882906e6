"""A form that was open for too long: nothing that was typed is lost.

The words come back in a form with a fresh token that can be sent again by one button.
Only for forms that were sent from a page of ours: what another site made somebody
send must not be handed to them for confirming.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from werkzeug.exceptions import RequestEntityTooLarge


@dataclass(frozen=True)
class Kept:
    """A field as it was sent."""

    name: str
    value: str

    @property
    def is_text(self) -> bool:
        """Whether somebody typed more than a word, and will want to see that it is still there."""
        return len(self.value) > 20 or "\n" in self.value


def show_stale_form() -> Any:
    """The page that holds what was typed; None where that would be unsafe or of no use."""
    if not _is_from_here():
        return None
    try:
        sent = list(request.form.items(multi=True))
        has_file = any(file.filename for file in request.files.values())
    except RequestEntityTooLarge:
        return None
    if any("password" in name for name, _value in sent):
        return None
    kept = [Kept(name, value.replace("\x00", "")) for name, value in sent if name != "csrf_token"]
    if not any(one.value for one in kept):
        return None
    return render_template("errors/stale_form.html", fields=kept, has_file=has_file, action=request.full_path.rstrip("?")), 400


def _is_from_here() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == request.host_url.rstrip("/")
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
