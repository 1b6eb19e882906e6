"""How long a browser stays signed in, and what signing out does to copies of its cookie (ASVS 3.3)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts import actions, jobs
from classprojects.accounts.models import EndedSession
from classprojects.core import clock
from classprojects.core.database import db
from tests.client import PageClient
from tests.factories.people import PASSWORD, make_person
from tests.web.accounts.test_accounts import link_in, sent


def sign_in(browser: PageClient, name: str = "ada") -> PageClient:
    assert browser.post("/login", {"email": name, "password": PASSWORD}).status == 303
    return browser


def cookie(browser: PageClient) -> str:
    held = browser.flask.get_cookie("session")
    assert held is not None
    return held.value


def is_signed_in(browser: PageClient) -> bool:
    return browser.get("/account").status == 200


def test_signing_out_ends_copies_of_the_cookie(browse) -> None:
    make_person("ada")
    browser, thief = sign_in(browse()), browse()
    thief.flask.set_cookie("session", cookie(browser))
    assert is_signed_in(thief)
    stolen = cookie(browser)
    assert browser.post("/logout").status == 303
    assert not is_signed_in(browser)
    assert not is_signed_in(thief), "the copy that was renewed since"
    thief.flask.set_cookie("session", stolen)
    assert not is_signed_in(thief), "the copy as it was taken"
    assert stolen not in str(db.session.scalars(sa.select(EndedSession.session_hash)).all())


def test_signing_out_here_leaves_the_other_browser_alone(browse) -> None:
    make_person("ada")
    here, there = sign_in(browse()), sign_in(browse())
    assert here.post("/logout").status == 303
    assert is_signed_in(there) and not is_signed_in(here)
    assert is_signed_in(sign_in(here)), "signing in again is a session of its own"


def test_taking_another_session_ends_the_one_before(browse, app: Flask) -> None:
    """Whoever changes the password in a browser leaves no older cookie of it behind, and neither does the next to sign in."""
    make_person("ada")
    make_person("ben")
    browser, thief = sign_in(browse()), browse()
    thief.flask.set_cookie("session", cookie(browser))
    browser.post("/password/forgotten", {"email": "ben@example.test"})
    assert browser.post(link_in(sent(app)[-1]), {"password": "another four words"}).status == 303
    assert is_signed_in(browser) and not is_signed_in(thief)


def test_a_session_ends_after_thirty_days_however_busy(browse, monkeypatch: pytest.MonkeyPatch) -> None:
    make_person("ada")
    browser = sign_in(browse())
    began = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: began + timedelta(days=29, hours=23))
    assert is_signed_in(browser)
    monkeypatch.setattr(clock, "real_now", lambda: began + timedelta(days=30, seconds=1))
    assert browser.get("/account").location == "/login?next=/account"
    assert is_signed_in(sign_in(browser))


def test_what_the_sandbox_lives_through_signs_nobody_out(browse) -> None:
    make_person("ada")
    browser = sign_in(browse())
    with clock.at(clock.now() + timedelta(days=400)):
        assert is_signed_in(browser)


def test_a_browser_that_stays_away_is_signed_out(app: Flask, browse, monkeypatch: pytest.MonkeyPatch) -> None:
    make_person("ada")
    browser = sign_in(browse())
    assert is_signed_in(browser)
    away = app.permanent_session_lifetime.total_seconds()
    assert away == timedelta(days=14).total_seconds()
    real = time.time
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real() + away + 1)
    assert not is_signed_in(browser)


@pytest.mark.parametrize("change", [{"nonce": None}, {"since": None}, {"since": "soon"}, {"nonce": 7}, {"since": 4_000_000_000}])
def test_a_session_without_its_word_or_beginning_is_nobodys(browse, change: dict[str, object]) -> None:
    browser = browse(make_person("ada"))
    with browser.flask.session_transaction() as session:
        session.update(change)
    assert browser.get("/account").status == 303
    assert browser.post("/logout").status == 303


def test_signing_out_asks_one_question_more_of_nobody(browse) -> None:
    """The person and whether their session ended come in one statement."""
    browser = browse(make_person("ada"))
    page = browser.get("/account/password")
    people = [query for query in page.queries if "FROM people" in query]
    assert len(people) == 1 and "ended_sessions" in people[0]


def test_ended_sessions_are_forgotten_once_they_could_not_work(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from classprojects.core.database import transaction

    with transaction():
        actions.end_session("a" * 64)
        actions.end_session("a" * 64)
    jobs.sweep_ended_sessions()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EndedSession)) == 1
    later = clock.real_now() + actions.LONGEST_SESSION + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    jobs.sweep_ended_sessions()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EndedSession)) == 0


def test_a_changed_password_is_told_by_mail(browse, app: Flask) -> None:
    make_person("ada")
    browser = sign_in(browse())
    new = {"current_password": "wrong", "password": "another four words"}
    assert browser.post("/account/password", new).status == 422
    assert sent(app) == []
    assert browser.post("/account/password", {**new, "current_password": PASSWORD}).status == 303
    (message,) = sent(app)
    assert (message.to, message.subject) == ("ada@example.test", "Your password was changed")
    assert "http://localhost/password/forgotten" in message.text and "help@classprojects.test" in message.text
    assert "another four words" not in message.text


def test_a_reset_password_is_told_by_mail_too(browse, app: Flask) -> None:
    make_person("ada")
    browser = browse()
    browser.post("/password/forgotten", {"email": "ada@example.test"})
    assert browser.post(link_in(sent(app)[-1]), {"password": "another four words"}).status == 303
    assert sent(app)[-1].subject == "Your password was changed"


def test_a_changed_address_is_told_at_both(browse, app: Flask) -> None:
    make_person("ada")
    browser = sign_in(browse())
    assert browser.post("/account/email", {"email": "new@example.org", "password": PASSWORD}).status == 303
    assert browser.post(link_in(sent(app)[-1])).status == 303
    told = [(message.to, message.subject) for message in sent(app)[1:]]
    assert told == [("ada@example.test", "Your address was changed"), ("new@example.org", "Your address was changed")]
    assert all("new@example.org" in message.text for message in sent(app)[1:])


def test_proving_the_first_address_changes_nothing_that_must_be_told(client: PageClient, app: Flask) -> None:
    client.post("/signup", {"handle": "ada", "email": "ada@example.org", "password": PASSWORD})
    assert client.post(link_in(sent(app)[-1])).status == 303
    assert len(sent(app)) == 1
