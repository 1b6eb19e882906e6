"""Where Stripe knocks. No session, no CSRF token: the signature says who it is."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from classprojects.core.database import db, transaction
from classprojects.gateways.stripe import BadEvent, read_event
from classprojects.web.shared.guards import public
from classprojects.webhooks import actions

log = structlog.get_logger(__name__)

bp = Blueprint("webhooks", __name__)
bp.is_csrf_exempt = True  # type: ignore[attr-defined]

LARGEST_EVENT = 512 * 1024


@bp.post("/stripe/webhook")
@public
def receive_stripe_event() -> Response:
    """Verify, keep, answer: what the event means is found out later, by asking Stripe."""
    request.max_content_length = LARGEST_EVENT  # larger: 413 before anything is read
    raw = request.get_data()
    try:
        event = read_event(raw, request.headers.get("Stripe-Signature"), current_app.config["SETTINGS"].stripe_webhook_secrets)
    except BadEvent as error:
        log.warning("webhook refused", why=str(error))
        return _say("not accepted", 400)
    try:
        with transaction():
            actions.receive_event(event, raw.decode().replace("\x00", ""))
    except SQLAlchemyError as error:
        db.session.rollback()
        log.error("webhook not kept", stripe_event=event["id"], error=type(error).__name__)
        return _say("try again", 503)  # Stripe will
    return _say("kept", 200)


def _say(words: str, status: int) -> Response:
    return Response(words + "\n", status, content_type="text/plain; charset=utf-8")
