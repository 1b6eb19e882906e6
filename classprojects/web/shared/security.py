"""Headers that every answer carries (OWASP ASVS 14.4), and limits on what comes in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from classprojects.gateways.storage import origin_of
from classprojects.policy import Permission
from classprojects.policy.decisions import SIGN_IN
from classprojects.settings import Settings
from classprojects.web.shared.guards import AccessDenied, current_person

#: what is not a page may be as large as this
SMALL_REQUEST = 4 * 1024 * 1024
#: what stands here is somebody's own: going back on a shared machine must not show it (ASVS 8.2.1)
PERSONAL = ("/account", "/desk", "/password/", "/email/")
#: one-time links: their addresses stay out of the Referer; its origin still goes, which CSRF protection asks for over TLS
ONE_TIME = ("/password/", "/email/")

_OTHERS = "geolocation=(), payment=(), usb=(), interest-cohort=()"
NO_SENSORS = f"camera=(), microphone=(), {_OTHERS}"
#: where somebody records what they post
RECORDING = f"camera=(self), microphone=(self), {_OTHERS}"


def install_security(app: Flask) -> None:
    """Attach headers and request limits to ``app``."""
    settings = app.config["SETTINGS"]
    checkout = settings.stripe_api_base or "https://checkout.stripe.com https://billing.stripe.com"
    # Where the store sends media itself, the browser follows us there.
    store = f" {origin_of(settings.storage_url)}" if settings.media_delivery == "redirect" else ""
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{store}",
            f"media-src 'self' blob:{store}",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            # A form's redirect counts too: subscribing leads on to the hosted checkout.
            f"form-action 'self' {_origins(checkout)}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": NO_SENSORS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # P19: works are never training material.
        "X-Robots-Tag": "noai, noimageai",
        "TDM-Reservation": "1",
    }
    if settings.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    app.session_interface = QuietSessions()

    @app.before_request
    def _limit_size() -> None:
        view = app.view_functions.get(request.endpoint or "")
        most = _most_bytes(view, settings)
        if most and current_person() is None:
            # Files are theirs to send who are signed in; nobody else fills our disk to be told so afterwards.
            most = 0
            if (request.content_length or 0) > SMALL_REQUEST:
                raise AccessDenied(SIGN_IN, Permission.UPLOAD_MEDIA, None)
        request.max_content_length = most + SMALL_REQUEST

    @app.after_request
    def _add_headers(response: Response) -> Response:
        if request.path.startswith(ONE_TIME):
            response.headers["Referrer-Policy"] = "strict-origin"
        if request.path.startswith(PERSONAL):
            response.headers["Cache-Control"] = "private, no-store"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        return response


def _most_bytes(view: Any, settings: Settings) -> int:
    """How large a file may come to ``view`` with one request."""
    if getattr(view, "accepts_piece", False) and request.mimetype == "application/offset+octet-stream":
        return settings.upload_limit
    return min(settings.form_limit, settings.upload_limit) if getattr(view, "accepts_upload", False) else 0


def allow_recording() -> None:
    """Let the page that is being answered use camera and microphone, which no other page may."""

    @after_this_request
    def _allow(response: Response) -> Response:
        response.headers["Permissions-Policy"] = RECORDING
        return response


class QuietSessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, which never travels on an answer that caches may hand to others.

    Flask renews a lasting session's cookie on every answer, feeds and sitemaps too.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie as Flask does, unless the answer is everybody's."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def _origins(addresses: str) -> str:
    return " ".join(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses.split()))
