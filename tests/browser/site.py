"""The whole product as bin/run serves it, on ports and in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.runner.processes import marked, parent_of, wait_for

TOP = Path(__file__).resolve().parents[2]
#: what each service's process is called, for finding it
PROGRAMS = {
    "web": "gunicorn wsgi:app",
    "worker": "classprojects.worker",
    "clock": "classprojects.schedule",
    "sandbox": "stripe_sandbox",
    "valkey": "valkey-server",
}
#: names that a shell may hold for another installation of the product
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "UV_SYSTEM_CERTS", "NODE_EXTRA_CA_CERTS")


class Site:
    """One bin/run: started, asked, broken, stopped."""

    def __init__(self, data_dir: Path, *, demo: bool = False, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        self.port = _free_pair_of_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.port + 1}"
        self.demo = demo
        self.settings = settings

    def start(self, seconds: float = 120) -> Site:
        """Starts it and waits until it says that it is ready."""
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env |= {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DEMO": "1" if self.demo else "0",
            **self.settings,
        }
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen([TOP / "bin" / "run"], env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: "Ctrl-C" in self.output() or self.process.poll() is not None, seconds)
            assert self.process.poll() is None, self.output()
            wait_for(lambda: all(self.heads(name) for name in PROGRAMS), 15)
        except BaseException:
            self.end()
            raise
        return self

    def stop(self, *, tracebacks_allowed: bool = False) -> None:
        """Stops it by TERM; fails when it does not go, leaves a process behind, or said that something went wrong."""
        everybody = [psutil.Process(pid) for pid in _descendants(self.process.pid)]
        assert len(everybody) >= len(PROGRAMS)
        try:
            self.process.terminate()
            assert self.process.wait(60) == 0, self.output()[-3000:]
            assert self.family() == {}, "processes are left behind"
            assert [one for one in everybody if one.is_running()] == [], "processes are left behind"
            assert tracebacks_allowed or "Traceback" not in self.output(), (
                f"the server's log has a traceback: {self.log}\n{self.complaints()}"
            )
        finally:
            self.end()

    def end(self) -> None:
        """Ends whatever is left, for the next test's sake."""
        for pid in [self.process.pid, *self.family()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def complaints(self) -> str:
        """The end of what the server said, for a failing test's message."""
        return "\n".join(self.output().splitlines()[-40:])

    # -- Processes ------------------------------------------------------------------------------

    def family(self) -> dict[int, str]:
        """Every living process of this site, with its command."""
        return marked(f"DATA_DIR={self.data_dir}")

    def heads(self, name: str) -> list[int]:
        """The process that the supervisor started under a name, without its children."""
        family = {pid: command for pid, command in self.family().items() if PROGRAMS[name] in command}
        with contextlib.suppress(OSError):
            return [pid for pid in family if parent_of(pid) not in family]
        return []

    def below(self, name: str) -> dict[int, str]:
        """The living children of a service's process, theirs too, with their commands."""
        return {pid: command for head in self.heads(name) for pid, command in _descendants(head).items()}

    def kill(self, name: str) -> None:
        """kill -9 of a service and all its children; waits until the supervisor has another one running."""
        heads = self.heads(name)
        for pid in [*self.below(name), *heads]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: set(self.heads(name)) - set(heads), 30)
        if name == "web":
            wait_for(self.is_ready, 30)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # -- Its inside, for arranging and for looking ----------------------------------------------

    def environment(self) -> dict[str, str]:
        """What the site's own processes were told."""
        (pid,) = self.heads("web")
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)

    def play(self, scene: str) -> dict[str, Any]:
        """Runs a scene of tests/browser/scenes.py inside the site's own settings; what it tells."""
        done = subprocess.run(
            [TOP / ".venv" / "bin" / "python", "-m", "tests.browser.scenes", scene],
            cwd=TOP,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The site's database file, as any program may open it."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "classprojects.sqlite3", timeout=15)) as connection:
            yield connection
            connection.commit()

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the site's database."""
        with self.database() as connection:
            return connection.execute(question, values).fetchall()

    def wait_until_processed(self, seconds: float = 60) -> None:
        """Waits until no uploaded file waits for the worker."""
        wait_for(lambda: not self.ask("SELECT 1 FROM media_files WHERE state IN ('uploaded', 'processing')"), seconds)

    def advance(self, **how: object) -> None:
        """Lets time pass in the sandbox, and so on the site: ``days=8`` or ``to="trial_end"``."""
        form = urllib.parse.urlencode(how).encode()
        with urllib.request.urlopen(f"{self.sandbox_url}/_sandbox/advance", form, timeout=60) as answer:
            assert answer.status == 200


def _descendants(pid: int) -> dict[int, str]:
    """Children, their children and so on, with their commands; those that do not carry the site's mark too."""
    found = {}
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE:
                    found[child.pid] = " ".join(child.cmdline())
    return found


def _free_pair_of_ports() -> int:
    """Two neighbouring ports that nobody uses."""
    # Not among those that the kernel gives to outgoing connections: another test could take one meanwhile.
    start = 5200 + os.getpid() % 13 * 2
    for port in [*range(start, 5228, 2), *range(5200, start, 2), *range(20000, 20200, 2)]:
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two neighbouring ports are free")


def patiently(what: Any, seconds: float = 30, pause: float = 0.3) -> Any:
    """The first truthy answer of ``what()`` within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(pause)
    return answer
