"""The worker: ``python -m classprojects.worker`` runs jobs until it is told to stop."""

from __future__ import annotations

import os

from rq import Queue, Worker

from classprojects.app import create_app
from classprojects.core.database import db
from classprojects.gateways.queue import QUEUES, connect


def main() -> None:
    """Work on all queues, billing first, inside the application's context."""
    app = create_app()
    connection = connect(app.config["SETTINGS"].redis_url)
    with app.app_context():
        # Every job runs in a fork of its own: a database connection must not be shared with it.
        os.register_at_fork(after_in_child=lambda: db.engine.dispose(close=False))
        Worker([Queue(name, connection=connection) for name in QUEUES], connection=connection).work(
            with_scheduler=False, logging_level="WARNING"
        )


if __name__ == "__main__":
    main()
