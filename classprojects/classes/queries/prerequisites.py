"""What has to be answered before something opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from classprojects.classes.models import Assignment, ClassProject, Lesson, Prerequisite
from classprojects.core.database import db

#: a lesson or an assignment: its kind and its id
Place = tuple[str, int]


def find_prerequisites(project: ClassProject) -> dict[Place, list[Assignment]]:
    """What each lesson and assignment of the class waits for, in the order of the outline; what waits for nothing is not in it.

    Assignments that were taken out hold nobody back.
    """
    known = {assignment.id: assignment for assignment in project.assignments}
    found: dict[Place, list[Assignment]] = defaultdict(list)
    for row in list_prerequisites(project.id):
        if row.requires_id in known:
            found[place_of(row)].append(known[row.requires_id])
    return {place: sorted(needed, key=lambda one: one.position) for place, needed in found.items()}


def list_prerequisites(class_id: int) -> list[Prerequisite]:
    """Every rule of the class."""
    return list(db.session.scalars(sa.select(Prerequisite).where(Prerequisite.class_id == class_id)))


def place_of(row: Prerequisite) -> Place:
    """What a rule is about."""
    return ("lesson", row.lesson_id) if row.lesson_id is not None else ("assignment", row.assignment_id or 0)


def list_waiting_for(project: ClassProject, assignment: Assignment) -> list[Lesson | Assignment]:
    """What opens once ``assignment`` was answered, in the order of the outline."""
    waiting = {
        place_of(row) for row in list_prerequisites(project.id) if row.requires_id == assignment.id
    }
    return [item for item in project.outline if (item.kind, item.id) in waiting]


def find_way(edges: Mapping[int, Iterable[int]], start: int, end: int) -> list[int]:
    """How one comes from ``start`` to ``end`` along ``edges`` (what each waits for); empty where one does not."""
    came: dict[int, int] = {start: start}
    todo = [start]
    while todo:
        at = todo.pop()
        if at == end:
            way = [at]
            while at != start:
                at = came[at]
                way.append(at)
            return way[::-1]
        for beyond in edges.get(at, ()):
            if beyond not in came:
                came[beyond] = at
                todo.append(beyond)
    return []
