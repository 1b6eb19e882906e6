"""How migrations run: on the application's own database, in batch mode where SQLite needs it."""

from __future__ import annotations

from alembic import context
from flask import current_app

from classprojects.core.database import Model, UTCDateTime

database = current_app.extensions["migrate"].db


def render_item(kind: str, item: object, _autogenerate: object) -> str | bool:
    """Write our own column types as the plain ones that they are in the database."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(
    _context: object, _inspected: object, _column: object, inspected_type: object, metadata_type: object
) -> bool | None:
    """SQLite keeps no time zones: a moment there is a plain DATETIME."""
    if isinstance(metadata_type, UTCDateTime):
        return False
    return None


def run_migrations() -> None:
    """Run them all in one transaction."""
    options = {**current_app.extensions["migrate"].configure_args}
    options.update(render_item=render_item, compare_type=compare_type)
    with database.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Model.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
