"""What instructors want to know of a class as a whole. Everything is counted by the database: a class may hold 50,000 answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from classprojects.classes.models import (
    HANDED_IN,
    Assignment,
    AssignmentStart,
    ClassProject,
    Enrollment,
    Lesson,
    LessonFinish,
    Submission,
)
from classprojects.core.database import db
from classprojects.works.models import EdgeKind, RemixEdge, Work, WorkStatus

#: weeks that waiting times are shown of
WEEKS = 12
#: works whose remixes are drawn, and how many of each
MOST_LEADING, MOST_REMIXES = 8, 6


@dataclass(frozen=True)
class Cohort:
    """Whose answers are counted: everybody's, one season's, or those of who learns at their own pace."""

    season_id: int | None = None
    is_self_paced: bool = False


EVERYBODY = Cohort()


def _people(project: ClassProject, cohort: Cohort) -> sa.Select[Any]:
    """The ids of the people of a cohort; who left is one of it still."""
    statement = sa.select(Enrollment.person_id).where(Enrollment.class_id == project.id)
    if cohort.is_self_paced:
        return statement.where(Enrollment.season_id.is_(None))
    return statement if cohort.season_id is None else statement.where(Enrollment.season_id == cohort.season_id)


@dataclass(frozen=True)
class AssignmentCounts:
    """How many people began an answer, handed one in, got a word from a human, tried again."""

    started: int = 0
    submitted: int = 0
    answered: int = 0
    revised: int = 0


def count_by_assignment(project: ClassProject, cohort: Cohort = EVERYBODY) -> dict[int, AssignmentCounts]:
    """What became of each assignment, by its id. Whoever handed in has started, whether or not that was noted."""
    people, ids = _people(project, cohort), [one.id for one in project.assignments]
    zero, one = sa.literal(0), sa.literal(1)
    starts = sa.select(
        AssignmentStart.assignment_id, AssignmentStart.person_id, zero.label("submitted"), zero.label("answered"), zero.label("revised")
    ).where(AssignmentStart.assignment_id.in_(ids), AssignmentStart.person_id.in_(people))
    answers = sa.select(
        Submission.assignment_id,
        Submission.person_id,
        one,
        sa.case((Submission.first_feedback_at.is_not(None), 1), else_=0),
        sa.case((Submission.attempts_count > 1, 1), else_=0),
    ).where(Submission.assignment_id.in_(ids), Submission.submitted_at.is_not(None), Submission.person_id.in_(people))
    each = starts.union_all(answers).subquery()
    by_person = (
        sa.select(
            each.c.assignment_id,
            sa.func.max(each.c.submitted).label("submitted"),
            sa.func.max(each.c.answered).label("answered"),
            sa.func.max(each.c.revised).label("revised"),
        )
        .group_by(each.c.assignment_id, each.c.person_id)
        .subquery()
    )
    statement = sa.select(
        by_person.c.assignment_id,
        sa.func.count(),
        sa.func.sum(by_person.c.submitted),
        sa.func.sum(by_person.c.answered),
        sa.func.sum(by_person.c.revised),
    ).group_by(by_person.c.assignment_id)
    return {row[0]: AssignmentCounts(*(int(number) for number in row[1:])) for row in db.session.execute(statement)}


@dataclass(frozen=True)
class Reached:
    """How many joined, how many of them came at least as far as each item of the outline, how many completed the class."""

    joined: int
    completed: int
    #: in the order of the outline
    steps: Sequence[tuple[Lesson | Assignment, int]]


def count_reached(project: ClassProject, cohort: Cohort = EVERYBODY) -> Reached:
    """How far people came: whoever finished a later thing counts in all that stand before it."""
    people, outline = _people(project, cohort), project.outline
    place = {(item.kind, item.id): number for number, item in enumerate(outline)}
    lessons = {item.id: place["lesson", item.id] for item in outline if isinstance(item, Lesson)}
    assignments = {item.id: place["assignment", item.id] for item in outline if isinstance(item, Assignment)}
    parts = [
        sa.select(Enrollment.person_id, sa.literal(-1).label("place")).where(
            Enrollment.class_id == project.id, Enrollment.person_id.in_(people)
        )
    ]
    if lessons:
        parts.append(
            sa.select(LessonFinish.person_id, sa.case(lessons, value=LessonFinish.lesson_id)).where(
                LessonFinish.lesson_id.in_(lessons), LessonFinish.person_id.in_(people)
            )
        )
    if assignments:
        parts.append(
            sa.select(Submission.person_id, sa.case(assignments, value=Submission.assignment_id)).where(
                Submission.assignment_id.in_(assignments), Submission.submitted_at.is_not(None), Submission.person_id.in_(people)
            )
        )
    everything = sa.union_all(*parts).subquery()
    farthest = (
        sa.select(everything.c.person_id, sa.func.max(everything.c.place).label("place"))
        .group_by(everything.c.person_id)
        .subquery()
    )
    statement = (
        sa.select(
            farthest.c.place,
            sa.func.count(),
            sa.func.sum(sa.case((Enrollment.completed_at.is_not(None), 1), else_=0)),
        )
        .join(Enrollment, sa.and_(Enrollment.person_id == farthest.c.person_id, Enrollment.class_id == project.id))
        .group_by(farthest.c.place)
    )
    ended, completed = Counter[int](), 0
    for at, number, done in db.session.execute(statement):
        ended[int(at)] += int(number)
        completed += int(done or 0)
    steps, left = [], ended.total() - ended[-1]
    for number, item in enumerate(outline):
        steps.append((item, left))
        left -= ended[number]
    return Reached(ended.total(), completed, steps)


@dataclass(frozen=True)
class Waits:
    """One week's answers: handed in, answered by a human, and how long that took in seconds."""

    week: datetime
    submitted: int
    answered: int
    median: int | None = None
    slow: int | None = None


def list_waits(project: ClassProject, moment: datetime, cohort: Cohort = EVERYBODY) -> list[Waits]:
    """Week by week, the newest first: half of the answered ones waited at most ``median``, nine of ten at most ``slow``."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    first = day - timedelta(days=day.weekday())
    weeks = [first - timedelta(weeks=number) for number in range(WEEKS)]
    column = Submission.submitted_at
    week = sa.case(*[(column >= sa.literal(start, column.type), number) for number, start in enumerate(weeks)], else_=WEEKS)
    wait = _seconds_between(column, Submission.first_feedback_at)
    each = (
        sa.select(week.label("week"), wait.label("wait"))
        .where(
            Submission.class_id == project.id,
            column.is_not(None),
            column >= weeks[-1],
            Submission.person_id.in_(_people(project, cohort)),
        )
        .subquery()
    )
    ranked = sa.select(
        each.c.week,
        each.c.wait,
        sa.func.row_number().over(partition_by=each.c.week, order_by=(each.c.wait.is_(None), each.c.wait)).label("rank"),
        sa.func.count().over(partition_by=each.c.week).label("submitted"),
        sa.func.count(each.c.wait).over(partition_by=each.c.week).label("answered"),
    ).subquery()
    # The middle one, and the one that nine of ten stand before (nearest rank); the first for weeks without any answer.
    middle, slow = (ranked.c.answered + 1) // 2, (ranked.c.answered * 9 + 9) // 10
    rank = ranked.c.rank
    statement = sa.select(ranked).where(sa.or_(rank == 1, rank == middle, rank == slow))
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in db.session.execute(statement):
        told = found[row.week]
        told["submitted"], told["answered"] = row.submitted, row.answered
        if row.answered and row.rank == (row.answered + 1) // 2:
            told["median"] = round(row.wait)
        if row.answered and row.rank == (row.answered * 9 + 9) // 10:
            told["slow"] = round(row.wait)
    return [Waits(start, **found[number]) for number, start in enumerate(weeks) if number in found]


def _seconds_between(start: Any, end: Any) -> sa.ColumnElement[float]:
    """How many seconds lie between two moments; NULL where one is missing. The databases have nothing in common here."""
    if db.session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", end - start), sa.Float)
    return (sa.func.julianday(end, type_=sa.Float) - sa.func.julianday(start, type_=sa.Float)) * 86400.0


@dataclass(frozen=True)
class Leading:
    """A work that classmates built on most, and some of what they made of it."""

    work_id: int
    remixes: int
    children: list[tuple[int, EdgeKind]] = field(default_factory=list)


def list_leading(project: ClassProject, cohort: Cohort = EVERYBODY) -> list[Leading]:
    """The works that were built on most inside the class, each with its newest remixes there."""
    child, parent, made, source = aliased(Submission), aliased(Submission), aliased(Work), aliased(Work)
    people = _people(project, cohort)
    edges = (
        sa.select(
            RemixEdge.parent_id,
            RemixEdge.child_id,
            RemixEdge.kind,
            sa.func.row_number().over(partition_by=RemixEdge.parent_id, order_by=RemixEdge.id.desc()).label("rank"),
            sa.func.count().over(partition_by=RemixEdge.parent_id).label("remixes"),
        )
        .join(child, sa.and_(child.work_id == RemixEdge.child_id, child.class_id == project.id))
        .join(parent, sa.and_(parent.work_id == RemixEdge.parent_id, parent.class_id == project.id))
        .join(made, made.id == RemixEdge.child_id)
        .join(source, source.id == RemixEdge.parent_id)
        .where(
            child.state.in_(HANDED_IN),
            parent.state.in_(HANDED_IN),
            child.person_id.in_(people),
            parent.person_id.in_(people),
            made.status == WorkStatus.PUBLISHED,
            source.status == WorkStatus.PUBLISHED,
        )
        .subquery()
    )
    statement = (
        sa.select(edges)
        .where(edges.c.rank <= MOST_REMIXES)
        .order_by(edges.c.remixes.desc(), edges.c.parent_id, edges.c.rank)
        .limit(MOST_LEADING * MOST_REMIXES)
    )
    found: dict[int, Leading] = {}
    for row in db.session.execute(statement):
        if len(found) == MOST_LEADING and row.parent_id not in found:
            break
        one = found.setdefault(row.parent_id, Leading(row.parent_id, row.remixes))
        one.children.append((row.child_id, row.kind))
    return list(found.values())
