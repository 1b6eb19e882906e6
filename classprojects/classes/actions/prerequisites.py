"""What opens after what: rules between lessons and assignments of one class, never in a circle."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from classprojects.classes import queries
from classprojects.classes.actions.building import _lock_class
from classprojects.classes.models import Assignment, ClassProject, Lesson, Prerequisite
from classprojects.classes.queries.prerequisites import (
    find_prerequisites,
    find_way,
    list_prerequisites,
    list_waiting_for,
)
from classprojects.core.database import db
from classprojects.core.errors import DomainError

#: of one lesson or assignment
MOST = 20


def require_answers(project: ClassProject, item: Lesson | Assignment, numbers: Sequence[int]) -> None:
    """Let ``item`` open once the assignments of these numbers were answered; none: it is open from the start.

    Raises DomainError in words for an assignment that is not there, comes later, is closed,
    or waits for ``item`` itself, directly or by others.
    """
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    outline = {(one.kind, one.id): one for one in project.outline}
    if (item.kind, item.id) not in outline:
        raise DomainError(_("That lesson or assignment is not in the outline any more. Look at it once more."))
    wanted, before = _named(project, numbers), find_prerequisites(project).get((item.kind, item.id), [])
    if isinstance(item, Assignment):
        _check_circles(project, item, wanted)
    for needed in wanted:
        if needed.position >= item.position:
            raise DomainError(
                _("“%(later)s” comes after “%(title)s” in the outline, so that nobody could have answered it by then. "
                  "Choose an earlier one, or move it.", later=needed.title, title=item.title),
                field="requires",
            )
        if needed.is_closed and needed not in before:
            raise DomainError(
                _("“%(title)s” takes no new answers, so nothing can wait for it.", title=needed.title), field="requires"
            )
    _write(project, item, wanted)


def _named(project: ClassProject, numbers: Sequence[int]) -> list[Assignment]:
    known = {assignment.number: assignment for assignment in project.assignments}
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > MOST:
        raise DomainError(_("At most %(max)d assignments to wait for.", max=MOST), field="requires")
    if any(number not in known for number in wanted):
        raise DomainError(_("One of these assignments is not in this class any more."), field="requires")
    return [known[number] for number in wanted]


def _check_circles(project: ClassProject, item: Assignment, wanted: Sequence[Assignment]) -> None:
    """Nothing waits for itself, whatever way round: then it would never open."""
    titles = {assignment.id: assignment.title for assignment in project.assignments}
    edges = {
        place[1]: [needed.id for needed in needs]
        for place, needs in find_prerequisites(project).items()
        if place[0] == "assignment" and place[1] != item.id
    }
    for needed in wanted:
        if needed.id == item.id:
            raise DomainError(_("An assignment cannot wait for itself."), field="requires")
        way = find_way(edges, needed.id, item.id)
        if len(way) == 2:
            raise DomainError(
                _("“%(other)s” waits for “%(title)s” already. If each waited for the other, neither would ever open.",
                  other=needed.title, title=item.title),
                field="requires",
            )
        if way:
            raise DomainError(
                _("“%(other)s” waits for “%(title)s” already, by way of “%(between)s”. In a circle nothing would ever open.",
                  other=needed.title, title=item.title, between="”, “".join(titles[one] for one in way[1:-1])),
                field="requires",
            )


def _write(project: ClassProject, item: Lesson | Assignment, wanted: Sequence[Assignment]) -> None:
    column = Prerequisite.lesson_id if isinstance(item, Lesson) else Prerequisite.assignment_id
    db.session.execute(sa.delete(Prerequisite).where(column == item.id))
    for needed in wanted:
        db.session.add(
            Prerequisite(
                class_id=project.id,
                lesson_id=item.id if isinstance(item, Lesson) else None,
                assignment_id=item.id if isinstance(item, Assignment) else None,
                requires_id=needed.id,
            )
        )
    db.session.flush()


def check_nothing_waits(project: ClassProject, assignment: Assignment) -> None:
    """Refuse to take out an assignment that something opens after."""
    waiting = list_waiting_for(project, assignment)
    if waiting:
        raise DomainError(
            _("“%(title)s” opens after this assignment. Take that rule away first.", title=waiting[0].title)
        )


def check_order(project: ClassProject, outline: Sequence[Lesson | Assignment]) -> None:
    """Refuse an order of the outline in which something waits for what comes later."""
    needs = find_prerequisites(project)
    passed: set[int] = set()
    for item in outline:
        for needed in needs.get((item.kind, item.id), ()):
            if needed.id not in passed:
                raise DomainError(
                    _("“%(title)s” opens after “%(needed)s”, so it must stay after it.", title=item.title, needed=needed.title)
                )
        if isinstance(item, Assignment):
            passed.add(item.id)


def drop_lost_rules(project: ClassProject, item: Lesson | Assignment) -> None:
    """``item`` came back into the outline: what it waited for and can wait for no longer is let go."""
    fresh = queries.get_class_by_id(project.id)
    known = {assignment.id: assignment for assignment in fresh.assignments}
    for row in list_prerequisites(project.id):
        mine = row.lesson_id == item.id if isinstance(item, Lesson) else row.assignment_id == item.id
        needed = known.get(row.requires_id)
        if mine and (needed is None or needed.position >= item.position):
            db.session.delete(row)
    db.session.flush()
