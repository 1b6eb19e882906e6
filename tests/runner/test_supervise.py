"""The supervisor of bin/run, over services made for the test: order, restarts, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.processes import marked, parent_of, wait_for

pytestmark = pytest.mark.runner

BIN = Path(__file__).resolve().parents[2] / "bin"

# Each service says when it starts and stops in a file of its own, and has a child in a session of
# its own that ignores the polite signals: the hardest to find and to end.
SERVICE = """
import os, signal, subprocess, sys, time
name, log = sys.argv[1:]
def tell(word):
    with open(log, "a") as file:
        file.write(f"{name} {word} {os.getpid()}\\n")
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=True)
def stop(*_):
    tell("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
tell("started")
while True:
    time.sleep(0.05)
"""

DRIVER = """
import os, sys
from pathlib import Path
sys.path.insert(0, {bin!r})
import supervise
from supervise import Failed, Service, Stopped, Supervisor, guarded

supervise.ORPHAN_GRACE = 0.3

def serve():
    supervisor = Supervisor(dict(os.environ), Path({folder!r}))
    services = [Service(name, [sys.executable, "service.py", name, "log"]) for name in ("first", "second")]
    try:
        for service in services:
            supervisor.start(service)
        supervisor.wait_until(lambda: Path("log").exists(), 10, "nothing came", *services)
        supervisor.say("ready")
        supervisor.watch()
    except (Failed, Stopped) as reason:
        supervisor.say(repr(reason))
    finally:
        supervisor.stop(services[::-1])
    return 0

sys.exit(guarded(serve))
"""


class Run:
    """One supervisor at work, with the mark by which everything it started is found."""

    def __init__(self, folder: Path) -> None:
        (folder / "service.py").write_text(SERVICE)
        (folder / "driver.py").write_text(textwrap.dedent(DRIVER).format(bin=str(BIN), folder=str(folder)))
        self.folder = folder
        self.mark = f"RUN_MARK={folder}"
        self.process = subprocess.Popen(
            [sys.executable, "driver.py"],
            cwd=folder,
            env={**os.environ, "RUN_MARK": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Whoever runs the tests under nohup hands on that a hang-up means nothing.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )

    def log(self) -> list[list[str]]:
        path = self.folder / "log"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def started(self, name: str) -> list[int]:
        return [int(pid) for who, what, pid in self.log() if (who, what) == (name, "started")]

    def family(self) -> list[int]:
        """Everything alive that the supervisor or its services started."""
        return list(marked(self.mark))

    def inner(self) -> int:
        """The supervisor itself, below its guard."""
        return parent_of(self.started("first")[-1])


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    wait_for(lambda: run.started("first") and run.started("second"))
    yield run
    run.process.kill()
    for pid in run.family():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_stops_in_order_and_leaves_nothing(run: Run, number: signal.Signals) -> None:
    run.process.send_signal(number)
    output, _ = run.process.communicate(timeout=15)
    assert run.process.returncode == 0, output
    assert [name for name, what, _ in run.log() if what == "stopped"] == ["second", "first"]
    assert run.family() == []


def test_a_service_that_is_killed_comes_back_without_its_old_children(run: Run) -> None:
    (old,) = run.started("second")
    before = set(run.family())
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: len(run.started("second")) == 2)
    kept = before & set(run.family())
    assert old not in kept
    assert len(before) - len(kept) == 2, "the service and its child are gone, nothing else"


def test_a_service_that_keeps_dying_is_started_ever_more_slowly(run: Run) -> None:
    moments = []
    for count in range(1, 5):
        wait_for(lambda count=count: len(run.started("second")) == count)
        moments.append(time.monotonic())
        os.kill(run.started("second")[-1], signal.SIGKILL)
    wait_for(lambda: len(run.started("second")) == 5)
    moments.append(time.monotonic())
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:], strict=False)]
    assert gaps[-1] > 2.0, gaps


def test_nothing_outlives_a_supervisor_that_is_killed(run: Run) -> None:
    os.kill(run.inner(), signal.SIGKILL)
    run.process.wait(timeout=15)
    assert run.process.returncode != 0
    assert run.family() == []


def test_nothing_outlives_a_guard_that_is_killed(run: Run) -> None:
    run.process.kill()
    wait_for(lambda: not run.family(), 15)
    assert [name for name, what, _ in run.log() if what == "stopped"] == ["second", "first"]
