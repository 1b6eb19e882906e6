"""Rate limits, counted in Redis; in this process's memory while Redis is away."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from classprojects.web.shared.guards import current_person


def per_person() -> str:
    """Who counts as one: the person when signed in, else the address."""
    person = current_person()
    return f"person:{person.id}" if person else f"address:{get_remote_address()}"


def per_name() -> str:
    """The name that somebody tries to sign in with: hashed, since a limit that is reached is logged with its key."""
    name = request.form.get("email", "").strip().lower()
    return f"name:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}"


limiter = Limiter(key_func=get_remote_address)

#: what each kind of thing may be done how often
SIGN_IN = "10 per minute; 60 per hour"
SIGN_UP = "10 per hour"
SEND_MAIL = "5 per hour"
POSTING = "30 per minute; 300 per hour"
#: a draft that is kept while somebody types
AUTOSAVE = "120 per minute; 3000 per hour"
#: what costs us a third of a second at worst, and that anybody may ask for
COMPARING = "60 per minute"
#: what asks somebody else for an answer
SUGGESTING = "10 per hour; 40 per day"


def install_limits(app: Flask) -> None:
    """Count for ``app`` in the Redis that its settings name."""
    settings = app.config["SETTINGS"]
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=_storage_address(settings.redis_url),
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_STRATEGY="moving-window",
    )

    @app.after_request
    def _ask_for_no_pause(response: Response) -> Response:
        # The limiter says Retry-After on every answer that it counted; after a success nobody has to wait.
        if response.status_code not in {429, 503}:
            response.headers.pop("Retry-After", None)
        return response

    limiter.init_app(app)


def _storage_address(url: str) -> str:
    """The limiter's spelling of the same Redis."""
    return "redis+" + url if url.startswith("unix://") else url
