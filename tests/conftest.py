"""Fixtures that every test shares: the application, a database per worker, the cast, a client."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.app import create_app
from classprojects.core.database import Model, db
from classprojects.settings import read_settings
from classprojects.web.shared.limits import limiter
from classprojects.web.shared.logs import configure_logging
from tests.client import PageClient
from tests.factories.people import Cast

_real_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: object) -> None:
    """No test reaches beyond this machine."""
    if self.family != socket.AF_UNIX:
        host = address[0] if isinstance(address, tuple) else address
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"a test tried to reach {host}")
    _real_connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    socket.socket.connect = _loopback_only  # type: ignore[method-assign]
    yield
    socket.socket.connect = _real_connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A folder of this test run's own."""
    folder = Path(tempfile.mkdtemp(prefix="classprojects-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _database_url(folder: Path) -> str:
    """This worker's own database: a file, or one on the server of TEST_DATABASE_URL."""
    server = os.environ.get("TEST_DATABASE_URL")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if not server:
        return f"sqlite:///{folder / 'test.sqlite3'}"
    name = f"classprojects_{worker}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return sa.engine.make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def app(data_dir: Path) -> Iterator[Flask]:
    """The application with an empty, real database; jobs and mail are recorded, not sent."""
    configure_logging(json_lines=True, level="WARNING")
    settings = read_settings(
        {
            "CLASSPROJECTS_ENV": "test",
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": _database_url(data_dir),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "a secret for tests only",
            "RATE_LIMITS": "0",
            "STRIPE_SECRET_KEY": "sk_test_sandbox1234567890",
            "BILLING_MODE": "sandbox",
            "BASE_URL": "http://localhost",
        }
    )
    app = create_app(
        settings, TESTING=True, PROPAGATE_EXCEPTIONS=False, RECORDED_JOBS=[], RECORDED_MAIL=[], ARGON2_COST=(1, 8, 1)
    )
    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """Inside the application's context, with everything emptied afterwards."""
    # There is one limiter for all applications: a test that made one of its own has switched it on.
    limiter.enabled = False
    with app.app_context():
        yield app
        db.session.rollback()
        db.session.remove()
        empty_database()
        app.config["RECORDED_JOBS"].clear()
        app.config["RECORDED_MAIL"].clear()


def empty_database() -> None:
    """Delete every row of every table, with foreign keys looking away for a moment."""
    engine = db.engine
    tables = [engine.dialect.identifier_preparer.format_table(table) for table in Model.metadata.tables.values()]
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("BEGIN IMMEDIATE")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            cursor.execute("COMMIT")
            cursor.execute("PRAGMA foreign_keys=ON")
        else:
            # In one message: a hundred tables are a hundred answers to wait for.
            emptying = "; ".join(f"DELETE FROM {table}" for table in tables)  # noqa: S608
            cursor.execute(f"SET session_replication_role = replica; {emptying}; SET session_replication_role = DEFAULT")
            connection.commit()
    finally:
        connection.close()


@pytest.fixture
def client(context: Flask) -> PageClient:
    """Somebody's browser, signed out."""
    return PageClient(context)


@pytest.fixture
def browse(context: Flask):  # noqa: ANN201
    """``browse(person)``: a browser in which ``person`` (or None) is signed in."""

    def open_browser(person: object = None) -> PageClient:
        client = PageClient(context)
        if person is not None:
            client.sign_in(person)
        return client

    return open_browser


@pytest.fixture
def cast(context: Flask) -> Cast:
    """A visitor, a free account, a subscriber, a lapsed one, two instructors, staff; each enters when called for."""
    return Cast()
