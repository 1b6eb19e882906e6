"""Processed versions at `/media/<public_id>/<name>`, and asking for them once more."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from classprojects.core.database import transaction
from classprojects.core.errors import NotFound
from classprojects.media import actions, queries
from classprojects.media.models import MediaFile
from classprojects.policy import Permission, may
from classprojects.web.media.serving import send_media
from classprojects.web.shared.arguments import safe_next
from classprojects.web.shared.guards import current_person, requires
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("media", __name__)


@bp.get("/media/<public_id>/<name>")
@requires(Permission.VIEW_MEDIA, on=queries.get_file_showing)
def show_media(file: MediaFile) -> Response:
    """One rendition, to whoever may see the page that it is on."""
    if not file.renditions:
        raise NotFound
    is_public = current_person() is None or bool(may(None, Permission.VIEW_MEDIA, file))
    return send_media(file, file.renditions[0], public=is_public)


@bp.post("/media/<public_id>/processing")
@requires(Permission.RETRY_MEDIA, on=queries.get_file_by_public_id)
@limiter.limit(POSTING, key_func=per_person)
def retry_processing(file: MediaFile) -> BaseResponse:
    """Try once more to prepare a file that failed, and go back to the page that it is on."""
    with transaction():
        actions.retry_file(file)
    return redirect(safe_next(request.form.get("next")) or "/", 303)
