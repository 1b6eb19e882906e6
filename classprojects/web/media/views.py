"""The address of a processed version: `/media/<public_id>/<name>`."""

from __future__ import annotations

from flask import Blueprint, Response

from classprojects.core.errors import NotFound
from classprojects.media import queries
from classprojects.media.models import MediaFile
from classprojects.policy import Permission, may
from classprojects.web.media.serving import send_media
from classprojects.web.shared.guards import current_person, requires

bp = Blueprint("media", __name__)


@bp.get("/media/<public_id>/<name>")
@requires(Permission.VIEW_MEDIA, on=queries.get_file_by_public_id)
def show_media(file: MediaFile, name: str) -> Response:
    """One rendition, to whoever may see the page that it is on."""
    rendition = queries.find_rendition(file, name)
    if rendition is None:
        raise NotFound
    is_public = current_person() is None or bool(may(None, Permission.VIEW_MEDIA, file))
    return send_media(file, rendition, public=is_public)
