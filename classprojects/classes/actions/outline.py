"""The outline: its order, what comes back into it, and what it said in each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import _lock_class
from classprojects.classes.actions.prerequisites import check_order, drop_lost_rules
from classprojects.classes.models import Assignment, ClassProject, Lesson, OutlineChange
from classprojects.classes.queries.resources import list_resources
from classprojects.core.database import db
from classprojects.core.errors import DomainError


def restore_item(project: ClassProject, item: Lesson | Assignment) -> None:
    """Bring a deleted lesson or assignment back to where it was, whatever was done to the outline since.

    What it builds on must be there: that comes back first. Where that stands later by now, it comes right after it.
    """
    _lock_class(project)
    outline = queries.get_class_by_id(project.id).outline
    source_id = item.from_assignment_id if isinstance(item, Assignment) else None
    source = next((one for one in outline if one.kind == "assignment" and one.id == source_id), None)
    if source_id is not None and source is None:
        lost = queries.find_assignment_by_id(source_id)
        raise DomainError(
            _("“%(title)s” builds on “%(other)s”, which is out of the outline too. Bring that back first.",
              title=item.title, other=lost.title if lost is not None else "")
        )
    item.deleted_at = None
    db.session.flush()
    drop_lost_rules(project, item)
    if source is not None and source.position >= item.position:
        outline = [one for one in queries.get_class_by_id(project.id).outline if one is not item]
        outline.insert(outline.index(source) + 1, item)
        number_outline(project, outline)
    count_outline(project)


def move_item(project: ClassProject, item: Lesson | Assignment, up: bool) -> None:
    """Change places with the neighbour above or below; at the end of the outline nothing happens."""
    _lock_class(project)
    outline = queries.get_class_by_id(project.id).outline
    at = next(index for index, one in enumerate(outline) if one.kind == item.kind and one.id == item.id)
    to = at - 1 if up else at + 1
    if 0 <= to < len(outline):
        outline[at], outline[to] = outline[to], outline[at]
        number_outline(project, outline)


def reorder_outline(
    project: ClassProject, order: Sequence[tuple[str, int]], seen: Sequence[tuple[str, int]] | None = None
) -> None:
    """Put the whole outline into this order of (kind, number); refused unless it names each item once.

    ``seen``: the order that somebody looked at when they moved something; it is refused when that is not the
    order any more, so that nobody undoes what somebody else did meanwhile without knowing.
    """
    _lock_class(project)
    items = {(item.kind, item.number): item for item in queries.get_class_by_id(project.id).outline}
    if seen is not None and list(seen) != list(items):
        raise DomainError(_("Somebody else changed the outline meanwhile. This is how it stands now; nothing was moved."))
    if len(order) != len(items) or set(order) != set(items):
        raise DomainError(_("The outline changed meanwhile, so that this order no longer fits. Look at it once more."))
    number_outline(project, [items[key] for key in order])


def number_outline(project: ClassProject, outline: Sequence[Lesson | Assignment]) -> None:
    """Number ``outline`` from 1 in this order; refused where something would come before what it builds on."""
    check_order(project, outline)
    places = {item.id: number for number, item in enumerate(outline, 1) if isinstance(item, Assignment)}
    for number, item in enumerate(outline, 1):
        source = item.from_assignment_id if isinstance(item, Assignment) else None
        if source is not None and places.get(source, 0) >= number:
            raise DomainError(
                _("“%(title)s” builds on a classmate's answer to an earlier assignment, so it must stay after that one.",
                  title=item.title)
            )
        item.position = number
    db.session.flush()


def next_places(kind: type[Lesson] | type[Assignment], project: ClassProject) -> tuple[int, int]:
    """The next number of this kind (deleted ones keep theirs) and the place after the last of the outline."""
    number = db.session.scalar(sa.select(sa.func.max(kind.number)).where(kind.class_id == project.id)) or 0
    last = 0
    for model in (Lesson, Assignment):
        last = max(last, db.session.scalar(sa.select(sa.func.max(model.position)).where(model.class_id == project.id)) or 0)
    return number + 1, last + 1


def record_change(project: ClassProject, item: Lesson | Assignment, author: Person, note: str) -> None:
    """Keep what ``item`` says in its present version."""
    if isinstance(item, Lesson):
        content: dict[str, Any] = {
            "title": item.title, "body": item.body, "file_id": item.file_id, "captions": item.captions,
            "captions_language": item.captions_language, "transcript": item.transcript, "chapters": item.chapters,
            "description_file_id": item.description_file_id, "is_preview": item.is_preview, "minutes": item.minutes,
            "resources": [{"file_id": one.file_id, "title": one.title} for one in list_resources(item)],
        }
    else:
        content = {
            "title": item.title, "brief": item.brief, "media_allowed": item.media_allowed, "minutes": item.minutes,
            "from_assignment_id": item.from_assignment_id, "feedback_count": item.feedback_count,
            "is_required": item.is_required, "is_closed": item.is_closed, "rubric": item.rubric,
            "is_anonymous": item.is_anonymous,
        }
    db.session.add(
        OutlineChange(
            class_id=project.id,
            lesson_id=item.id if isinstance(item, Lesson) else None,
            assignment_id=item.id if isinstance(item, Assignment) else None,
            version=item.version,
            author_id=author.id,
            note=note,
            content=content,
            was_published=project.is_running,
        )
    )
    db.session.flush()


def count_outline(project: ClassProject) -> None:
    """Keep the numbers that cards show, and the outline that the caller holds, as they are now."""
    fresh = queries.get_class_by_id(project.id)
    fresh.lessons_count, fresh.assignments_count = len(fresh.lessons), len(fresh.assignments)
    minutes = [assignment.minutes for assignment in fresh.assignments if assignment.minutes]
    fresh.assignments_minutes = round(sum(minutes) / len(minutes)) if minutes else 0
    db.session.flush()
