"""What bin/run cannot mend it says in one sentence, at once, with exit code 1."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.runner

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, int]]:
    """A port that is held, by a socket that can let go of it, with the next one free."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held, held.getsockname()[1]


def refusal(data_dir: Path, **variables: str) -> str:
    done = subprocess.run(
        [TOP / "bin" / "run"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "DATA_DIR": str(data_dir), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_port_that_is_taken(tmp_path: Path, pair: tuple[socket.socket, int]) -> None:
    _, port = pair
    assert refusal(tmp_path, PORT=str(port)) == f"Port {port} is taken: choose another with PORT=…\n"


def test_the_sandboxs_port_taken(tmp_path: Path, pair: tuple[socket.socket, int]) -> None:
    _, port = pair
    words = refusal(tmp_path, PORT=str(port - 1))
    assert words.startswith(f"Port {port} is taken")
    assert "sandbox" in words


@pytest.mark.parametrize("port", ["http", "0", "65535", "99999", "-1", "5000 "])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    assert refusal(tmp_path, PORT=port).startswith("PORT is ")


def test_demo_neither_on_nor_off(tmp_path: Path) -> None:
    assert refusal(tmp_path, DEMO="yes").startswith("DEMO is 'yes'")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be written to" in refusal(tmp_path / "file" / "data")


def test_a_folder_that_another_run_uses(tmp_path: Path) -> None:
    with open(tmp_path / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refusal(tmp_path).startswith("Another bin/run uses")


def test_half_of_the_keys_of_stripe(tmp_path: Path) -> None:
    assert "STRIPE_WEBHOOK_SECRET" in refusal(tmp_path, STRIPE_SECRET_KEY="sk_test_1")


def test_no_python(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "env"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    assert refusal(tmp_path, PATH=str(tmp_path)).startswith("Python 3.11 or newer is missing")
