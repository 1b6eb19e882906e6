"""A lesson or an assignment once more, right after itself, to go on from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.classes import queries
from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.actions.outline import count_outline, next_places, number_outline, record_change
from classprojects.classes.models import Assignment, ClassProject, Lesson, LessonResource, StarterWork
from classprojects.classes.queries.resources import list_resources
from classprojects.core.database import db
from classprojects.core.errors import DomainError

#: what a copy has of its own
_OWN = frozenset(
    {"id", "number", "position", "version", "created_at", "deleted_at", "closed_at", "names_released_at", "is_preview"}
)


def duplicate_item(project: ClassProject, item: Lesson | Assignment, author: Person) -> Lesson | Assignment:
    """``item`` again, under a number of its own and right after the first one.

    Everything that it says comes along, with its files and works to start from; what happened to it does
    not: answers, versions, being closed, being free for everybody. Its files are shared, not stored twice.
    """
    _lock_class(project)
    _as_it_stands(item)
    if item.deleted_at is not None:
        raise DomainError(_("That lesson or assignment is not in the outline any more. Look at it once more."))
    kind: type[Lesson] | type[Assignment] = type(item)
    number, position = next_places(kind, project)
    mapper: Any = sa.inspect(kind)
    copied = {column.key: getattr(item, column.key) for column in mapper.column_attrs if column.key not in _OWN}
    title = _("%(title)s (copy)", title=item.title)
    copied["title"] = title if len(title) <= 120 else item.title
    copy = kind(**copied, number=number, position=position)
    db.session.add(copy)
    db.session.flush()
    if isinstance(item, Lesson):
        for resource in list_resources(item):
            db.session.add(
                LessonResource(lesson_id=copy.id, file_id=resource.file_id, title=resource.title, position=resource.position)
            )
    else:
        for place, work in enumerate(queries.list_starters(item)):
            db.session.add(StarterWork(assignment_id=copy.id, work_id=work.id, position=place))
    db.session.flush()
    outline = queries.get_class_by_id(project.id).outline
    placed = next(one for one in outline if one.kind == copy.kind and one.id == copy.id)
    outline.remove(placed)
    before = next(at for at, one in enumerate(outline) if one.kind == item.kind and one.id == item.id)
    outline.insert(before + 1, placed)
    number_outline(project, outline)
    record_change(project, placed, author, _("New lesson") if isinstance(item, Lesson) else _("New assignment"))
    count_outline(project)
    return placed
