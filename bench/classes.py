"""Whether a class room costs the same with 500 answers in the class as with 50,000.

    .venv/bin/python bench/classes.py                       # SQLite
    DATABASE_URL=postgresql://… .venv/bin/python bench/classes.py   # an empty database of its own

One process. A class with ten assignments, filled twice: 50 learners with 500 answers, then
5,000 with 50,000, written straight into the tables. Every page is asked for as its reader
would; the best of several rounds counts, and the queries of each are counted. Figures of
one machine mean little; the ratio of the two sizes does: a page that reads a table whole
takes a hundred times as long.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP)]

SIZES = (50, 5_000)
ASSIGNMENTS = 10
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
#: how many times as long a page may take with a hundred times as many answers
MOST = 3.0
#: queries that a page may ask
QUERIES = 14


def main() -> int:
    """Fill, ask, print; 1 when a page is too dear, or dearer the more there is."""
    folder = tempfile.mkdtemp(prefix="bench-")
    os.environ.update(DATA_DIR=folder, RATE_LIMITS="0", SECRET_KEY="a secret for measuring", REDIS_URL="redis://127.0.0.1:1/0")
    try:
        return measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure() -> int:
    """Both sizes in one database, the small class first."""
    from classprojects.app import create_app
    from classprojects.core.database import Model, db
    from classprojects.web.shared.logs import configure_logging

    app = create_app(ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
    configure_logging(json_lines=True, level="WARNING")
    found: dict[str, list[tuple[float, int]]] = {}
    with app.app_context():
        Model.metadata.create_all(db.engine)
        for learners in SIZES:
            for name, (milliseconds, queries) in _measure_class(app, learners).items():
                found.setdefault(name, []).append((milliseconds, queries))
    bad = False
    print(f"{'page':<22}{'500 answers':>14}{'50,000':>12}{'ratio':>8}{'queries':>9}")
    for name, ((small, _), (large, queries)) in found.items():
        is_bad = large / small > MOST or queries > QUERIES
        bad = bad or is_bad
        print(f"{name:<22}{small:>11.1f} ms{large:>9.1f} ms{large / small:>8.1f}{queries:>9}{'  TOO MUCH' if is_bad else ''}")
    return 1 if bad else 0


def _measure_class(app: Any, learners: int) -> dict[str, tuple[float, int]]:
    import sqlalchemy as sa

    from classprojects.classes.queries import get_class
    from classprojects.core.database import db, transaction
    from tests.client import PageClient
    from tests.factories.classes import add_assignment, make_class, make_learner, say, submit
    from tests.factories.crowds import fill_class
    from tests.factories.people import make_person

    teacher = make_person(f"teacher-{learners}", ["instructor"])
    project = make_class(teacher, lessons=3, assignments=ASSIGNMENTS)
    add_assignment(project, teacher, title="Round", from_number=1, feedback_count=2)
    began = time.monotonic()
    fill_class(project, learners, share=1.0)
    db.session.remove()
    if db.engine.dialect.name == "postgresql":
        with transaction():
            db.session.execute(sa.text("ANALYZE"))
    print(f"{learners} learners written in {time.monotonic() - began:.0f} s", flush=True)
    project = get_class(project.slug)
    reader = make_learner(project, f"reader-{learners}")
    submission = submit(reader, project)
    say(teacher, submission, as_instructor=True)
    db.session.remove()
    learner, leader, visitor = PageClient(app), PageClient(app), PageClient(app)
    learner.sign_in(reader)
    leader.sign_in(teacher)
    url, studio = f"/classes/{project.slug}", f"/studio/classes/{project.slug}"
    last = ASSIGNMENTS + 1
    pages: dict[str, tuple[PageClient, str]] = {
        "landing page": (visitor, url),
        "class room": (learner, f"{url}/room"),
        "lesson": (learner, f"{url}/lessons/2"),
        "assignment": (learner, f"{url}/assignments/2"),
        "remix assignment": (learner, f"{url}/assignments/{last}"),
        "works to build on": (learner, f"{url}/assignments/{last}/submit"),
        "gallery": (learner, f"{url}/gallery"),
        "gallery, one": (learner, f"{url}/gallery?assignment=3"),
        "submission": (learner, submission.url),
        "submission, leading": (leader, submission.url),
        "feedback queue": (leader, "/studio/feedback"),
        "roster": (leader, f"{studio}/roster"),
    }
    return {name: _best(lambda browser=browser, address=address: browser.get(address)) for name, (browser, address) in pages.items()}


def _best(ask: Callable[[], Any]) -> tuple[float, int]:
    """The shortest of several rounds in milliseconds, and how many queries it took."""
    best, queries = float("inf"), 0
    ask()
    for _round in range(ROUNDS):
        began = time.perf_counter()
        page = ask()
        best = min(best, (time.perf_counter() - began) * 1000)
        if page.status != 200:
            raise RuntimeError(f"answered {page.status}")
        queries = len(page.queries)
    return best, queries


if __name__ == "__main__":
    sys.exit(main())
