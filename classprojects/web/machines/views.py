"""Addresses that machines ask: health, robots."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from classprojects.core.database import db
from classprojects.gateways import queue
from classprojects.web.shared.guards import public

bp = Blueprint("machines", __name__)


@bp.get("/healthz")
@public
def show_health() -> Response:
    """This process answers."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
@public
def show_readiness() -> tuple[Response, int]:
    """Whether database and Redis answer; 503 names what does not."""
    parts = {"database": _database_answers(), "redis": queue.is_reachable()}
    ready = all(parts.values())
    words = {name: "ok" if fine else "unavailable" for name, fine in parts.items()}
    return jsonify({"status": "ok" if ready else "unavailable", **words}), 200 if ready else 503


def _database_answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True
