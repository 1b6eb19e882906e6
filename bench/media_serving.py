"""What it costs to send media ourselves, and to let a proxy or the store send them.

    .venv/bin/python bench/media_serving.py            # needs wrk (Debian: apt-get install wrk)

One run, three servers (gunicorn as in production, SQLite, 2 workers) on one film of 20 MB
on an open work, asked for in turns: MEDIA_DELIVERY=stream sends the bytes, whole and as a
range of 64 KB; accel answers a proxy with the header that names the file; redirect leads
to an S3 service with a signed address (nobody follows it here). Each answer asks the policy
first. Figures of one machine mean little; ratios do.
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
import urllib.error
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
FILM = 20_000_000
RANGE = "bytes=8000000-8065535"
#: what is measured: (name, delivery, range)
CASES = (
    ("stream, 20 MB", "stream", None),
    ("stream, 64 KB range", "stream", RANGE),
    ("accel, 20 MB", "accel", None),
    ("accel, 64 KB range", "accel", RANGE),
    ("redirect", "redirect", None),
)
#: least ratio between the rates of two cases
WANTED = (("accel, 20 MB", "stream, 20 MB", 2.0), ("redirect", "stream, 20 MB", 2.0))


def main() -> int:
    """Build, serve, measure, print; 1 when a ratio is below what is wanted."""
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk (Debian: apt-get install wrk).")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    env = {
        **os.environ,
        "DATA_DIR": str(folder),
        "RATE_LIMITS": "0",
        "SECRET_KEY": "a secret for measuring",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    os.environ.update(env)
    address = _fill()
    servers = []
    try:
        bases = {}
        for delivery in ("stream", "accel", "redirect"):
            port = _free_port()
            bases[delivery] = f"http://127.0.0.1:{port}"
            servers.append(_serve(port, env | {"PORT": str(port)} | _settings(delivery)))
        for base in bases.values():
            _await(base + "/healthz")
        return _measure(bases, address)
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _fill() -> str:
    """A database with one open film, and its 20 MB; the address that a page names."""
    from classprojects.app import create_app
    from classprojects.core import clock
    from classprojects.core.database import Model, db, transaction
    from classprojects.gateways.storage import get_storage
    from classprojects.media.models import MediaKind, Rendition
    from classprojects.media.queries import sources_for
    from classprojects.works.models import Medium
    from tests.factories.people import make_person
    from tests.factories.works import make_file, make_work

    app = create_app(ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
    with app.app_context():
        Model.metadata.create_all(db.engine)
        maker = make_person("maker")
        file = make_file(maker, MediaKind.VIDEO, ready_at=clock.now())
        make_work(maker, medium=Medium.VIDEO, file_id=file.id, alt_text="A film")
        key = f"renditions/{file.public_id}/h264.mp4"
        scrap, path = get_storage().incoming()
        with scrap:
            scrap.write(os.urandom(FILM))
        get_storage().put_file(key, path, move=True)
        with transaction():
            db.session.add(Rendition(file_id=file.id, name="h264", mime="video/mp4", size=FILM, storage_key=key))
        film = sources_for(file).video
        address = film.url if film is not None else ""
        db.session.remove()
        db.engine.dispose()
    return address


def _settings(delivery: str) -> dict[str, str]:
    if delivery == "accel":
        return {"ACCEL_REDIRECT": "/protected-media/"}
    if delivery == "redirect":
        return {"STORAGE_URL": "s3://key:secret@bucket/media?region=eu-central-1"}
    return {}


def _serve(port: int, env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{port}", "wsgi:app"],
        cwd=TOP, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=2).read()  # noqa: S310 - loopback
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


def _measure(bases: dict[str, str], address: str) -> int:
    for name, delivery, wanted in CASES:
        _check(name, bases[delivery] + address, delivery, wanted)
    rates: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, delivery, wanted in CASES:
            rates.setdefault(name, []).append(_rate(bases[delivery] + address, wanted))
    best = {name: sorted(values)[len(values) // 2] for name, values in rates.items()}
    base = best["stream, 20 MB"]
    print(f"{'who sends what':<22}{'requests/s':>12}{'ratio':>8}{'MB/s by us':>12}")
    sizes = {"stream, 20 MB": FILM, "stream, 64 KB range": 65536}
    for name, rate in best.items():
        print(f"{name:<22}{rate:>12.0f}{rate / base:>8.1f}{rate * sizes.get(name, 0) / 1e6:>12.0f}")
    failed = False
    for quick, slow, least in WANTED:
        ratio = best[quick] / best[slow]
        failed |= ratio < least
        print(f"{quick} / {slow}: {ratio:.1f} (wanted: {least})")
    return 1 if failed else 0


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _check(name: str, address: str, delivery: str, wanted: str | None) -> None:
    """Ends when a server does not answer as the case says."""
    request = urllib.request.Request(address, headers={"Range": wanted} if wanted else {})  # noqa: S310 - loopback
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        size = len(answer.read())
    expected = {"stream": (206, 65536) if wanted else (200, FILM), "accel": (200, 0), "redirect": (302, 0)}[delivery]
    if (answer.status, size) != expected:
        raise SystemExit(f"{name}: answered {answer.status} with {size} bytes")


def _rate(address: str, wanted: str | None) -> float:
    """Requests a second by wrk: one thread, 8 connections."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", *(["-H", f"Range: {wanted}"] if wanted else []), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None or "Non-2xx" in said:
        raise SystemExit(said)
    return float(found.group(1))


if __name__ == "__main__":
    raise SystemExit(main())
