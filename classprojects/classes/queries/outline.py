"""Lessons and assignments, and what changed in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.classes.models import (
    Assignment,
    ClassProject,
    Lesson,
    OutlineChange,
    StarterWork,
)
from classprojects.classes.queries.classes import get_class
from classprojects.core.database import db
from classprojects.core.errors import NotFound
from classprojects.core.pagination import PAGE_SIZE, Page, keyset_page
from classprojects.works.models import Work, WorkStatus
from classprojects.works.queries import for_card


def get_lesson(slug: str, number: int) -> Lesson:
    """The lesson with its class's whole outline and its file's renditions; raises NotFound."""
    project = get_class(slug)
    for lesson in project.lessons:
        if lesson.number == number:
            return lesson
    raise NotFound


def get_assignment(slug: str, number: int) -> Assignment:
    """The assignment with its class's whole outline; raises NotFound."""
    project = get_class(slug)
    for assignment in project.assignments:
        if assignment.number == number:
            return assignment
    raise NotFound


def list_starters(assignment: Assignment) -> list[Work]:
    """The works that the assignment offers to remix, whoever asks."""
    statement = (
        sa.select(Work)
        .join(StarterWork, StarterWork.work_id == Work.id)
        .where(StarterWork.assignment_id == assignment.id, Work.status == WorkStatus.PUBLISHED)
        .order_by(StarterWork.position)
        .options(*for_card())
    )
    return list(db.session.scalars(statement))


def find_assignment_by_id(assignment_id: int) -> Assignment | None:
    """The assignment with this id, also a deleted one."""
    return db.session.get(Assignment, assignment_id)


def find_deleted_item(project: ClassProject, kind: str, number: int) -> Lesson | Assignment | None:
    """The lesson or assignment of this number that was taken out of the outline."""
    kinds: dict[str, type[Lesson] | type[Assignment]] = {"lesson": Lesson, "assignment": Assignment}
    model = kinds.get(kind)
    if model is None or number < 1:
        return None
    item: Any = db.session.scalar(
        sa.select(model).where(model.class_id == project.id, model.number == number, model.deleted_at.is_not(None))
    )
    return item


def list_deleted_items(project: ClassProject, most: int = 20) -> list[Lesson | Assignment]:
    """What was taken out of the outline, the last first."""
    found: list[Lesson | Assignment] = []
    for model in (Lesson, Assignment):
        statement = (
            sa.select(model)
            .where(model.class_id == project.id, model.deleted_at.is_not(None))
            .order_by(model.deleted_at.desc(), model.id.desc())
            .limit(most)
        )
        found.extend(db.session.scalars(statement))
    return sorted(found, key=lambda item: (item.deleted_at, item.id), reverse=True)[:most]


def find_classes_with_cover(file_id: int) -> list[ClassProject]:
    """Classes that have this file as their cover."""
    return list(db.session.scalars(sa.select(ClassProject).where(ClassProject.cover_file_id == file_id)))


def list_changes(project: ClassProject, after: str | None = None, size: int = PAGE_SIZE) -> Page[OutlineChange]:
    """One page of the edits that learners had the earlier version of, newest first."""
    statement = (
        sa.select(OutlineChange)
        .where(OutlineChange.class_id == project.id, OutlineChange.was_published)
        .options(joinedload(OutlineChange.author))
    )
    page: Page[OutlineChange] = keyset_page(db.session, statement, [(OutlineChange.id, int)], after, size)
    return page


def find_version(item: Lesson | Assignment, version: int) -> OutlineChange | None:
    """What a lesson or assignment said in this version."""
    column = OutlineChange.lesson_id if isinstance(item, Lesson) else OutlineChange.assignment_id
    return db.session.scalar(sa.select(OutlineChange).where(column == item.id, OutlineChange.version == version))


def list_assignments_from(assignment: Assignment) -> list[Assignment]:
    """The assignments whose answers build on ``assignment``'s."""
    return list(
        db.session.scalars(
            sa.select(Assignment).where(
                Assignment.from_assignment_id == assignment.id, Assignment.deleted_at.is_(None)
            )
        )
    )
