"""How many requests a second pages answer, as ratios to a trivial page of the same application.

    .venv/bin/python bench/pages.py            # needs wrk (Debian: apt-get install wrk)

One run, one server (gunicorn as in production, SQLite, 2 workers), a database of 400
works made through the actions. The trivial page is /healthz: it passes every hook of the
application and touches neither database nor template. Pages are built afresh for each
request: nothing is cached between them. Figures of one machine mean little; ratios do.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
#: least ratio to the trivial page, signed out and signed in
WANTED = {"wall": (0.12, 0.08), "work": (0.12, 0.08)}


def main() -> int:
    """Build, serve, measure, print; 1 when a ratio is below what is wanted."""
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk (Debian: apt-get install wrk).")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    port = _free_port()
    env = {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "RATE_LIMITS": "0",
        "SECRET_KEY": "a secret for measuring",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    os.environ.update(env)
    pages, cookie = _fill()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{port}", "wsgi:app"],
        cwd=TOP, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(f"http://127.0.0.1:{port}/healthz")
        return _measure(f"http://127.0.0.1:{port}", pages, cookie)
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _fill() -> tuple[dict[str, str], str]:
    """A database with works, comments, lineage and a class; the pages to ask for, and a session's cookie."""
    from classprojects.app import create_app
    from classprojects.core.database import Model, db, transaction
    from classprojects.media.models import MediaKind
    from classprojects.works import actions
    from classprojects.works.models import Medium
    from tests.factories.classes import make_class
    from tests.factories.people import make_person
    from tests.factories.works import make_file, make_work

    app = create_app(ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
    with app.app_context():
        Model.metadata.create_all(db.engine)
        makers = [make_person(f"maker-{number}") for number in range(20)]
        works = []
        for number in range(400):
            maker = makers[number % len(makers)]
            sources = [works[-1]] if works and number % 3 else []
            if number % 2:
                file = make_file(maker, MediaKind.IMAGE)
                draft = {"medium": Medium.IMAGE, "file_id": file.id, "alt_text": "A picture"}
            else:
                draft = {"body": "Wet paper boats sail\ndown the long gutter at noon.\n" * 4}
            works.append(make_work(maker, title=f"Work number {number}", tags=("rain",), sources=sources, **draft))
        with transaction():
            for maker in makers:
                actions.comment_on_work(maker, works[-1], "The second line is the one I would build on.")
                actions.heart_work(maker, works[-1])
        project = make_class(makers[0])
        pages = {"wall": "/open", "work": works[-1].url, "class": project.url}
        reader = app.test_client()
        with reader.session_transaction() as session:
            session["_user_id"] = makers[1].get_id()
            session["_fresh"] = True
            session["nonce"] = "bench"
            session["since"] = int(time.time())
        held = reader.get_cookie("session")
        db.session.remove()
    return pages, f"session={held.value if held else ''}"


def _await(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=2).read()  # noqa: S310 - loopback
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


def _measure(base: str, pages: dict[str, str], cookie: str) -> int:
    for address in pages.values():
        for _ in range(6):
            _fetch(base + address, cookie)
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        rates.setdefault("trivial", []).append(_rate(base + "/healthz"))
        for name, address in pages.items():
            rates.setdefault(name, []).append(_rate(base + address))
            rates.setdefault(f"{name}, signed in", []).append(_rate(base + address, cookie))
    best = {name: sorted(values)[len(values) // 2] for name, values in rates.items()}
    print(f"{'page':<20}{'requests/s':>12}{'ratio':>8}{'wanted':>8}")
    failed = False
    for name, rate in best.items():
        ratio = rate / best["trivial"]
        page, _, signed = name.partition(", ")
        wanted = WANTED[page][1 if signed else 0] if page in WANTED else None
        failed |= wanted is not None and ratio < wanted
        print(f"{name:<20}{rate:>12.0f}{ratio:>8.3f}{wanted if wanted is not None else '':>8}")
    return 1 if failed else 0


def _fetch(address: str, cookie: str = "") -> None:
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})  # noqa: S310 - loopback
    urllib.request.urlopen(request, timeout=10).read()  # noqa: S310


def _rate(address: str, cookie: str = "") -> float:
    """Requests a second by wrk: one thread, 16 connections."""
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", address]
    if cookie:
        command[1:1] = ["-H", f"Cookie: {cookie}"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 30, check=True).stdout
    if "Non-2xx" in answer:
        raise SystemExit(f"{address} answered with errors:\n{answer}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", answer)
    return float(found[1]) if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
