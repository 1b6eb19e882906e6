"""The studio's one blueprint: the modules beside it put their pages on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("studio", __name__, url_prefix="/studio")
