"""What stands in the address after the question mark: cleaned, never trusted."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Response, after_this_request, request
from werkzeug.routing import BaseConverter, ValidationError

from classprojects.core.database import MAX_ID
from classprojects.web.shared.forms import one_line


class IdConverter(BaseConverter):
    """``<id:work_id>``: a positive number that both databases can hold; else 404."""

    regex = r"[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if not 0 < number <= MAX_ID:
            raise ValidationError
        return number


def text_argument(name: str, limit: int = 200) -> str:
    """The argument as one clean line of at most ``limit`` characters; '' when absent."""
    return str(one_line(request.args.get(name, "")))[:limit]


def choice_argument(name: str, choices: Iterable[str], default: str = "") -> str:
    """The argument if it is one of ``choices``, else ``default``."""
    value = request.args.get(name, "")
    return value if value in set(choices) else default


def safe_next(value: str | None) -> str | None:
    """``value`` if it leads to a page of ours (an absolute path), else None."""
    if not value or not value.startswith("/") or value.startswith(("//", "/\\")) or any(c in value for c in "\r\n\t\\\x00"):
        return None
    parts = urlsplit(value)
    return value if not parts.scheme and not parts.netloc else None


def wants_json() -> bool:
    """Whether the caller asked for JSON rather than a page. Caches are told that the answer depends on it."""
    _vary_by("Accept")
    if "Tus-Resumable" in request.headers:
        return True  # a program that sends a file in pieces
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def is_fragment_request() -> bool:
    """Whether htmx asks for a part of the page (history restoration wants all of it). Caches are told."""
    _vary_by("HX-Request")
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def _vary_by(header: str) -> None:
    """Whoever looks at a header makes the answer depend on it: then a page is not kept as JSON, or a part as the whole."""

    @after_this_request
    def _add(response: Response) -> Response:
        response.vary.add(header)
        return response
