"""What lessons, assignments and the page of a class said in each version that learners had before them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from classprojects.classes.models import Assignment, Attempt, Lesson, OutlineChange, Submission
from classprojects.core.database import db
from classprojects.core.errors import NotFound


def find_before(changes: Iterable[OutlineChange]) -> dict[int, OutlineChange]:
    """By the id of each change: what stood there in the version before it, where there was one."""
    wanted = list(changes)
    ors = [_same_thing(change) & (OutlineChange.version == change.version - 1) for change in wanted]
    if not ors:
        return {}
    found = {_key(one, 1): one for one in db.session.scalars(sa.select(OutlineChange).where(sa.or_(*ors)))}
    return {change.id: found[_key(change)] for change in wanted if _key(change) in found}


def _same_thing(change: OutlineChange) -> sa.ColumnElement[bool]:
    if change.lesson_id is not None:
        return OutlineChange.lesson_id == change.lesson_id
    if change.assignment_id is not None:
        return OutlineChange.assignment_id == change.assignment_id
    return (
        (OutlineChange.class_id == change.class_id)
        & OutlineChange.lesson_id.is_(None)
        & OutlineChange.assignment_id.is_(None)
    )


def _key(change: OutlineChange, later: int = 0) -> tuple[int | None, int | None, int]:
    return change.lesson_id, change.assignment_id, change.version + later


def list_versions(item: Lesson | Assignment) -> list[OutlineChange]:
    """The versions of ``item`` that learners had before them, the oldest first; what was only a draft is not among them."""
    column = OutlineChange.lesson_id if isinstance(item, Lesson) else OutlineChange.assignment_id
    every = list(
        db.session.scalars(
            sa.select(OutlineChange)
            .where(column == item.id)
            .options(joinedload(OutlineChange.author))
            .order_by(OutlineChange.version)
        )
    )
    replaced = {one.version - 1 for one in every if one.was_published}
    return [one for one in every if one.version in replaced or one.was_published or one.version == item.version]


def get_two_versions(item: Lesson | Assignment, old: int | None, new: int | None) -> tuple[OutlineChange, OutlineChange]:
    """Two versions that learners had, the older first; without numbers the newest and the one before it. Raises NotFound."""
    known = {one.version: one for one in list_versions(item)}
    if len(known) < 2:
        raise NotFound
    numbers = sorted(known)
    later = new if new is not None else numbers[-1]
    earlier = old if old is not None else max((number for number in numbers if number < later), default=0)
    if later not in known or earlier not in known or earlier == later:
        raise NotFound
    return known[min(earlier, later)], known[max(earlier, later)]


def find_last_change(
    item: Lesson | Assignment, submission: Submission | None = None
) -> tuple[OutlineChange | None, int | None]:
    """The last edit of ``item`` that learners saw happen, and the wording that the newest attempt of ``submission`` answers."""
    column = OutlineChange.lesson_id if isinstance(item, Lesson) else OutlineChange.assignment_id
    answered: sa.ColumnElement[Any] = sa.null()
    if submission is not None and submission.id:
        newest = sa.select(Attempt.assignment_version).where(Attempt.submission_id == submission.id)
        answered = newest.order_by(Attempt.number.desc()).limit(1).scalar_subquery()
    row = db.session.execute(
        sa.select(OutlineChange, answered.label("answered"))
        .where(column == item.id, OutlineChange.was_published)
        .order_by(OutlineChange.version.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row is not None else (None, None)
