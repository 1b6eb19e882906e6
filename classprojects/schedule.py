"""What happens by the clock: ``python -m classprojects.schedule``.

One readable table. Each entry asks the database what is due and wakes workers for
it; nothing here remembers anything, so that missing a beat loses nothing.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from classprojects.accounts import jobs as accounts
from classprojects.app import create_app
from classprojects.billing import jobs as billing
from classprojects.classes.jobs import importing, peers, publishing
from classprojects.completion import jobs as completion
from classprojects.core.database import db
from classprojects.earnings import jobs as earnings
from classprojects.media import jobs as media
from classprojects.notifications import jobs as notifications
from classprojects.web.classes import announcing
from classprojects.webhooks import jobs as webhooks
from classprojects.works import jobs as works

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Entry:
    """``run`` is called every ``every`` seconds of real time."""

    every: int
    run: Callable[[], object]


SCHEDULE: list[Entry] = [
    Entry(60, notifications.sweep_mail),
    Entry(60, webhooks.sweep_events),
    Entry(60, billing.sweep_customers),
    Entry(60, publishing.publish_due_classes),
    Entry(60, media.sweep_stale),
    Entry(60, announcing.sweep_announcements),
    Entry(60, importing.sweep_imports),
    Entry(60, media.sweep_uploads),
    Entry(600, completion.sweep_completions),
    Entry(3600, earnings.close_months),
    Entry(600, peers.sweep_readers),
    Entry(3600, works.sweep_files),
    Entry(6 * 3600, works.sweep_drafts),
    Entry(6 * 3600, accounts.sweep_ended_sessions),
    Entry(600, webhooks.reconcile),
    Entry(600, billing.send_reminders),
]


def main() -> None:
    """Run the table until TERM or INT."""
    app = create_app()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    due = {id(entry): 0.0 for entry in SCHEDULE}
    while not stop.is_set():
        for entry in SCHEDULE:
            if time.monotonic() < due[id(entry)]:
                continue
            due[id(entry)] = time.monotonic() + entry.every
            with app.app_context():
                run_entry(entry)
        stop.wait(1)


def run_entry(entry: Entry) -> None:
    """Run one entry; its failure is logged and must not stop the others."""
    try:
        entry.run()
    except Exception:
        db.session.rollback()
        log.exception("schedule entry failed", entry=entry.run.__qualname__)


if __name__ == "__main__":
    main()
