"""Subscribing from several places at once, and with Stripe stumbling."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from classprojects.billing import actions, conversations, jobs, queries
from classprojects.billing.models import BillingCustomer, CheckoutAttempt, CheckoutState, Interval, Price, Subscription
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways import stripe as gateway
from classprojects.gateways.stripe import StripeRefused, StripeUnavailable
from tests.billing.sandbox import Till, WebhookClient, session_id
from tests.client import PageClient
from tests.factories.people import Cast


def attempts() -> list[CheckoutAttempt]:
    return list(db.session.scalars(sa.select(CheckoutAttempt).order_by(CheckoutAttempt.id).execution_options(populate_existing=True)))


@pytest.mark.slow
def test_twenty_at_once_make_one_checkout(browse, cast: Cast, till: Till) -> None:  # noqa: ANN001
    """Matrix 57: twenty parallel POST /subscribe: one customer, one open session, one answer."""
    browsers: list[PageClient] = [browse(cast.free) for _ in range(20)]
    tokens = [browser.csrf_token() for browser in browsers]
    answers: list[tuple[int, str | None]] = []

    def subscribe(browser: PageClient, token: str) -> None:
        answer = browser.flask.post("/subscribe", data={"plan": "monthly", "csrf_token": token})
        answers.append((answer.status_code, answer.headers.get("Location")))

    db.session.commit()
    threads = [threading.Thread(target=subscribe, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {status for status, _ in answers} == {303}
    assert len({location for _, location in answers}) == 1
    assert len(attempts()) == 1
    assert len(till.objects.list("customer")) == 1
    assert len(till.objects.list("checkout.session")) == 1
    assert len(till.objects.list("price")) == 2
    assert len(till.objects.list("product")) == 1


def test_two_tabs_with_the_same_plan_share_a_checkout(cast: Cast, till: Till) -> None:
    """Matrix 56: same price, same session."""
    first = conversations.open_checkout(cast.free, Interval.MONTH)
    assert conversations.open_checkout(cast.free, Interval.MONTH) == first


def test_two_tabs_with_different_plans_close_the_first(cast: Cast, till: Till) -> None:
    """Matrix 56: another price expires the session before."""
    first = conversations.open_checkout(cast.free, Interval.MONTH)
    second = conversations.open_checkout(cast.free, Interval.YEAR)
    assert second != first
    assert till.pay(first).status_code == 410
    assert [attempt.state for attempt in attempts()] == [CheckoutState.EXPIRED, CheckoutState.OPEN]
    assert till.pay(second).status_code == 303


def test_one_tab_paid_before_we_heard_of_it(cast: Cast, till: Till) -> None:
    """A second try asks Stripe and finds the membership that is there already."""
    conversations.open_checkout(cast.free, Interval.MONTH)
    till.pay(attempts()[0].url)
    for interval in (Interval.MONTH, Interval.YEAR):
        with pytest.raises(actions.AlreadyMember):
            conversations.open_checkout(cast.free, interval)
    assert queries.has_membership(cast.free.id, clock.now())


def test_the_answer_got_lost_on_the_way(cast: Cast, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix 49: Stripe made the session, we never heard: the retry finds the same one by the same key."""
    real = gateway.create_checkout
    made: list[dict] = []

    def lose(key: str, params: dict) -> dict:
        made.append(real(key, params))
        raise StripeUnavailable("APIConnectionError")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "create_checkout", lose)
        with pytest.raises(StripeUnavailable):
            conversations.open_checkout(cast.free, Interval.MONTH)
    assert [attempt.state for attempt in attempts()] == [CheckoutState.CREATING]
    with clock.at(clock.now() + timedelta(minutes=20)):
        address = conversations.open_checkout(cast.free, Interval.MONTH)
    assert session_id(address) == made[0]["id"]
    assert len(till.objects.list("checkout.session")) == 1


def test_a_checkout_that_nobody_learned_of_is_left(cast: Cast, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """After forty minutes the key is not used again: nobody can have paid it."""

    def away(*_: object) -> dict:
        raise StripeUnavailable("APIConnectionError")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "create_checkout", away)
        with pytest.raises(StripeUnavailable):
            conversations.open_checkout(cast.free, Interval.MONTH)
    till.advance(3600)
    conversations.open_checkout(cast.free, Interval.MONTH)
    assert [attempt.state for attempt in attempts()] == [CheckoutState.FAILED, CheckoutState.OPEN]


def test_a_refused_checkout_does_not_block_the_next(cast: Cast, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix 51: what Stripe refuses is not tried again with the same key."""

    def refuse(*_: object) -> dict:
        raise StripeRefused("IdempotencyError", "idempotency_error")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "create_checkout", refuse)
        with pytest.raises(StripeRefused):
            conversations.open_checkout(cast.free, Interval.MONTH)
    conversations.open_checkout(cast.free, Interval.MONTH)
    assert [attempt.state for attempt in attempts()] == [CheckoutState.FAILED, CheckoutState.OPEN]


def test_an_abandoned_checkout_runs_out(cast: Cast, till: Till, webhook: WebhookClient) -> None:
    """Left alone it expires, we hear of it, and a new one can begin."""
    first = conversations.open_checkout(cast.free, Interval.MONTH)
    till.advance(2 * 3600)
    till.follow(webhook)
    assert [attempt.state for attempt in attempts()] == [CheckoutState.EXPIRED]
    assert conversations.open_checkout(cast.free, Interval.MONTH) != first


def test_a_second_subscription_is_ended(cast: Cast, till: Till, webhook: WebhookClient) -> None:
    """Whatever made it: the older one stays, the newer ends without a charge to come."""
    address = conversations.open_checkout(cast.free, Interval.MONTH)
    till.pay(address)
    till.advance(60)
    with transaction() as session:
        session.execute(sa.delete(CheckoutAttempt))  # as if our books had forgotten
    second = conversations.open_checkout(cast.free, Interval.YEAR)
    till.pay(second)
    till.follow(webhook)
    states = [(row.interval, row.status.value) for row in queries.list_subscriptions_of(cast.free.id)]
    assert states == [(Interval.MONTH, "trialing"), (Interval.YEAR, "canceled")]


def test_a_new_amount_is_a_new_price(cast: Cast, till: Till) -> None:
    """Matrix 33: raising a price takes the old one off sale and leaves it to those who have it."""
    from dataclasses import replace

    conversations.open_checkout(cast.free, Interval.MONTH)
    till.app.config["SETTINGS"] = replace(till.app.config["SETTINGS"], monthly_amount=1299)
    conversations.open_checkout(cast.maker, Interval.MONTH)
    rows = db.session.execute(sa.select(Price.lookup_key, Price.sellable).order_by(Price.id)).all()
    assert rows == [
        ("membership_month_usd_999", False), ("membership_year_usd_5999", True), ("membership_month_usd_1299", True),
    ]
    result = till.app.test_cli_runner().invoke(args=["billing", "setup"])
    assert "membership_month_usd_1299: 1299 USD a month" in result.output
    assert len(till.objects.list("product")) == 1


def test_p3_leaving_ends_billing(cast: Cast, till: Till, webhook: WebhookClient) -> None:
    """Deleting an account: subscription, open checkout and card are gone at Stripe, also when it was away at first."""
    till.pay(conversations.open_checkout(cast.free, Interval.MONTH))
    till.follow(webhook)
    assert queries.has_membership(cast.free.id, clock.now())
    with transaction():
        actions.end_billing(cast.free)
    till.fail_next(3)
    till.run_jobs()  # Stripe is away
    till.fail_next(0)
    assert queries.find_customer_of(cast.free.id).deleted_at is None
    jobs.sweep_customers()
    till.run_jobs()
    assert queries.find_customer_of(cast.free.id).deleted_at is not None
    assert [one["status"] for one in till.objects.list("subscription")] == ["canceled"]
    assert not queries.has_membership(cast.free.id, clock.now())
    till.follow(webhook)  # late news does no harm
    with pytest.raises(actions.AlreadyMember):
        conversations.open_checkout(cast.free, Interval.MONTH)


def test_p3_leaving_in_the_middle_of_a_checkout(cast: Cast, till: Till, webhook: WebhookClient) -> None:
    """Matrix 61: paid while the account was going: no subscription is left."""
    address = conversations.open_checkout(cast.free, Interval.MONTH)
    with transaction():
        actions.end_billing(cast.free)
    till.pay(address)
    till.run_jobs()
    till.follow(webhook)
    assert {one["status"] for one in till.objects.list("subscription")} <= {"canceled"}
    assert {row.status.value for row in db.session.scalars(sa.select(Subscription))} <= {"canceled"}
    assert db.session.scalars(sa.select(BillingCustomer)).one().deleted_at is not None


def test_reminders_do_not_need_events(cast: Cast, till: Till) -> None:
    """P3: our own clock says that a trial ends, also when no event came; once."""
    till.pay(conversations.open_checkout(cast.free, Interval.MONTH))
    jobs.sync_customer(queries.find_customer_of(cast.free.id).id)
    till.advance(days=5)
    for _ in range(3):
        jobs.send_reminders()
    till.run_jobs()
    subjects = [message.subject for message in till.app.config["RECORDED_MAIL"]]
    assert len([subject for subject in subjects if "trial ends" in subject]) == 1
