"""A slice of the long run over damaged files, and every format cut off at every tenth of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
#: all of it takes minutes: `python -m tests.fuzz.media --count 2000`
SLICE = 150

# No database is in it: once is enough.
pytestmark = [pytest.mark.slow, pytest.mark.faults]


def run(*arguments: str) -> dict:
    """The program with these arguments; what it found."""
    command = [sys.executable, "-m", "tests.fuzz.media", *arguments]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=240)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return json.loads(done.stdout)


def test_damaged_files() -> None:
    """Processed or refused in words: no decoder dies, nothing hangs, nothing surprises the darkroom."""
    found = run("--count", str(SLICE), "--seconds", "90")
    assert found["wrong"] == []
    assert found["died"] == []
    assert found["surprises"] == []
    assert sum(found["processed"].values()) > found["files"] // 10, "too little gets through to be a test of the rest"
    assert sum(found["refused"].values()) > found["files"] // 10
    assert set(found["processed"]) == {"image", "audio", "video"}
    assert max(one["seconds"] for one in found["slowest"]) < 30


def test_cut_off_at_every_tenth() -> None:
    """Every format, with one to nine tenths of its bytes: refused as cut off or damaged, or played as far as it goes."""
    found = run("--tenths")
    assert found["files"] >= 9 * 28
    assert found["wrong"] == []
    assert found["died"] == []
    assert found["surprises"] == []
    assert sum(found["refused"].values()) > found["files"] // 2
