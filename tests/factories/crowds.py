"""Many learners with many answers at once, written as rows: what a large class looks like to the database."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from classprojects.accounts.models import Person
from classprojects.classes.models import (
    AssignmentStart,
    ClassProject,
    Enrollment,
    LessonFinish,
    Submission,
    SubmissionState,
)
from classprojects.classes.queries import get_class_by_id
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.discussions.models import Thread
from classprojects.works.models import Medium, RemixEdge, Work, WorkStatus, WorkVersion


@dataclass
class Crowd:
    """What was written, for whoever counts it in another way."""

    people: list[int] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    finishes: list[tuple[int, int]] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)


def fill_class(project: ClassProject, learners: int, *, seed: int = 1, season_id: int | None = None, share: float = 0.7) -> Crowd:
    """``learners`` join, and each goes on to the next thing with a chance of ``share``; later answers build on earlier ones."""
    project = get_class_by_id(project.id)
    chance, crowd, now = random.Random(seed), Crowd(), clock.now()  # noqa: S311
    base = (db.session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1
    thread = (db.session.scalar(sa.select(sa.func.max(Thread.id))) or 0) + 1
    work = max(db.session.scalar(sa.select(sa.func.max(model.id))) or 0 for model in (Work, WorkVersion)) + 1
    crowd.people = list(range(base, base + learners))
    people = [{"id": number, "handle": f"crowd-{number}", "name": f"Learner {number}"} for number in crowd.people]
    works: list[dict[str, Any]] = []
    for person in crowd.people:
        for item in project.outline:
            if chance.random() > share:
                if chance.random() < 0.5:
                    break
                continue
            if item.kind == "lesson":
                crowd.finishes.append((person, item.id))
                continue
            crowd.starts.append((person, item.id))
            if chance.random() > share:
                continue
            submitted = now - timedelta(seconds=chance.randrange(100 * 86400))
            answered = submitted + timedelta(seconds=chance.randrange(60, 5 * 86400)) if chance.random() < 0.8 else None
            works.append(_work(work, person, thread, project.space_id, submitted))
            if crowd.answers and chance.random() < 0.5:
                crowd.edges.append((work, chance.choice(crowd.answers[: 5 + len(crowd.answers) // 10])["work_id"]))
            crowd.answers.append(
                {
                    "assignment_id": item.id, "class_id": project.id, "person_id": person, "work_id": work, "season_id": season_id,
                    "state": SubmissionState.REVIEWED if answered else SubmissionState.SUBMITTED,
                    "submitted_at": submitted, "waiting_since": submitted, "first_feedback_at": answered,
                    "attempts_count": 1 + (chance.random() < 0.3),
                }
            )  # fmt: skip
            work, thread = work + 1, thread + 1
    done = {answer["person_id"] for answer in crowd.answers if answer["assignment_id"] == project.assignments[-1].id}
    with transaction():
        _write(Person, people)
        _write(
            Enrollment,
            [
                {"person_id": one, "class_id": project.id, "season_id": season_id, "completed_at": now if one in done else None}
                for one in crowd.people
            ],
        )
        _write(LessonFinish, [{"person_id": one, "lesson_id": lesson} for one, lesson in crowd.finishes])
        _write(AssignmentStart, [{"person_id": one, "assignment_id": number} for one, number in crowd.starts])
        _write(Thread, [{"id": one["thread_id"]} for one in works])
        _write(Work, [{**one, "current_version_id": None} for one in works])
        _write(WorkVersion, [{"id": one["id"], "work_id": one["id"], "number": 1, "title": f"Answer {one['id']}"} for one in works])
        if works:
            ids = [one["id"] for one in works]
            current = sa.update(Work).where(Work.id >= ids[0], Work.id <= ids[-1]).values(current_version_id=Work.id)
            db.session.execute(current.execution_options(synchronize_session=False))
        _write(Submission, crowd.answers)
        _write(
            RemixEdge, [{"child_id": child, "parent_id": parent, "parent_version_id": parent} for child, parent in crowd.edges]
        )
        _count_on()
    return crowd


def _count_on() -> None:
    """PostgreSQL's counters follow what was written with ids of our own."""
    if db.session.get_bind().dialect.name != "postgresql":
        return
    for model in (Person, Thread, Work, WorkVersion):
        table = model.__tablename__
        db.session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))  # noqa: S608


def _work(number: int, maker: int, thread: int, space: int, moment: datetime) -> dict[str, Any]:
    return {
        "id": number, "maker_id": maker, "medium": Medium.TEXT, "status": WorkStatus.PUBLISHED, "space_id": space,
        "thread_id": thread, "published_at": moment,
    }  # fmt: skip


def _write(model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(sa.insert(model), rows)
