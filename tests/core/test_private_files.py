"""What lies in the data folder is nobody else's: other accounts of the machine read neither rows nor mail."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from classprojects.app import TOP, create_app
from classprojects.core.database import db
from classprojects.gateways import mail
from classprojects.settings import read_settings
from classprojects.web.shared.limits import limiter


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """New files are readable by everybody, unless somebody sees to it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    """Who may do what with ``path``."""
    return path.stat().st_mode & 0o777


def start(folder: Path) -> None:
    """An application on the data folder, and something in its database."""
    app = create_app(read_settings({"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(folder)}), RECORDED_JOBS=[])
    limiter.enabled = False
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS secrets (word TEXT)"))
            connection.execute(sa.text("INSERT INTO secrets VALUES ('hush')"))
            # While it is open, part of it lies in the files beside it.
            for path in folder.glob("classprojects.sqlite3*"):
                assert rights(path) & 0o007 == 0, path
        db.engine.dispose()


def test_the_data_folder_and_the_database_are_made_private(tmp_path: Path) -> None:
    """Made by whoever comes first: web, worker, or a command."""
    folder = tmp_path / "deep" / "data"
    start(folder)
    assert rights(folder) == 0o700
    assert rights(folder / "classprojects.sqlite3") == 0o600
    assert rights(folder / "secret_key") == 0o600


def test_a_database_from_before_is_closed_to_others(tmp_path: Path) -> None:
    """One that was made readable by everybody; the folder, which may be somebody's own choice, stays as it is."""
    folder = tmp_path / "data"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "classprojects.sqlite3")) as connection:
        connection.execute("CREATE TABLE secrets (word TEXT)")
    assert rights(folder / "classprojects.sqlite3") == 0o644
    start(folder)
    assert rights(folder / "classprojects.sqlite3") == 0o640
    assert rights(folder) == 0o755


def test_kept_mail_is_private(tmp_path: Path) -> None:
    """Mail holds links that open accounts."""
    settings = read_settings({"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path)})
    app = create_app(dataclasses.replace(settings, mail_url=f"file://{tmp_path}/mail"), RECORDED_JOBS=[])
    limiter.enabled = False
    with app.app_context():
        mail.send(mail.Message("ada@example.test", "Your link", "https://…"))
        db.engine.dispose()
    assert rights(tmp_path / "mail") == 0o700
    (kept,) = (tmp_path / "mail").iterdir()
    assert rights(kept) == 0o600


def test_bin_run_makes_its_folder_private(tmp_path: Path) -> None:
    """The one that holds everything of a site on this machine."""
    script = (
        "import sys; sys.path.insert(0, 'bin')\n"
        "from pathlib import Path\n"
        "import serve\n"
        f"serve.make_data_dir(Path({str(tmp_path / 'data')!r}))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=TOP, timeout=60)
    assert rights(tmp_path / "data") == 0o700
