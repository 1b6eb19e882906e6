"""The trailer of a class: what everybody who sees its page may play."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for

from classprojects.classes import queries
from classprojects.classes.models import ClassProject
from classprojects.core.errors import NotFound
from classprojects.policy import Permission
from classprojects.web.classes.shown import language_name, show_file
from classprojects.web.shared.guards import requires

bp = Blueprint("trailers", __name__)


@bp.app_template_global()
def trailer_of(project: ClassProject) -> dict[str, Any] | None:
    """What ``classes/_trailer.html`` shows; None where there is no trailer, or none that could be prepared yet."""
    shown = show_file(project.trailer)
    if shown.sources is None or not shown.sources.is_ready:
        return None
    return {"shown": shown, "captions": trailer_captions(project)}


def trailer_captions(project: ClassProject) -> list[dict[str, str]]:
    """The captions track of the trailer, as the player takes it."""
    if not project.trailer_captions or project.trailer_file_id is None:
        return []
    address = url_for("trailers.show_trailer_captions", slug=project.slug, v=project.version)
    return [{"url": address, "language": project.language, "label": language_name(project.language)}]


@bp.get("/classes/<slug>/trailer.vtt")
@requires(Permission.VIEW_CLASS, on=queries.get_class)
def show_trailer_captions(project: ClassProject) -> Response:
    """The captions of the trailer, to whoever sees the class."""
    if not project.trailer_captions:
        raise NotFound
    response = Response(project.trailer_captions, mimetype="text/vtt")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
