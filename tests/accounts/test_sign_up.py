"""Signing up: names for ever, honest passwords, nothing told about others."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts import actions, queries
from classprojects.accounts.models import Handle, Person, TokenPurpose
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError

PASSWORD = "four words in a row"  # noqa: S105


def join(handle: str = "ada", email: str | None = None, password: str = PASSWORD) -> Person:
    with transaction():
        return actions.sign_up(handle, email or f"{handle}@example.org", password)


def test_a_person_signs_up_and_in_again(context: Flask) -> None:
    person = join("Ada")
    assert person.handle == "ada"
    assert actions.authenticate("ADA", PASSWORD) is not None
    assert actions.authenticate("Ada@Example.org", PASSWORD) is not None
    assert actions.authenticate("ada", "not the password") is None
    assert actions.authenticate("nobody", PASSWORD) is None


@pytest.mark.parametrize("handle", ["ab", "-ada", "ada-", "a" * 31, "ada lovelace", "ådå", "a/b", "admin", "", "ada\x00b"])
def test_a_bad_handle_is_refused_in_words(context: Flask, handle: str) -> None:
    with pytest.raises(actions.BadHandle) as refusal:
        join(handle)
    assert refusal.value.field == "handle" and refusal.value.message.endswith(".")


@pytest.mark.parametrize("password", ["short", "1234567890", "aaaaaaaaaaaa", "password1234", "x" * 201, "ada@example.org"])
def test_a_password_that_anybody_would_guess_is_refused(context: Flask, password: str) -> None:
    with pytest.raises(actions.WeakPassword):
        join(password=password)
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 0


def test_p20_a_handle_is_never_given_out_again(context: Flask) -> None:
    person = join("ada")
    with transaction():
        actions.leave(person)
    assert person.handle is None and person.email is None and person.name == "Somebody who left"
    with pytest.raises(actions.HandleTaken):
        join("ada", "other@example.org")
    assert db.session.scalar(sa.select(Handle.person_id).where(Handle.handle == "ada")) == person.id


def test_one_handle_for_two_at_the_same_moment(context: Flask) -> None:
    """Two requests with one handle: one person has it, the other is told."""
    results: list[str] = []
    start = threading.Barrier(2)

    def attempt(number: int) -> None:
        with context.app_context():
            start.wait(timeout=10)
            try:
                join("ada", f"{number}@example.org")
                results.append("joined")
            except DomainError as error:
                results.append(type(error).__name__)

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(2)]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]
    assert sorted(results) == ["HandleTaken", "joined"]


def test_an_address_belongs_to_whoever_proves_it(context: Flask) -> None:
    first, second = join("ada", "shared@example.org"), join("eve", "shared@example.org")
    with transaction():
        token = actions.make_link_token(first, TokenPurpose.VERIFY_EMAIL, "shared@example.org")
        late = actions.make_link_token(second, TokenPurpose.VERIFY_EMAIL, "shared@example.org")
    with transaction():
        actions.verify_email(token)
    assert queries.find_person_by_email("shared@example.org").id == first.id
    with pytest.raises(actions.LinkExpired), transaction():
        actions.verify_email(late)
    assert actions.authenticate("shared@example.org", PASSWORD).id == first.id


def test_a_link_works_once_and_not_for_ever(context: Flask) -> None:
    from datetime import timedelta

    from classprojects.core import clock

    person = join()
    with transaction():
        token = actions.make_link_token(person, TokenPurpose.RESET_PASSWORD, "ada@example.org")
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)), pytest.raises(actions.LinkExpired):
        actions.find_link(token, TokenPurpose.RESET_PASSWORD)
    old_key = person.session_key
    with transaction():
        actions.reset_password(token, "another four words")
    assert person.session_key != old_key and person.email == "ada@example.org"
    with pytest.raises(actions.LinkExpired), transaction():
        actions.reset_password(token, "yet another four words")
    assert actions.authenticate("ada", "another four words") is not None


def test_a_newer_link_replaces_the_older(context: Flask) -> None:
    person = join()
    with transaction():
        old = actions.make_link_token(person, TokenPurpose.RESET_PASSWORD, "ada@example.org")
        actions.make_link_token(person, TokenPurpose.RESET_PASSWORD, "ada@example.org")
    with pytest.raises(actions.LinkExpired):
        actions.find_link(old, TokenPurpose.RESET_PASSWORD)
