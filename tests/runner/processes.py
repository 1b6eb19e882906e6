"""Finding processes by a mark in their environment, whoever their parent is by now."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def marked(mark: str) -> dict[int, str]:
    """Every living process that carries ``NAME=value`` in its environment, with its command."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(entry.name)] = command.strip()
            except OSError:  # it ended meanwhile, or is not ours
                continue
    return found


def parent_of(pid: int) -> int:
    """The process that a process is a child of now."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for(what: Callable[[], object], seconds: float = 10) -> None:
    """Waits until something is so; fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)
