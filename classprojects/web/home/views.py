"""Home, and the pages that explain the place."""

from __future__ import annotations

from flask import Blueprint, render_template

from classprojects.web.shared.guards import public

bp = Blueprint("home", __name__)


@bp.get("/")
@public
def show_home() -> str:
    """The front door."""
    return render_template("home/show_home.html")
