"""Files to download beside a lesson, for whoever may see the lesson."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from classprojects.classes import queries
from classprojects.classes.models import Lesson, LessonResource
from classprojects.classes.queries.resources import get_resource, list_resources
from classprojects.core import sizes
from classprojects.policy import Permission
from classprojects.web.classes.closed import closing_classes
from classprojects.web.media.serving import send_media
from classprojects.web.shared.guards import requires

bp = Blueprint("resources", __name__)
closing_classes(bp)


@dataclass(frozen=True)
class ResourceRow:
    """What ``classes/_resources.html`` shows of one file."""

    id: int
    title: str
    name: str
    facts: str
    icon: str
    url: str


def resource_rows(lesson: Lesson) -> list[ResourceRow]:
    """The files beside ``lesson``, which knows its class."""
    return [_row(lesson, resource) for resource in list_resources(lesson)]


def _row(lesson: Lesson, resource: LessonResource) -> ResourceRow:
    file = resource.file
    icons = {"image": "image", "audio": "audio-lines", "video": "video", "text": "file-text"}
    ending = file.extension.upper()
    return ResourceRow(
        resource.id,
        resource.title or file.original_name,
        file.original_name,
        f"{ending}, {sizes.in_words(file.size)}",
        icons.get(file.mime.partition("/")[0], "file-text"),
        url_for("resources.download_resource", slug=lesson.project.slug, number=lesson.number, resource_id=resource.id),
    )


@bp.get("/classes/<slug>/lessons/<int:number>/resources/<id:resource_id>")
@requires(Permission.VIEW_LESSON, on=queries.get_lesson)
def download_resource(lesson: Lesson, resource_id: int) -> Response:
    """One file beside a lesson, as it was sent: always a download, never shown (P4)."""
    file = get_resource(lesson, resource_id).file
    return send_media(file, None, download_name=file.original_name)
