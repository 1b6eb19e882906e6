"""bin/run with the real product: it answers, survives, keeps its data and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.processes import marked, parent_of, wait_for

pytestmark = pytest.mark.runner

TOP = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "web": "gunicorn wsgi:app",
    "worker": "classprojects.worker",
    "clock": "classprojects.schedule",
    "sandbox": "stripe_sandbox",
    "valkey": "valkey-server",
}


class Site:
    """One bin/run, empty of demo, on a port and a folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_pair_of_ports()

    def start(self) -> str:
        """Starts it; what it printed until it was ready."""
        kept = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "DATA_DIR": str(self.data_dir)}
        with open(self.data_dir.with_suffix(".out"), "wb") as output:
            self.process = subprocess.Popen(
                [TOP / "bin" / "run"],
                env={**kept, "PORT": str(self.port), "DEMO": "0"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: "Ctrl-C" in self.output() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.output()
        wait_for(lambda: all(self.heads(name) for name in PROGRAMS), 10)
        return self.output()

    def output(self) -> str:
        return self.data_dir.with_suffix(".out").read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def family(self) -> dict[int, str]:
        return marked(f"DATA_DIR={self.data_dir}")

    def heads(self, name: str) -> list[int]:
        """The process that the supervisor started under a name, without its children."""
        family = {pid: command for pid, command in self.family().items() if PROGRAMS[name] in command}
        with contextlib.suppress(OSError):
            return [pid for pid in family if parent_of(pid) not in family]
        return []

    def end(self) -> None:
        """Ends whatever is left, for the next test's sake."""
        for pid in [self.process.pid, *self.family()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def free_pair_of_ports() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError, OverflowError):
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            return int(first.getsockname()[1])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "data")
    try:
        site.start()
        yield site
    finally:
        site.end()


def test_it_stops_cleanly_and_starts_again_quickly_with_what_it_had(site: Site) -> None:
    assert site.answers()
    assert f"http://127.0.0.1:{site.port} " in site.output()
    assert f"http://127.0.0.1:{site.port + 1} " in site.output()
    secret = site.data_dir / "secret_key"
    first = secret.read_text()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert (site.data_dir / "webhook_secret").stat().st_mode & 0o777 == 0o600

    site.process.send_signal(signal.SIGINT)
    assert site.process.wait(40) == 0, site.output()
    assert site.family() == {}

    output = site.start()
    # The promise is for a machine that is idle; a busy one shares its time.
    share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    ready = re.search(r"ready in ([\d.]+) s", output)
    assert ready, output
    assert float(ready[1]) < 5 * share, output
    assert "Bringing the database up to date" not in output
    assert secret.read_text() == first
    site.process.terminate()
    assert site.process.wait(40) == 0
    assert site.family() == {}


def test_each_part_that_is_killed_comes_back(site: Site) -> None:
    for name in ("web", "worker", "valkey", "sandbox", "clock"):
        (old,) = site.heads(name)
        os.kill(old, signal.SIGKILL)
        wait_for(lambda name=name, old=old: site.heads(name) not in ([], [old]), 20)
        wait_for(site.answers, 20)
    # Whatever lost its footing meanwhile stands again too.
    wait_for(lambda: all(len(site.heads(name)) == 1 for name in PROGRAMS), 20)


def test_a_second_run_on_the_same_port_is_refused_and_harms_nothing(site: Site, tmp_path: Path) -> None:
    other = subprocess.run(
        [TOP / "bin" / "run"],
        env={**os.environ, "DATA_DIR": str(tmp_path / "other"), "PORT": str(site.port)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert other.returncode == 1
    assert other.stderr == f"Port {site.port} is taken: choose another with PORT=…\n"
    assert site.answers()


def test_nothing_is_left_when_it_is_killed_outright(site: Site) -> None:
    site.process.kill()
    wait_for(lambda: not site.family(), 40)
