"""What the lineage page of a family of 10,000 works costs, as a ratio to the page of a family of 10.

    .venv/bin/python bench/lineage.py

One run in one process, on SQLite and, where a PostgreSQL is at hand, on that too. Families
of several shapes are written straight into the tables; the page is asked for signed out,
from the first work, one in the middle and the last one, as lineage and as whole family,
each large one in turn with the small one. On SQLite the processor's time counts;
PostgreSQL works in processes of its own, so that there the clock on the wall counts. The
best of the rounds stands: whatever else the machine does only adds to it. Figures of one
machine mean little; ratios do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask.testing import FlaskClient

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "bin")]

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
LARGE, SMALL = 10_000, 10
#: the most that a large family's page may cost
WANTED = 5.0
#: 200 generations, whatever the shape
GENERATIONS = 200


def main() -> int:
    """Measure on each database in a process of its own; 1 when a ratio is above what is wanted."""
    if len(sys.argv) > 1:
        return measure(sys.argv[1])
    codes = [_in_a_process(None)]
    from postgres import throwaway_postgres

    try:
        with throwaway_postgres() as url:
            codes.append(_in_a_process(url))
    except Exception as error:  # noqa: BLE001 - whatever is missing, the other half stands
        print(f"PostgreSQL: not measured ({error})")
    return max(codes)


def _in_a_process(url: str | None) -> int:
    folder = tempfile.mkdtemp(prefix="bench-")
    env = {**os.environ, "DATA_DIR": folder, "RATE_LIMITS": "0", "SECRET_KEY": "a secret for measuring", "REDIS_URL": "redis://127.0.0.1:1/0"}
    env.pop("DATABASE_URL", None)
    if url:
        env["DATABASE_URL"] = url
    try:
        return subprocess.run([sys.executable, __file__, "PostgreSQL" if url else "SQLite"], cwd=TOP, env=env).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(database: str) -> int:
    """Fill, ask, print."""
    from classprojects.app import create_app
    from classprojects.core.database import Model, db
    from classprojects.web.shared.logs import configure_logging
    from tests.factories.families import SHAPES, layers, plant
    from tests.factories.people import make_person

    app = create_app(ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
    configure_logging(json_lines=True, level="WARNING")
    shapes = {
        **SHAPES,
        # A family of 10,000 in 200 generations of 50, each work made from 20 of the one before.
        "dense": lambda count: layers(count, width=min(50, count // 2), sources=min(20, count // 2)),
    }
    families = {}
    with app.app_context():
        Model.metadata.create_all(db.engine)
        makers = [make_person(f"maker-{number}") for number in range(20)]
        for name, pairs_of in shapes.items():
            large = GENERATIONS if name == "chain" else LARGE
            families[name] = [plant(count, pairs_of(count), makers) for count in (SMALL, large)]
        db.session.remove()
    client = app.test_client()
    clock = time.process_time if database == "SQLite" else time.perf_counter
    print(f"\n{database}\n{'family':<12}{'from':<8}{'view':<10}{'small, ms':>10}{'large, ms':>11}{'ratio':>8}")
    worst = 0.0
    for name, sizes in families.items():
        for place, part in (("first", 0), ("middle", 0.5), ("last", 1)):
            for view in ("lineage", "family"):
                addresses = [f"/works/{ids[int((len(ids) - 1) * part)]}/lineage?view={view}" for ids in sizes]
                small, large = _compare(client, addresses, clock)
                print(f"{name:<12}{place:<8}{view:<10}{small:>10.1f}{large:>11.1f}{large / small:>8.2f}")
                worst = max(worst, large / small)
    print(f"worst: {worst:.2f} (wanted: at most {WANTED:g})")
    return 0 if worst <= WANTED else 1


def _compare(client: FlaskClient, addresses: Sequence[str], clock: Callable[[], float]) -> tuple[float, float]:
    """The least milliseconds of the two pages, asked for in turn."""
    took: list[list[float]] = [[], []]
    for number in range(ROUNDS + 2):
        for place, address in enumerate(addresses):
            began = clock()
            response = client.get(address)
            spent = (clock() - began) * 1000
            response.close()
            if response.status_code != 200:
                raise SystemExit(f"{address} answered {response.status_code}")
            if number >= 2:
                took[place].append(spent)
    return min(took[0]), min(took[1])


if __name__ == "__main__":
    sys.exit(main())
