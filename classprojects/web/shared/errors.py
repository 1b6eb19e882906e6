"""Refusals and mistakes as pages (or JSON), each with a way on."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from classprojects.core.database import db
from classprojects.core.errors import DomainError, NotFound, Refused
from classprojects.policy import Reason
from classprojects.web.shared.arguments import wants_json
from classprojects.web.shared.guards import AccessDenied, current_person
from classprojects.web.shared.stale_forms import show_stale_form

log = structlog.get_logger(__name__)

#: our own pages; any other status of Werkzeug's falls back to its family
PAGES = {400: "400", 403: "403", 404: "404", 405: "405", 413: "413", 422: "422", 429: "429", 500: "500", 503: "maintenance"}


def install_error_pages(app: Flask) -> None:
    """Turn every exception into an answer in words."""
    app.register_error_handler(AccessDenied, show_denied)
    app.register_error_handler(NotFound, lambda error: _show(404, error.message))
    app.register_error_handler(Refused, lambda error: _show(403, error.message))
    app.register_error_handler(DomainError, lambda error: _show(422, error.message))
    app.register_error_handler(CSRFError, _show_stale_form)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(OperationalError, _show_database_trouble)
    app.register_error_handler(Exception, _show_mistake)


def _show(status: int, message: str = "", **more: Any) -> Any:
    if wants_json():
        return jsonify({"error": {"status": status, "message": message}}), status
    page = PAGES.get(status, "500" if status >= 500 else "400")
    return render_template(f"errors/{page}.html", message=message, status=status, **more), status


def show_denied(error: AccessDenied) -> Any:
    reason, message = error.decision.reason, str(error.decision.message)
    if reason is Reason.HIDDEN:
        return _show(404, message)
    if reason is Reason.SIGN_IN:
        if wants_json():
            return _show(401, message)
        # Coming back makes sense only to a page that can be opened by its address.
        back = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else _referring_page()
        return redirect(url_for("accounts.sign_in", next=back or None), 303)
    if reason is Reason.MEMBERS and not wants_json():
        return render_template("billing/paywall.html", message=message, target=error.target), 403
    return _show(403, message)


def _referring_page() -> str | None:
    """The path of the page that the form was on, when it is one of ours."""
    referrer = request.referrer or ""
    host = request.host_url
    return "/" + referrer.removeprefix(host) if referrer.startswith(host) else None


def _show_stale_form(error: CSRFError) -> Any:
    kept = None if wants_json() else show_stale_form()
    if kept is not None:
        return kept
    return _show(400, _("This form was open for too long, or came from another page. Go back, reload and send it again."))


def _show_http(error: HTTPException) -> Any:
    if error.code is not None and 300 <= error.code < 400:
        return error
    answer = _show(error.code or 500)
    response = Response(answer[0], answer[1]) if isinstance(answer[0], str) else answer
    if isinstance(response, tuple):
        response[0].status_code = answer[1]
        response = response[0]
    for name, value in error.get_headers():
        if name.lower() in {"retry-after", "allow"}:
            response.headers[name] = value
    if error.code == 429 and "Retry-After" not in response.headers:
        response.headers["Retry-After"] = "60"
    return response


def _let_go() -> None:
    """End the broken transaction, and load who asks anew for the error page: the rollback left their row unreadable.

    Where the database is away the page is a visitor's.
    """
    db.session.expunge_all()
    db.session.rollback()
    g.pop("_login_user", None)
    try:
        current_person()
    except SQLAlchemyError:
        db.session.rollback()
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def _show_database_trouble(error: OperationalError) -> Any:
    _let_go()
    log.error("database unavailable", error=type(error.orig).__name__)
    return _show(503)


def _show_mistake(error: Exception) -> Any:
    _let_go()
    log.exception("unexpected error")
    return _show(500, request_id=g.get("request_id"))
