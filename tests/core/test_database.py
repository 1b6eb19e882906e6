"""Transactions: doors open them, nothing writes outside, jobs wait for the commit."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.core.database import after_commit, db, transaction
from classprojects.discussions.models import Thread


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count(Thread.id))) or 0


def test_a_transaction_commits_all_or_nothing(context: Flask) -> None:
    with transaction():
        db.session.add(Thread())
    assert count() == 1
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.add(Thread())
        db.session.flush()
        raise ZeroDivisionError
    assert count() == 1


def test_writing_outside_of_a_transaction_raises(context: Flask) -> None:
    db.session.add(Thread())
    with pytest.raises(RuntimeError, match="outside"):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(RuntimeError, match="outside"):
        db.session.execute(sa.delete(Thread))


def test_transactions_do_not_nest(context: Flask) -> None:
    with transaction():
        with pytest.raises(RuntimeError, match="nest"), transaction():
            pass
        db.session.add(Thread())
    assert count() == 1


def test_what_waits_for_the_commit_does_not_run_without_it(context: Flask) -> None:
    ran: list[str] = []
    with pytest.raises(ZeroDivisionError), transaction():
        after_commit(ran.append, "rolled back")
        raise ZeroDivisionError
    with transaction():
        after_commit(ran.append, "committed")
        assert ran == []
    assert ran == ["committed"]
    with pytest.raises(RuntimeError):
        after_commit(ran.append, "no transaction")


def test_what_waited_and_fails_does_not_undo_the_commit(context: Flask) -> None:
    ran: list[str] = []
    with transaction():
        db.session.add(Thread())
        after_commit(lambda: 1 / 0)
        after_commit(ran.append, "next")
    assert count() == 1 and ran == ["next"]


def test_writers_at_the_same_time_wait_for_each_other(context: Flask) -> None:
    """Four threads read, then write, in one transaction each: none is told that the database is locked."""
    errors: list[BaseException] = []

    def work() -> None:
        with context.app_context():
            try:
                for _ in range(10):
                    with transaction():
                        count()
                        db.session.add(Thread())
            except BaseException as error:  # noqa: BLE001 - told to the test below
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join(timeout=60) for thread in threads]
    assert errors == [] and count() == 40
