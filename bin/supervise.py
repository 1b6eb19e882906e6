"""Runs a few services together: starts them in order, restarts one that dies, stops all in order.

Three guarantees, by what Linux offers:
- a service's whole family goes with it, even children in sessions of their own: the supervisor is
  the 'subreaper' that orphans fall to, so it can find them and end them;
- nothing outlives the supervisor, even when it is killed outright: a guard process above it sweeps
  up, and each service asks the kernel for SIGTERM should its parent die;
- a terminal's Ctrl-C reaches the guard only, so that the order of stopping is the supervisor's.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_DELAY = 0.25  # seconds before a dead service is started again; doubles each time
LONGEST_DELAY = 10.0
STEADY_AFTER = 30.0  # seconds alive after which earlier deaths are forgotten
ORPHAN_GRACE = 2.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Failed(Exception):
    """Starting cannot go on; the message says why in one sentence."""


class Stopped(Exception):
    """Someone asked for the end."""


@dataclass
class Service:
    """A program that is kept running, and what has become of it."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    grace: float = 5.0  # seconds between asking it to stop and ending it
    insist: float = 0.0  # of these, how long before the end it is asked a second time
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    again_at: float | None = None


class Supervisor:
    """Starts, watches and stops services; everything happens in `_turn`, in one thread."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self.env = env
        self.folder = folder
        self.services: list[Service] = []
        self.asked_to_stop = False
        self.in_a_hurry = False
        self._selector = selectors.DefaultSelector()
        self._partial: dict[int, bytes] = {}
        self._mute = False
        self._child_ended = False
        self._listen_to_signals()

    # What a caller asks for.

    def start(self, service: Service) -> None:
        """Starts a service and keeps it running from now on."""
        self.services.append(service)
        self._launch(service)

    def run_once(
        self,
        name: str,
        command: Sequence[str | Path],
        failure: str,
        *,
        patience: float = math.inf,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Runs one step to its end, showing what it prints; Failed when it does not go well.

        When it takes longer than `patience` seconds, `meanwhile` is called, once.
        """
        late = time.monotonic() + patience
        step = Service(name, command)
        self.services.append(step)
        self._launch(step)
        assert step.process is not None
        while step.process.poll() is None:
            self._turn(0.2, but=step)
            self._check_stop()
            if time.monotonic() > late:
                late = math.inf
                meanwhile()
        self._drain()
        self.services.remove(step)
        self._sweep_orphans()
        if step.process.returncode != 0:
            raise Failed(failure)

    def wait_until(self, ready: Callable[[], bool], seconds: float, failure: str, *services: Service) -> None:
        """Waits for `ready`; Failed when time runs out or one of the services keeps dying."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline or any(service.deaths >= 3 for service in services):
                raise Failed(failure)
            self._turn(0.05)
            self._check_stop()

    def watch(self) -> None:
        """Keeps everything running until someone asks for the end."""
        while not self.asked_to_stop:
            self._turn(1.0)

    def stop(self, order: Sequence[Service] = ()) -> None:
        """Stops the services in the order given, what is not named in it last, and their children."""
        for service in self.services:
            service.again_at = None
        rest = [service for service in reversed(self.services) if service not in order]
        for service in [*order, *rest]:
            self._stop_one(service)
        self._drain()

    def say(self, words: str) -> None:
        """Prints for the person at the terminal; goes on when nobody is there to read."""
        self._print(f"{words}\n".encode())

    # How it is done.

    def _listen_to_signals(self) -> None:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self._selector.register(reading, selectors.EVENT_READ)
        self._wakeup = reading

        def ask(_number: int, _frame: FrameType | None) -> None:
            # Some senders say it twice at once; only a person who says it again later is in a hurry.
            if not self.asked_to_stop:
                self.asked_to_stop, self._asked_at = True, time.monotonic()
            elif time.monotonic() - self._asked_at > 1.0:
                self.in_a_hurry = True

        for number in stop_signals():
            signal.signal(number, ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake up
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _launch(self, service: Service) -> None:
        service.again_at = None
        service.began = time.monotonic()
        service.process = subprocess.Popen(
            [str(part) for part in service.command],
            cwd=self.folder,
            env={**self.env, **service.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid()),
        )
        assert service.process.stdout is not None
        os.set_blocking(service.process.stdout.fileno(), False)
        self._selector.register(service.process.stdout, selectors.EVENT_READ, service)

    def _turn(self, seconds: float, *, but: Service | None = None) -> None:
        """Waits for something to happen, at most so long; shows output, notices deaths, restarts."""
        now = time.monotonic()
        for service in self.services:
            if service.again_at is not None:
                seconds = min(seconds, max(0.0, service.again_at - now))
        self._read(seconds)
        now = time.monotonic()
        for service in self.services:
            if service is but or service.process is None:
                continue
            if service.again_at is not None:
                if now >= service.again_at and not self.asked_to_stop:
                    self._launch(service)
            elif service.process.poll() is not None and not self.asked_to_stop:
                self._note_death(service, now)
        if self._child_ended:
            self._child_ended = False
            self._reap()

    def _note_death(self, service: Service, now: float) -> None:
        assert service.process is not None
        if now - service.began > STEADY_AFTER:
            service.deaths = 0
        delay = min(FIRST_DELAY * 2**service.deaths, LONGEST_DELAY)
        service.deaths += 1
        self._drain()
        self._sweep_orphans()
        self.say(f"{service.name} ended ({ending(service.process.returncode)}); starting it again in {delay:g} s")
        service.again_at = time.monotonic() + delay

    def _stop_one(self, service: Service) -> None:
        process = service.process
        if process is not None and process.poll() is None:
            process.terminate()
            began, insisted = time.monotonic(), False
            while process.poll() is None:
                waited = time.monotonic() - began
                grace = service.grace if not self.in_a_hurry else min(service.grace, 1.0)
                if waited > grace:
                    self.say(f"{service.name} did not stop in {grace:g} s: ended")
                    for pid in [*descendants(process.pid), process.pid]:
                        _send(pid, signal.SIGKILL)
                    process.wait()
                elif service.insist and waited > grace - service.insist and not insisted:
                    process.terminate()
                    insisted = True
                self._read(0.1)
        self._sweep_orphans()
        if service in self.services:
            self.services.remove(service)

    def _sweep_orphans(self) -> None:
        """Ends what a service has left behind: processes that fell to the supervisor."""
        known = {service.process.pid for service in self.services if service.process}
        deadline = time.monotonic() + ORPHAN_GRACE
        number = int(signal.SIGTERM)
        while orphans := [pid for pid in children(os.getpid()) if pid not in known]:
            for pid in orphans:
                for each in [*descendants(pid), pid]:
                    _send(each, number)
            number = int(signal.SIGKILL) if time.monotonic() > deadline else 0
            self._read(0.05)
            self._reap()

    def _reap(self) -> None:
        """Takes leave of dead orphans; the services' own ends are left to their Popen."""
        known = {service.process.pid for service in self.services if service.process}
        for pid in children(os.getpid()):
            if pid not in known:
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fd == self._wakeup:
                self._child_ended |= signal.SIGCHLD in os.read(key.fd, 4096)
            else:
                self._show(key)

    def _drain(self) -> None:
        for _ in range(100):  # enough for what a pipe holds, and an end to what never stops talking
            events = [key for key, _ in self._selector.select(0) if key.fd != self._wakeup]
            for key in events:
                self._show(key)
            if not events:
                break

    def _show(self, key: selectors.SelectorKey) -> None:
        service: Service = key.data
        try:
            piece = os.read(key.fd, 65536)
        except BlockingIOError:
            return
        *lines, rest = (self._partial.pop(key.fd, b"") + piece).split(b"\n")
        if piece and len(rest) < 65536:
            self._partial[key.fd] = rest
        elif rest:
            lines.append(rest)
        for line in lines:
            self._print(f"{service.name:<8}| ".encode() + line + b"\n")
        if not piece:
            self._selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]

    def _print(self, words: bytes) -> None:
        if self._mute:
            return
        try:
            sys.stdout.buffer.write(words)
            sys.stdout.buffer.flush()
        except OSError:
            self._mute = True

    def _check_stop(self) -> None:
        if self.asked_to_stop:
            raise Stopped


def guarded(work: Callable[[], int]) -> int:
    """Runs `work` in a child whose every descendant ends with it; passes on signals; its exit code."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # Held back until both sides have said what to do with them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    guard = os.getpid()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            end_with_parent(guard)()
            os.setsid()
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
            code = work()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    for number in stop_signals():
        signal.signal(number, lambda number, _frame: _send(pid, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            break
    _end_all_children()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _end_all_children() -> None:
    deadline = time.monotonic() + ORPHAN_GRACE
    for pid in descendants(os.getpid()):
        _send(pid, signal.SIGTERM)
    while left := descendants(os.getpid()):
        if time.monotonic() > deadline:
            for pid in left:
                _send(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.05)


def end_with_parent(parent: int) -> Callable[[], None]:
    """For a new process to call: asks for SIGTERM when its parent dies, however it dies."""

    def ask() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


def stop_signals() -> list[signal.Signals]:
    """What asks for the end; a hang-up does not where it is ignored, as under nohup."""
    nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [number for number in STOP_SIGNALS if not (nohup and number == signal.SIGHUP)]


def _prctl(option: int, value: int) -> None:
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


def children(parent: int) -> list[int]:
    """The processes whose parent is this one."""
    return _families().get(parent, [])


def descendants(parent: int) -> list[int]:
    """Children, their children, and so on; the nearest first."""
    families = _families()
    found = list(families.get(parent, []))
    for pid in found:
        found.extend(families.get(pid, []))
    return found


def _families() -> dict[int, list[int]]:
    families: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir() if Path("/proc").exists() else ():
        if entry.name.isdigit():
            try:
                # The name, in brackets, may hold anything; the parent is the second word after it.
                after = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            families.setdefault(int(after[1]), []).append(int(entry.name))
    return families


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
