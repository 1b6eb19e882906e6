"""Whatever order, however often, or never: the books end as Stripe says."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from classprojects.billing import conversations, jobs, queries
from classprojects.billing.models import ChangeKind, CheckoutAttempt, Interval, InvoiceCopy, Subscription
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import stripe as gateway
from classprojects.notifications.models import Mail
from classprojects.webhooks import actions
from classprojects.webhooks import jobs as webhook_jobs
from classprojects.webhooks.models import ReceivedEvent
from tests.billing.sandbox import Till, WebhookClient
from tests.factories.people import Cast

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

Life = Callable[[Cast, Till], list[dict]]


def sign_up(cast: Cast, till: Till) -> list[dict]:
    """A checkout that was paid: every event of it, none delivered."""
    till.pay(conversations.open_checkout(cast.free, Interval.MONTH))
    return followed(till)


def live_through(cast: Cast, till: Till) -> list[dict]:
    """A trial, a paid month, a cancellation taken back: every event of it, none delivered."""
    sign_up(cast, till)
    till.advance(days=7, seconds=7200)
    jobs.sync_customer(queries.find_customer_of(cast.free.id).id)
    conversations.change_subscription(cast.free, ChangeKind.CANCEL)
    conversations.change_subscription(cast.free, ChangeKind.RESUME)
    return followed(till)


def followed(till: Till) -> list[dict]:
    till.app.config["RECORDED_JOBS"].clear()
    return [event for event in till.events() if actions.is_followed(event["type"])]


def forget(attempt_state: str = "open") -> None:
    """Our books as they were when the checkout was opened."""
    with transaction() as session:
        for table in (Mail, InvoiceCopy, ReceivedEvent):
            session.execute(sa.delete(table))
        session.execute(sa.text("DELETE FROM subscription_changes"))
        session.execute(sa.delete(Subscription))
        session.execute(sa.update(CheckoutAttempt).values(state=attempt_state))
    db.session.expire_all()


def remember_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's answers from now on, without asking it again: nothing changes there any more."""
    for name in ("list_subscriptions", "list_invoices", "fetch_checkout"):
        real, answers = getattr(gateway, name), {}

        def answer(id_: str, real=real, answers=answers) -> object:  # noqa: ANN001
            if id_ not in answers:
                answers[id_] = real(id_)
            return copy.deepcopy(answers[id_])

        monkeypatch.setattr(gateway, name, answer)


def state(person_id: int) -> tuple:
    db.session.expire_all()
    (row,) = queries.list_subscriptions_of(person_id)
    attempt = db.session.scalars(sa.select(CheckoutAttempt)).one()
    invoices = db.session.execute(sa.select(InvoiceCopy.status, InvoiceCopy.total).order_by(InvoiceCopy.issued_at, InvoiceCopy.total))
    return (
        row.status, row.period_start, row.period_end, row.cancel_at_period_end, row.trial_end, row.past_due_since,
        row.amount, attempt.state, tuple(map(tuple, invoices)),
    )


@pytest.mark.parametrize(("life", "rounds", "status"), [(sign_up, 200, "trialing"), (live_through, 25, "active")])
def test_random_orders(
    cast: Cast, till: Till, webhook: WebhookClient, monkeypatch: pytest.MonkeyPatch, life: Life, rounds: int, status: str
) -> None:
    """Matrix 38, 39: 200 shuffles of a signup and 25 of a longer life, some events twice, workers coming and going."""
    events = life(cast, till)
    assert len(events) >= 4
    till.deliver(webhook, events)
    till.run_jobs()
    expected = state(cast.free.id)
    assert expected[0] == status
    remember_answers(monkeypatch)
    chance = random.Random(38)
    for _ in range(rounds):
        forget()
        shuffled = events + chance.sample(events, 2)
        chance.shuffle(shuffled)
        for event in shuffled:
            with transaction():
                actions.receive_event(event, "{}")
            if chance.random() < 0.5:
                till.run_jobs()
        till.run_jobs()
        assert state(cast.free.id) == expected


def test_the_event_never_comes(cast: Cast, till: Till) -> None:
    """Matrix 41, 42: asking Stripe for its events repairs what was not delivered, and says how much."""
    events = live_through(cast, till)
    forget()
    assert webhook_jobs.reconcile_events() > 5
    till.run_jobs()
    assert queries.has_membership(cast.free.id, clock.now())
    assert webhook_jobs.reconcile_events() == 0
    rows = db.session.scalars(sa.select(ReceivedEvent)).all()
    assert {row.repaired for row in rows} == {True}
    assert len(rows) <= len(events)


def test_neither_event_nor_return(cast: Cast, till: Till) -> None:
    """A paid checkout whose person closed the tab, and whose events were lost, is found by the sweep."""
    till.pay(conversations.open_checkout(cast.free, Interval.MONTH))
    till.advance(16 * 60)
    jobs.sweep_customers()
    till.run_jobs()
    assert queries.has_membership(cast.free.id, clock.now())


def test_return_page_and_webhook_at_the_same_instant(cast: Cast, till: Till) -> None:
    """Matrix 58: many writers of the same customer at once: one subscription, one mail, and none overtakes another."""
    till.pay(conversations.open_checkout(cast.free, Interval.MONTH))
    customer_id = queries.find_customer_of(cast.free.id).id
    for _ in range(5):
        forget()
        errors: list[BaseException] = []

        def follow(errors: list[BaseException] = errors) -> None:
            with till.app.app_context():
                try:
                    jobs.follow_checkout(customer_id)
                except BaseException as error:
                    errors.append(error)
                finally:
                    db.session.remove()

        db.session.commit()
        threads = [threading.Thread(target=follow) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert len(queries.list_subscriptions_of(cast.free.id)) == 1
        assert db.session.scalar(sa.select(sa.func.count(Mail.id))) == 1
