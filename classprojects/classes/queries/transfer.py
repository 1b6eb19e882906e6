"""What is carried elsewhere: the files and works of a class, and the files that classes are made out of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    Assignment,
    ClassImport,
    ClassProject,
    ImportState,
    Lesson,
    LessonResource,
    StarterWork,
)
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.media.models import MediaFile


def list_resources_in(project: ClassProject) -> dict[int, list[LessonResource]]:
    """What one may download beside each lesson, by the lesson's id."""
    statement = (
        sa.select(LessonResource)
        .join(Lesson, Lesson.id == LessonResource.lesson_id)
        .where(Lesson.class_id == project.id, Lesson.deleted_at.is_(None))
        .order_by(LessonResource.position, LessonResource.id)
        .options(joinedload(LessonResource.file))
    )
    found: dict[int, list[LessonResource]] = defaultdict(list)
    for resource in db.session.scalars(statement):
        found[resource.lesson_id].append(resource)
    return found


def list_starter_ids_in(project: ClassProject) -> dict[int, list[int]]:
    """The works that each assignment offers to remix, by the assignment's id."""
    statement = (
        sa.select(StarterWork.assignment_id, StarterWork.work_id)
        .join(Assignment, Assignment.id == StarterWork.assignment_id)
        .where(Assignment.class_id == project.id, Assignment.deleted_at.is_(None))
        .order_by(StarterWork.position, StarterWork.work_id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for assignment_id, work_id in db.session.execute(statement):
        found[assignment_id].append(work_id)
    return found


def find_files(file_ids: Collection[int]) -> dict[int, MediaFile]:
    """Media files by their ids."""
    if not file_ids:
        return {}
    return {file.id: file for file in db.session.scalars(sa.select(MediaFile).where(MediaFile.id.in_(file_ids)))}


def get_import(import_id: int) -> ClassImport:
    """The import with its person and its class; raises NotFound."""
    coming = find_import(import_id)
    if coming is None:
        raise NotFound
    return coming


def find_import(import_id: int) -> ClassImport | None:
    """As :func:`get_import`, None where there is none."""
    statement = (
        sa.select(ClassImport)
        .where(ClassImport.id == import_id)
        .options(joinedload(ClassImport.person).selectinload(Person.roles), joinedload(ClassImport.project))
    )
    return db.session.scalar(statement.execution_options(populate_existing=True))


def find_import_by_key(storage_key: str) -> ClassImport | None:
    """The import that a sent file began."""
    return db.session.scalar(sa.select(ClassImport).where(ClassImport.storage_key == storage_key))


def list_imports_of(person: Person, limit: int = 10) -> list[ClassImport]:
    """The last files that somebody sent, the newest first."""
    statement = sa.select(ClassImport).where(ClassImport.person_id == person.id).order_by(ClassImport.id.desc())
    return list(db.session.scalars(statement.limit(limit).options(selectinload(ClassImport.project))))


def count_waiting_imports(person: Person) -> int:
    """How many of somebody's files are not done with."""
    waiting = ClassImport.state.in_([ImportState.WAITING, ImportState.WORKING])
    return db.session.scalar(sa.select(sa.func.count()).where(ClassImport.person_id == person.id, waiting)) or 0


def list_stale_import_ids(now: datetime, before: datetime, limit: int = 50) -> list[int]:
    """Imports that nobody is at: never begun since ``before``, to be tried again, or left by a worker that died."""
    statement = (
        sa.select(ClassImport.id)
        .where(
            ClassImport.state.in_([ImportState.WAITING, ImportState.WORKING]),
            ClassImport.created_at < before,
            sa.or_(ClassImport.locked_until.is_(None), ClassImport.locked_until < now),
        )
        .order_by(ClassImport.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def list_waiting_keys(keys: Collection[str]) -> set[str]:
    """Those of these stored files that an import still needs."""
    waiting = ClassImport.state.in_([ImportState.WAITING, ImportState.WORKING])
    return set(db.session.scalars(sa.select(ClassImport.storage_key).where(ClassImport.storage_key.in_(keys), waiting)))
