"""Files to download beside a lesson: added, named, put in order, taken away. Each change is a version of the lesson."""

from __future__ import annotations

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes.actions.building import EditedMeanwhile, _as_it_stands, _lock_class
from classprojects.classes.actions.lessons import note_version
from classprojects.classes.models import ClassProject, Lesson, LessonResource
from classprojects.classes.queries.resources import list_resources
from classprojects.core.database import db
from classprojects.core.errors import DomainError, NotFound
from classprojects.media.models import MediaFile, MediaKind

MOST = 20


def add_resource(project: ClassProject, lesson: Lesson, file: MediaFile, title: str, author: Person) -> LessonResource:
    """One more file to download, after the others. Nothing is lost to an edit meanwhile: it only adds."""
    _lock_class(project)
    _as_it_stands(lesson)
    known = list_resources(lesson)
    if len(known) >= MOST:
        raise DomainError(_("At most %(most)d files to download beside a lesson. Put several into one ZIP.", most=MOST), field="file")
    if file.kind is not MediaKind.DOCUMENT:
        raise DomainError(_("This file was sent for something else. Choose it again."), field="file")
    resource = LessonResource(
        lesson_id=lesson.id, file_id=file.id, title=title, position=max((one.position for one in known), default=0) + 1
    )
    db.session.add(resource)
    db.session.flush()
    note_version(project, lesson, author, _("New file to download: %(name)s", name=title or file.original_name)[:300])
    return resource


def change_resources(
    project: ClassProject, lesson: Lesson, titles: dict[int, str], version: int, author: Person,
    *, removed: int | None = None, moved: tuple[int, bool] | None = None,
) -> None:
    """Name the files (id to title); besides take one away, or move one up (True) or down. Raises EditedMeanwhile."""
    _lock_class(project)
    _as_it_stands(lesson)
    if lesson.version != version:
        raise EditedMeanwhile
    resources = list_resources(lesson)
    ids = [one.id for one in resources]
    if any(one is not None and one not in ids for one in (removed, moved[0] if moved else None)):
        raise NotFound
    if moved is not None:
        at = ids.index(moved[0])
        to = at - 1 if moved[1] else at + 1
        if 0 <= to < len(resources):
            resources[at], resources[to] = resources[to], resources[at]
    for place, resource in enumerate(resources, start=1):
        resource.title = titles.get(resource.id, resource.title)
        resource.position = place
        if resource.id == removed:
            db.session.delete(resource)
    db.session.flush()
    note_version(project, lesson, author, _("Files to download"))
