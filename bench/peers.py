"""What it costs to ask classmates about one another's answers when 5,000 learners hand in, and whether that is linear.

    .venv/bin/python bench/peers.py

One process, SQLite, a class whose assignment asks everybody to answer three classmates.
Learners and their answers are written straight into the tables; each hand-in then asks
through the product's own action, in transactions of 50, and every twentieth answer is
taken back. The processor's time counts. Figures of one machine mean little; ratios do.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP)]

SIZES = (1_250, 2_500, 5_000)
COUNT = 3
#: seconds of the processor's time for the largest
WANTED = 5.0
#: how much more than twice as long twice as many may take
SLACK = 1.35


def main() -> int:
    """Measure each size in a class of its own; 1 when it is too slow, or more than linear."""
    folder = tempfile.mkdtemp(prefix="bench-")
    os.environ.update(DATA_DIR=folder, RATE_LIMITS="0", SECRET_KEY="a secret for measuring", REDIS_URL="redis://127.0.0.1:1/0")
    os.environ.pop("DATABASE_URL", None)
    try:
        return measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure() -> int:
    """Fill, hand in, print."""
    from classprojects.app import create_app
    from classprojects.core.database import Model, db
    from classprojects.web.shared.logs import configure_logging

    app = create_app(ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
    configure_logging(json_lines=True, level="WARNING")
    with app.app_context():
        Model.metadata.create_all(db.engine)
        _hand_in(100, "warm")
        costs = {size: _hand_in(size, f"of-{size}") for size in SIZES}
    for size, cost in costs.items():
        print(f"{size:>6} learners: {cost:6.2f} s of the processor, {cost / size * 1000:.2f} ms each")
    ratios = [costs[twice] / costs[once] for once, twice in zip(SIZES, SIZES[1:], strict=False)]
    print(f"ratios for twice as many: {', '.join(f'{ratio:.2f}' for ratio in ratios)} (wanted: at most {2 * SLACK:.2f})")
    print(f"{SIZES[-1]} learners: wanted in at most {WANTED:.0f} s")
    return int(costs[SIZES[-1]] > WANTED or max(ratios) > 2 * SLACK)


def _hand_in(size: int, name: str) -> float:
    """The processor's seconds for ``size`` hand-ins."""
    from classprojects.classes.actions import peers
    from classprojects.classes.models import Assignment, Submission, SubmissionState
    from classprojects.core import clock
    from classprojects.core.database import db, transaction

    assignment_id, class_id, people, works = _fill(size, name)
    start, spent = clock.now(), 0.0
    for first in range(0, size, 50):
        with transaction():
            assignment = db.session.get_one(Assignment, assignment_id)
            for place in range(first, min(first + 50, size)):
                submission = Submission(
                    assignment_id=assignment_id,
                    class_id=class_id,
                    person_id=people[place],
                    work_id=works[place],
                    state=SubmissionState.SUBMITTED,
                    submitted_at=start + timedelta(seconds=place),
                    attempts_count=1,
                )
                db.session.add(submission)
                db.session.flush()
                began = time.process_time()
                peers.ask_classmates(submission, assignment)
                if place % 20 == 19:
                    submission.state = SubmissionState.WITHDRAWN
                    submission.assignment = assignment
                    db.session.flush()
                    peers.release(submission)
                spent += time.process_time() - began
        db.session.expunge_all()
    _say_what_came_of_it(assignment_id, name)
    return spent


def _fill(size: int, name: str) -> tuple[int, int, list[int], list[int]]:
    """A class with ``size`` learners, each with a work of their own that is handed in later."""
    import sqlalchemy as sa

    from classprojects.accounts.models import Person
    from classprojects.classes.models import Assignment, ClassProject, ClassState, Enrollment
    from classprojects.core import clock
    from classprojects.core.database import db, transaction
    from classprojects.discussions.models import Thread
    from classprojects.works.models import Medium, Space, Work, WorkStatus

    with transaction():
        space = Space(title=name)
        db.session.add(space)
        db.session.flush()
        project = ClassProject(slug=name, title=name, outcome="", space_id=space.id, medium=Medium.TEXT, state=ClassState.PUBLISHED)
        db.session.add(project)
        db.session.flush()
        assignment = Assignment(class_id=project.id, number=1, position=1, title=name, feedback_count=COUNT, media_allowed=["text"])
        db.session.add(assignment)
        db.session.flush()
        first, last = (db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(table.id), 0))) or 0 for table in (Person, Thread))
        people = [first + place + 1 for place in range(size)]
        threads = [last + place + 1 for place in range(size)]
        begun = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(Work.id), 0))) or 0
        works = [begun + place + 1 for place in range(size)]
        db.session.execute(sa.insert(Person), [{"id": id, "name": f"Learner {id}", "handle": f"learner-{id}"} for id in people])
        db.session.execute(sa.insert(Thread), [{"id": id} for id in threads])
        db.session.execute(
            sa.insert(Work),
            [
                {"id": work, "maker_id": person, "medium": Medium.TEXT, "status": WorkStatus.PUBLISHED, "space_id": space.id, "thread_id": thread}
                for work, person, thread in zip(works, people, threads, strict=True)
            ],
        )
        db.session.execute(sa.insert(Enrollment), [{"person_id": id, "class_id": project.id, "joined_at": clock.now()} for id in people])
        found = (assignment.id, project.id, people, works)
    db.session.expunge_all()
    return found


def _say_what_came_of_it(assignment_id: int, name: str) -> None:
    """How many readers the answers have: a table of one line."""
    import sqlalchemy as sa

    from classprojects.classes.models import Submission
    from classprojects.core.database import db

    rows = db.session.execute(
        sa.select(Submission.readers_count, sa.func.count())
        .where(Submission.assignment_id == assignment_id, Submission.readers_count >= 0)
        .group_by(Submission.readers_count)
        .order_by(Submission.readers_count)
    ).all()
    print(f"{name}: " + ", ".join(f"{count} answers with {readers} readers" for readers, count in rows))


if __name__ == "__main__":
    sys.exit(main())
