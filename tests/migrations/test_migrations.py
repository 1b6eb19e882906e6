"""The migrations lead where the models are: up, down, up, and nothing is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade

from classprojects.app import create_app
from classprojects.core.database import Model, UTCDateTime, db
from classprojects.settings import read_settings


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has no table yet."""
    server = os.environ.get("TEST_DATABASE_URL")
    url, name = f"sqlite:///{tmp_path / 'fresh.sqlite3'}", f"migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    if server:
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        url = sa.engine.make_url(server).set(database=name).render_as_string(hide_password=False)
    settings = read_settings(
        {"CLASSPROJECTS_ENV": "test", "DATA_DIR": str(tmp_path), "DATABASE_URL": url, "SECRET_KEY": "for tests"}
    )
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _differences() -> list[object]:
    def compare_type(_context, _inspected, _column, _inspected_type, metadata_type):  # noqa: ANN001, ANN202
        return False if isinstance(metadata_type, UTCDateTime) else None

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
        return compare_metadata(context, Model.metadata)


def test_up_down_up_and_nothing_differs(fresh: Flask) -> None:
    upgrade()
    assert _differences() == []
    downgrade(revision="base")
    left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade()
    assert _differences() == []
