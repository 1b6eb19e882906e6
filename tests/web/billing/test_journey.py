"""From the pricing page through the hosted checkout to a membership, and out of it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from classprojects.billing import queries
from classprojects.billing.models import CheckoutAttempt, CheckoutState, Subscription
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.policy import facts
from tests.billing.sandbox import DECLINED, FAILS_LATER, Till, WebhookClient
from tests.client import PageClient
from tests.factories.people import Cast

Browse = Callable[..., PageClient]


@pytest.fixture
def me(cast: Cast) -> object:
    return cast.free


def mails(till: Till) -> list[str]:
    return [message.subject for message in till.app.config["RECORDED_MAIL"]]


def subscribe(browser: PageClient, till: Till, webhook: WebhookClient, plan: str = "monthly", **card: str) -> None:
    page = browser.post("/subscribe", {"plan": plan})
    assert page.status == 303
    answer = till.pay(page.location, **card)
    assert answer.status_code == 303, answer.text
    till.follow(webhook)


def test_trying_the_membership_free(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Matrix 2: pricing, checkout with a trial, return page that waits for our books, then a membership page in words."""
    browser = browse(me)
    pricing = browser.get("/pricing")
    assert "Free for 7 days, then US$9.99 a month." in pricing.text
    page = browser.post("/subscribe", {"plan": "monthly"})
    assert page.status == 303
    assert page.location.startswith(till.url)
    answer = till.pay(page.location)
    assert answer.status_code == 303
    returned = answer.headers["Location"].removeprefix("http://localhost")
    assert returned.startswith("/subscribe/return?session_id=cs_test_")

    waiting = browser.get(returned)
    assert "Confirming your membership" in waiting.text
    assert waiting("live-status")
    assert not facts.is_subscriber(me, None)  # coming back gives nothing by itself
    till.run_jobs()  # the look that the page asked for
    done = browser.get(returned)
    assert "You are a member" in done.text
    assert "Your trial is free until" in done.text
    assert facts.is_subscriber(me, None)

    till.follow(webhook)
    membership = browser.get("/account/membership")
    assert "Your free trial runs until" in membership.text
    assert "your card is charged for the first time" in membership.text
    assert len(membership.queries) <= 14
    assert mails(till) == ["You are a member of Class Projects"]


def test_the_trial_becomes_paid_after_a_reminder(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """P3 and matrix 2, 3: a reminder precedes the trial's end, once; then one charge and a paid month."""
    browser = browse(me)
    subscribe(browser, till, webhook)
    till.advance(days=5)
    till.follow(webhook)
    till.follow(webhook)
    assert [subject for subject in mails(till) if "trial ends" in subject] != []
    assert len(mails(till)) == 2
    till.advance(days=2, seconds=2 * 3600)
    till.follow(webhook)
    page = browser.get("/account/membership")
    assert "You pay US$9.99 a month" in page.text
    assert "US$9.99 on" in page.text
    assert [row.status for row in queries.list_invoices(me.id)].count("paid") == 2
    assert facts.is_subscriber(me, None)


def test_cancelling_takes_one_click_and_p2_closes_at_the_second(
    browse: Browse, me: object, till: Till, webhook: WebhookClient
) -> None:
    """P3: one click, as subscribing was. P2: open until the last second of what was promised, closed one later."""
    browser = browse(me)
    subscribe(browser, till, webhook)
    page = browser.get("/account/membership")
    (form,) = page("form[action$='/cancellation']")
    assert [field.get("type") for field in form.cssselect("input")] == ["hidden"]
    assert browser.post("/account/membership/cancellation").status == 303
    page = browser.get("/account/membership")
    assert "Cancelled; open until" in page.text
    assert not page("form[action$='/cancellation']")
    subscription = db.session.scalars(sa.select(Subscription)).one()
    end = subscription.trial_end
    with clock.at(end - timedelta(seconds=1)):
        assert facts.is_subscriber(me, None)
    with clock.at(end + timedelta(seconds=1)):
        assert not facts.is_subscriber(me, None)
    till.follow(webhook)
    assert "Your membership is cancelled" in mails(till)

    assert browser.post("/account/membership/resumption").status == 303
    assert "Your free trial runs until" in browser.get("/account/membership").text
    browser.post("/account/membership/cancellation")
    till.advance(days=8)
    till.follow(webhook)
    page = browser.get("/account/membership")
    assert "Your membership ended on" in page.text
    assert not facts.is_subscriber(me, None)
    assert mails(till)[-1] == "Your membership has ended"
    assert browser.post("/account/membership/resumption").status == 422


def test_the_trial_is_had_once(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Matrix 6: coming back after a trial is charged at once, and the pages say so before."""
    browser = browse(me)
    subscribe(browser, till, webhook)
    browser.post("/account/membership/cancellation")
    till.advance(days=8)
    till.follow(webhook)
    assert "US$59.99 a year, charged today." in browser.get("/pricing").text
    subscribe(browser, till, webhook, "yearly")
    assert "You pay US$59.99 a year" in browser.get("/account/membership").text
    # P3: a year is not renewed without a word before
    till.advance(days=359)
    till.follow(webhook)
    assert any("renews on" in subject for subject in mails(till))


def test_a_declined_card_leaves_nothing(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Matrix 8: the session stays open, then another card makes one membership."""
    browser = browse(me)
    page = browser.post("/subscribe", {"plan": "monthly"})
    assert till.pay(page.location, DECLINED).status_code == 402
    till.follow(webhook)
    assert db.session.scalars(sa.select(Subscription)).all() == []
    again = browser.post("/subscribe", {"plan": "monthly"})
    assert again.location == page.location
    assert till.pay(page.location).status_code == 303
    till.follow(webhook)
    assert db.session.scalars(sa.select(Subscription)).one()


def test_a_renewal_that_fails(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Matrix 10, 11: seven days of grace with words about it, then closed; one mail."""
    browser = browse(me)
    subscribe(browser, till, webhook, card=FAILS_LATER)
    till.advance(days=7, seconds=2 * 3600)
    till.follow(webhook)
    page = browser.get("/account/membership")
    assert "Your last payment did not go through" in page.text
    assert "stay open until" in page.text
    assert page("form[action$='/portal']")
    assert facts.is_subscriber(me, None)
    assert mails(till).count("Your payment did not go through") == 1
    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        assert not facts.is_subscriber(me, None)
        assert "closed until it is paid" in browser.get("/account/membership").text
    portal = browser.post("/account/membership/portal")
    assert portal.status == 303
    assert portal.location.startswith(till.url)


def test_the_return_page_is_ones_own(browse: Browse, cast: Cast, till: Till, webhook: WebhookClient) -> None:
    """Matrix 59: another's checkout is not there; one's own may be opened again and again."""
    browser = browse(cast.free)
    page = browser.post("/subscribe", {"plan": "monthly"})
    returned = till.pay(page.location).headers["Location"].removeprefix("http://localhost")
    assert browse(cast.maker).get(returned).status == 404
    assert browser.get("/subscribe/return?session_id=cs_test_forged").status == 404
    assert browser.get("/subscribe/return?session_id=%00").status == 404
    assert browser.get("/subscribe/return").status == 404
    till.follow(webhook)
    for _ in range(3):
        assert "You are a member" in browser.get(returned).text
        till.run_jobs()
    assert len(queries.list_subscriptions_of(cast.free.id)) == 1


def test_a_member_does_not_subscribe_twice(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Who has one is shown how it stands instead."""
    browser = browse(me)
    subscribe(browser, till, webhook)
    page = browser.post("/subscribe", {"plan": "yearly"})
    assert page.location == "/account/membership"
    assert "You have a membership already" in browser.get("/pricing").text


def test_no_page_asks_stripe(browse: Browse, me: object, till: Till, webhook: WebhookClient) -> None:
    """Views read our database only: with Stripe switched off every page still answers."""
    browser = browse(me)
    subscribe(browser, till, webhook)
    attempt = db.session.scalars(sa.select(CheckoutAttempt)).one()
    assert attempt.state is CheckoutState.COMPLETE
    till.fail_next(100)
    for address in ("/pricing", "/account/membership", f"/subscribe/return?session_id={attempt.session_id}"):
        assert browser.get(address).status == 200
    with __import__("requests").get(f"{till.url}/_sandbox/faults", timeout=5) as answer:
        assert json.loads(answer.text)["fail_next"] == 100
    till.fail_next(0)


@pytest.mark.parametrize("plan", ["", "weekly", "monthly\x00", "😀", "month", "yearly; drop", "x" * 5000])
def test_a_plan_that_is_none(browse: Browse, me: object, till: Till, plan: str) -> None:
    """Says what to choose, and begins nothing."""
    page = browse(me).post("/subscribe", {"plan": plan})
    if plan == "monthly\x00":  # what cannot be typed is dropped, and what is left is fine
        assert page.status == 303
        return
    assert page.status == 422
    assert "Choose the monthly or the yearly plan." in page.text
    assert db.session.scalars(sa.select(CheckoutAttempt)).all() == []


def test_visitors_read_the_prices_and_sign_in_to_subscribe(client: PageClient, till: Till) -> None:
    """Pricing is everybody's; subscribing brings one to sign in and back."""
    page = client.get("/pricing")
    assert "US$9.99" in page.text
    assert "US$59.99" in page.text
    assert len(page.queries) <= 8
    assert client.post("/subscribe", {"plan": "monthly"}).location.startswith("/login")
    for address in ("/account/membership", "/subscribe/return?session_id=cs_test_1"):
        assert client.get(address).location.startswith("/login")
    assert client.get("/subscribe").location == "/pricing"


def test_stripe_is_away(browse: Browse, me: object, till: Till) -> None:
    """Matrix 49: a friendly page, the attempt stays, and the next try finds the same checkout."""
    browser = browse(me)
    browser.post("/subscribe", {"plan": "monthly"})  # the catalogue is there from now on
    db.session.commit()
    from classprojects.core.database import transaction

    with transaction() as session:
        session.execute(sa.delete(CheckoutAttempt))
    till.fail_next(2)
    answer = browser.flask.post("/subscribe", data={"plan": "monthly", "csrf_token": browser.csrf_token()})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert b"Nothing was charged" in answer.data
    first = db.session.scalars(sa.select(CheckoutAttempt)).one()
    assert first.state is CheckoutState.CREATING
    page = browser.post("/subscribe", {"plan": "monthly"})
    assert page.status == 303
    db.session.expire_all()
    assert db.session.scalars(sa.select(CheckoutAttempt)).one().key == first.key


@pytest.mark.parametrize("who", ["visitor", "free", "lapsed"])
def test_the_paywall_is_no_dead_end(cast: Cast, till: Till, who: str) -> None:
    """Says what is inside, what it costs, how to cancel, and what is free right now."""
    import lxml.html
    from flask import render_template
    from flask_login import login_user

    person = getattr(cast, who)
    with till.app.test_request_context("/classes/some/lessons/2"):
        if person is not None:
            login_user(person)
        tree = lxml.html.document_fromstring(render_template("billing/paywall.html", message="", target=None))
    assert len(tree.cssselect("h1")) == 1
    text = " ".join(tree.text_content().split())
    assert "US$9.99 a month or US$59.99 a year" in text
    assert "two clicks" in text
    assert "Free for you right now" in text
    assert bool(tree.cssselect("main form[action='/subscribe']")) is (person is not None)
    assert bool(tree.cssselect("main a[href^='/signup']")) is (person is None)


def test_p1_nothing_in_the_open_area_asks_for_a_membership(browse: Browse, cast: Cast) -> None:
    """No permission of the open area depends on being a subscriber."""
    from classprojects.policy import Permission, may

    open_area = (Permission.POST_WORK, Permission.UPLOAD_MEDIA, Permission.FOLLOW_PERSON)
    for person in (cast.free, cast.lapsed):
        assert not facts.is_subscriber(person, None)
        assert all(may(person, permission) for permission in open_area)


@pytest.mark.parametrize("address", ["/account/membership/cancellation", "/account/membership/resumption"])
def test_there_is_nothing_to_cancel(browse: Browse, cast: Cast, till: Till, address: str) -> None:
    """Without a subscription: words, and no harm."""
    page = browse(cast.free).post(address)
    assert page.status == 422
    assert "nothing is being charged" in page.text
    assert browse(None).post(address).location.startswith("/login")
    assert browse(cast.free).post("/account/membership/portal").location == "/account/membership"


@pytest.mark.parametrize("who", ["free", "subscriber", "lapsed", "staff"])
def test_membership_page_of_everybody(browse: Browse, cast: Cast, who: str) -> None:
    """Each of the cast sees their own state, within the cap of queries."""
    page = browse(getattr(cast, who)).get("/account/membership")
    words = {
        "free": "You have no membership", "subscriber": "You are a member", "lapsed": "Your membership ended on",
        "staff": "You have no membership",
    }
    assert words[who] in page.text
    assert len(page.queries) <= 14
