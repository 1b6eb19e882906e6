"""Files beside lessons: to download, and what is said of a film."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.classes.models import ClassProject, Lesson, LessonResource
from classprojects.core.database import db
from classprojects.core.errors import NotFound


def list_resources(lesson: Lesson) -> list[LessonResource]:
    """What one may download beside ``lesson``, in its order."""
    statement = (
        sa.select(LessonResource)
        .where(LessonResource.lesson_id == lesson.id)
        .order_by(LessonResource.position, LessonResource.id)
        .options(joinedload(LessonResource.file))
    )
    return list(db.session.scalars(statement))


def get_resource(lesson: Lesson, resource_id: int) -> LessonResource:
    """One file of ``lesson``; raises NotFound, also for another lesson's."""
    resource = db.session.scalar(
        sa.select(LessonResource)
        .where(LessonResource.id == resource_id, LessonResource.lesson_id == lesson.id)
        .options(joinedload(LessonResource.file))
    )
    if resource is None:
        raise NotFound
    return resource


def find_lessons_with_file(file_id: int) -> list[Lesson]:
    """Lessons that show this file, with their class: who may see the file follows."""
    return _lessons(Lesson.file_id == file_id)


def find_lessons_described_by(file_id: int) -> list[Lesson]:
    """Lessons whose film this sound describes, with their class."""
    return _lessons(Lesson.description_file_id == file_id)


def find_lessons_handing_out(file_id: int) -> list[Lesson]:
    """Lessons beside which this file is there to download, with their class."""
    return _lessons(Lesson.id.in_(sa.select(LessonResource.lesson_id).where(LessonResource.file_id == file_id)))


def _lessons(which: sa.ColumnElement[bool]) -> list[Lesson]:
    statement = sa.select(Lesson).where(which, Lesson.deleted_at.is_(None)).options(joinedload(Lesson.project))
    return list(db.session.scalars(statement))


def find_classes_with_trailer(file_id: int) -> list[ClassProject]:
    """Classes that have this file as their trailer."""
    return list(db.session.scalars(sa.select(ClassProject).where(ClassProject.trailer_file_id == file_id)))
