"""The outbox: a mail is a row first, goes out once, and is tried again when refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from classprojects.accounts.models import Person
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import mail as gateway
from classprojects.notifications import jobs
from classprojects.notifications.actions import queue_mail
from classprojects.notifications.models import Mail, MailState


@pytest.fixture
def person(context: Flask) -> Person:
    """Somebody in Berlin."""
    with transaction() as session:
        somebody = Person(handle="ada", email="ada@people.test", name="Ada", time_zone="Europe/Berlin")
        session.add(somebody)
    return somebody


@pytest.fixture(autouse=True)
def templates(app: Flask) -> object:
    """Two mails of this test's own."""
    from jinja2 import ChoiceLoader, DictLoader

    before = app.jinja_env.loader
    own = DictLoader(
        {
            "email/test/plain.txt": "Subject: For {{ person.name }}\n\nAt {{ when|moment }}: {{ word }} & co\n",
            "email/test/rich.txt": "Subject: Rich\n\nText",
            "email/test/rich.html": "<p>{{ word }}</p>",
        }
    )
    app.jinja_env.loader = ChoiceLoader([own, before])
    yield
    app.jinja_env.loader = before


def the_mail() -> Mail:
    return db.session.scalars(sa.select(Mail).execution_options(populate_existing=True)).one()


def send_recorded(app: Flask) -> None:
    for job, arguments in app.config["RECORDED_JOBS"]:
        job(*arguments)


def test_mail_goes_out_once_in_the_readers_own_time(context: Flask, person: Person) -> None:
    """Written in the reader's zone, sent after the commit, sent once however often the job runs."""
    moment = clock.now().replace(year=2026, month=7, day=1, hour=10, minute=0)
    with transaction():
        queue_mail(person, "test/plain", "occasion:1", word="tea", when=moment)
        assert context.config["RECORDED_MAIL"] == []
    for _ in range(3):
        send_recorded(context)
    (message,) = context.config["RECORDED_MAIL"]
    assert (message.to, message.subject) == ("ada@people.test", "For Ada")
    assert message.text == "At 1 Jul 2026, 12:00 CEST: tea & co\n"
    assert the_mail().state is MailState.SENT and the_mail().context == {}


def test_the_same_occasion_is_mailed_once(context: Flask, person: Person) -> None:
    with transaction():
        assert queue_mail(person, "test/rich", "occasion:2", word="a") is not None
        assert queue_mail(person, "test/rich", "occasion:2", word="b") is None
    with transaction():
        assert queue_mail(person, "test/rich", "occasion:2", word="c") is None
    send_recorded(context)
    assert [message.html for message in context.config["RECORDED_MAIL"]] == ["<p>a</p>"]


def test_nothing_is_mailed_when_the_change_does_not_stand(context: Flask, person: Person) -> None:
    def fail_after_queueing() -> None:
        with transaction():
            queue_mail(person, "test/rich", "occasion:3", word="a")
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_queueing()
    assert context.config["RECORDED_JOBS"] == []
    assert db.session.scalar(sa.select(sa.func.count(Mail.id))) == 0


def test_a_refused_mail_is_tried_again_and_given_up_in_the_end(
    context: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_message: object) -> None:
        raise gateway.MailFailed("SMTPServerDisconnected")

    monkeypatch.setattr(gateway, "send", refuse)
    with transaction():
        mail_id = queue_mail(person, "test/rich", "occasion:4", word="a")
    assert mail_id is not None
    moment = clock.now()
    for attempt in range(1, 9):
        with clock.at(moment):
            jobs.send_mail(mail_id)
            jobs.send_mail(mail_id)  # not due yet: nothing happens
        mail = the_mail()
        assert mail.attempts == attempt
        moment = mail.next_at + timedelta(seconds=1)
    assert the_mail().state is MailState.DEAD


def test_the_sweep_finds_what_a_dead_worker_left(context: Flask, person: Person) -> None:
    with transaction():
        mail_id = queue_mail(person, "test/rich", "occasion:5", word="a")
        assert mail_id
    from classprojects.notifications import actions

    with transaction():
        assert actions.claim_mail(mail_id)
    context.config["RECORDED_JOBS"].clear()
    jobs.sweep_mail()
    assert context.config["RECORDED_JOBS"] == []
    with clock.at(clock.now() + timedelta(minutes=6)):
        jobs.sweep_mail()
        send_recorded(context)
    assert the_mail().state is MailState.SENT


def test_nobody_is_mailed_who_left(context: Flask, person: Person) -> None:
    with transaction():
        queue_mail(person, "test/rich", "occasion:6", word="a")
        person.email = None
    send_recorded(context)
    assert context.config["RECORDED_MAIL"] == []
    assert the_mail().state is MailState.DROPPED


def test_an_address_that_is_not_proven_yet_gets_its_owners_mail(context: Flask, person: Person) -> None:
    """Whoever pays hears of it, whether they opened the confirming link or not."""
    with transaction():
        person.email, person.claimed_email = None, "ada@claimed.test"
        queue_mail(person, "test/rich", "occasion:7", word="a")
    send_recorded(context)
    assert [message.to for message in context.config["RECORDED_MAIL"]] == ["ada@claimed.test"]
