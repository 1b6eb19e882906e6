"""The one place that tells the product's time.

Everything that compares dates asks :func:`now`. In sandbox mode, and in no
other, the clock follows the Stripe sandbox: the sandbox keeps its offset (whole
seconds, as text) in a file, and we read that file again whenever it changes, so
that trials, lapses and seasons can be lived through in a minute.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


class _SandboxOffset:
    """The sandbox's offset from real time, read from its file when that changes."""

    def __init__(self) -> None:
        self.path: str | None = None
        self._stamp: tuple[int, int] | None = None
        self._offset = timedelta()

    def follow(self, path: str | None) -> None:
        self.path, self._stamp, self._offset = path, None, timedelta()

    def read(self) -> timedelta:
        if self.path is None:
            return self._offset
        try:
            stat = os.stat(self.path)
        except OSError:
            return self._offset
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            try:
                with open(self.path) as file:
                    self._offset = timedelta(seconds=int(file.read().strip() or 0))
                self._stamp = stamp
            except (OSError, ValueError, OverflowError):
                # A half-written or odd file: keep the last known offset.
                pass
        return self._offset


_sandbox = _SandboxOffset()


def now() -> datetime:
    """The product's current moment, aware, in UTC."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    return datetime.now(UTC) + _sandbox.read()


def real_now() -> datetime:
    """The machine's own time, whatever the sandbox lives through: how long a browser stays signed in is no part of a trial."""
    return datetime.now(UTC)


def follow(path: str | None) -> None:
    """Follow the offset in the file at ``path`` from now on; ``None``: real time."""
    _sandbox.follow(path)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at ``moment`` (aware) inside the block: for the demo and for tests."""
    if moment.tzinfo is None:
        raise ValueError("clock.at() takes an aware datetime")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def held() -> datetime | None:
    """The moment that the clock is held at in this context; None when it runs."""
    return _fixed.get()
