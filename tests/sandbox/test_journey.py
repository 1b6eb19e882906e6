"""Whole lives of a subscription, through Checkout and the clock, with the unchanged SDK."""

import pytest
import stripe

from .conftest import DAY, HOUR

# The sandbox's own long journeys; the product's stand in tests/web/billing: left to the whole run.
pytestmark = pytest.mark.slow


def test_a_trial_begins_becomes_paid_and_renews(world):
    price = world.make_price(lookup_key="monthly")
    customer = world.make_customer()
    session = world.open_checkout(customer, price)
    assert (session.status, session.payment_status, session.subscription) == ("open", "unpaid", None)
    page = world.person.get(session.url)
    assert page.status_code == 200
    for words in ("9.99 USD", "every month", "card_number", "exp", "cvc", "http://localhost:5000/pricing"):
        assert words in page.text

    answer = world.person.pay(session.url)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://localhost:5000/subscribe/return?session={session.id}"

    session = world.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "line_items"]})
    subscription = session.subscription
    assert (session.status, session.payment_status, session.url) == ("complete", "no_payment_required", None)
    assert session.line_items.data[0].price.id == price.id
    assert (subscription.status, subscription.trial_end - subscription.trial_start) == ("trialing", 7 * DAY)
    assert subscription.metadata.to_dict() == {"attempt": "1"}
    assert subscription["items"].data[0].current_period_end == subscription.trial_end

    end = subscription.trial_end
    world.advance(4 * DAY + 60)
    assert "customer.subscription.trial_will_end" in world.types()
    world.advance(3 * DAY)
    subscription = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "draft")
    world.advance(HOUR)
    invoice = world.client.v1.invoices.retrieve(subscription.latest_invoice.id, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 999, "subscription_cycle")
    assert invoice.payments.data[0].status == "paid"
    assert invoice.created == end, "things happen at their own moment, not at the end of the jump"
    charges = world.client.v1.charges.list({"customer": customer.id}).data
    assert [charge.amount for charge in charges] == [999]

    world.advance(31 * DAY)
    assert len(world.client.v1.charges.list({"customer": customer.id}).data) == 2


def test_events_of_a_trial_come_in_the_order_of_time(world):
    world.subscribe()
    world.advance(7 * DAY + HOUR + 60)
    events = world.events()
    assert [event["created"] for event in events] == sorted(event["created"] for event in events)
    types = [event["type"] for event in events]
    expected = [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "checkout.session.completed",
        "customer.subscription.trial_will_end",
        "customer.subscription.updated",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
    ]
    at = 0
    for type_ in types:
        if at < len(expected) and type_ == expected[at]:
            at += 1
    assert expected[at:] == [], types


def test_paying_at_once_makes_the_subscription_only_after_the_payment(world):
    customer = world.make_customer()
    session = world.open_checkout(customer, world.make_price(), trial_days=None)
    assert world.client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    world.person.pay(session.url)
    session = world.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription.latest_invoice"]})
    assert (session.payment_status, session.amount_total) == ("paid", 999)
    assert session.subscription.status == "active"
    assert session.subscription.latest_invoice.amount_paid == 999
    assert session.subscription.default_payment_method


def test_a_declined_card_leaves_the_session_open_for_another(world):
    for trial_days in (None, 7):
        customer = world.make_customer()
        session = world.open_checkout(customer, world.make_price(), trial_days)
        answer = world.person.pay(session.url, "4000 0000 0000 0002")
        assert answer.status_code == 402
        assert "Your card was declined. Nothing was charged." in answer.text
        assert world.client.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert world.client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
        assert world.person.pay(session.url).status_code == 303
        found = world.client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data
        assert [subscription.status for subscription in found] == ["trialing" if trial_days else "active"]


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"number": "4242 4242 4242 4241"}, "card_number", "not right"),
        ({"number": "nonsense"}, "card_number", "not right"),
        ({"number": ""}, "card_number", "Enter a card number"),
        ({"number": "4111 1111 1111 1111"}, "card_number", "Never type a real one"),
        ({"exp": "01/20"}, "exp", "has expired"),
        ({"exp": "13/40"}, "exp", "between 01 and 12"),
        ({"exp": "soon"}, "exp", "month and year"),
        ({"cvc": "12"}, "cvc", "3 digits"),
        ({"cvc": "١٢٣"}, "cvc", "3 digits"),
        ({"name": " "}, "name", "name on the card"),
        ({"name": "\x00" * 3}, "name", "at most"),
    ],
)
def test_a_wrong_form_comes_back_with_its_error(world, fields, name, words):
    session = world.open_checkout(world.make_customer(), world.make_price())
    answer = world.person.pay(session.url, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{name}"' in answer.text
    assert 'value="Ada Lovelace"' in answer.text or name == "name"
    assert "123" not in answer.text.split('id="cvc"')[1].split(">")[0], "a security code is never shown again"


def test_a_card_that_fails_at_renewal_goes_past_due_is_retried_and_canceled(world):
    subscription = world.subscribe("4000 0000 0000 0341")
    assert subscription.status == "trialing"
    world.advance(7 * DAY + HOUR + 60)
    subscription = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice", "customer"]})
    assert (subscription.status, subscription.customer.delinquent) == ("past_due", True)
    assert subscription.latest_invoice.status == "open"
    assert subscription.latest_invoice.next_payment_attempt
    world.advance(8 * DAY)
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    world.advance(7 * DAY)
    subscription = world.client.v1.subscriptions.retrieve(subscription.id)
    assert (subscription.status, subscription.cancellation_details.reason) == ("canceled", "payment_failed")
    types = world.types()
    assert types.count("invoice.payment_failed") == 5
    assert types[-1] == "customer.subscription.deleted"


def test_a_new_card_and_a_payment_bring_a_past_due_subscription_back(world):
    subscription = world.subscribe("4000 0000 0000 0341")
    world.advance(7 * DAY + HOUR + 60)
    subscription = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    page = subscription.latest_invoice.hosted_invoice_url
    assert world.person.post(page, card="saved").status_code == 402
    assert world.person.pay(page).status_code == 303
    assert "Paid: 9.99 USD" in world.person.get(page).text
    subscription = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["customer"]})
    assert (subscription.status, subscription.customer.delinquent) == ("active", False)
    world.advance(31 * DAY)
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_authentication_passed_and_failed(world):
    for trial_days in (7, None):
        session = world.open_checkout(world.make_customer(), world.make_price(), trial_days)
        answer = world.person.pay(session.url, "4000 0025 0000 3155")
        assert answer.status_code == 303
        page = answer.headers["Location"]
        assert "is it you" in world.person.get(page).text
        failed = world.person.post(page, answer="fail")
        assert failed.status_code == 402
        assert "unable to authenticate" in failed.text
        assert world.client.v1.checkout.sessions.retrieve(session.id).status == "open"
        page = world.person.pay(session.url, "4000 0025 0000 3155").headers["Location"]
        assert world.person.post(page, answer="complete").headers["Location"].endswith(session.id)
        subscription = world.client.v1.subscriptions.retrieve(
            world.client.v1.checkout.sessions.retrieve(session.id).subscription
        )
        assert subscription.status in ("trialing", "active")
    # Set up once, the card is charged later without its owner.
    world.advance(32 * DAY)
    statuses = {subscription.status for subscription in world.client.v1.subscriptions.list({}).data}
    assert statuses == {"active"}


def test_cancel_at_period_end_resume_and_lapse(world):
    subscription = world.subscribe()
    update = world.client.v1.subscriptions.update
    canceled = update(subscription.id, {"cancel_at_period_end": True})
    assert (canceled.cancel_at, canceled.status) == (subscription.trial_end, "trialing")
    assert canceled.cancellation_details.reason == "cancellation_requested"
    resumed = update(subscription.id, {"cancel_at_period_end": False})
    assert (resumed.cancel_at, resumed.canceled_at, resumed.cancel_at_period_end) == (None, None, False)
    update(subscription.id, {"cancel_at_period_end": True})
    world.advance(7 * DAY - 60)
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == "trialing"
    world.advance(120)
    ended = world.client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", subscription.trial_end)
    assert world.client.v1.charges.list({}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        update(subscription.id, {"cancel_at_period_end": False})
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        world.client.v1.subscriptions.cancel(subscription.id)


def test_the_portal_cancels_resumes_and_changes_the_card(world):
    subscription = world.subscribe()
    with pytest.raises(stripe.InvalidRequestError, match="configuration"):
        world.client.v1.billing_portal.sessions.create({"customer": subscription.customer})
    configuration = world.client.v1.billing_portal.configurations.create(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "customer_update": {"enabled": True, "allowed_updates": ["address", "name"]},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {
                    "enabled": True,
                    "mode": "at_period_end",
                    "cancellation_reason": {"enabled": True, "options": ["too_expensive", "unused"]},
                },
            }
        }
    )
    assert configuration.is_default
    session = world.client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "return_url": "http://localhost:5000/account/membership"}
    )
    page = world.person.get(session.url).text
    assert "Return to the site" in page
    assert "http://localhost:5000/account/membership" in page

    assert (
        world.person.post(session.url, action="cancel", subscription=subscription.id, feedback="unused").status_code
        == 303
    )
    canceled = world.client.v1.subscriptions.retrieve(subscription.id)
    # The portal sets the moment, as it does with flexible billing.
    assert (canceled.cancel_at, canceled.cancel_at_period_end) == (subscription.trial_end, False)
    assert canceled.cancellation_details.feedback == "unused"
    assert "It ends on" in world.person.get(session.url).text
    world.person.post(session.url, action="resume", subscription=subscription.id)
    assert world.client.v1.subscriptions.retrieve(subscription.id).cancel_at is None

    assert world.person.pay(session.url, "4000 0000 0000 0002", action="card").status_code == 402
    assert world.person.pay(session.url, "5555 5555 5555 4444", action="card").status_code == 303
    changed = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method"]})
    assert changed.default_payment_method.card.brand == "mastercard"
    world.person.post(session.url, action="details", name="Ada L.", city="London", email="not@allowed.test")
    customer = world.client.v1.customers.retrieve(subscription.customer)
    assert (customer.name, customer.address.city, customer.email) == ("Ada L.", "London", "ada@example.test")
    other = world.subscribe()
    assert world.person.post(session.url, action="cancel", subscription=other.id).status_code == 404


def test_a_session_expires_and_takes_no_card_afterwards(world):
    now = world.server.box.clock.now()
    session = world.open_checkout(world.make_customer(), world.make_price(), expires_at=now + 1900)
    world.advance(2000)
    assert world.client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert world.person.pay(session.url).status_code == 410
    assert "checkout.session.expired" in world.types()
    with pytest.raises(stripe.InvalidRequestError, match="30 minutes"):
        world.open_checkout(world.make_customer(), world.make_price(), expires_at=now + 2000 + 60)
    other = world.open_checkout(world.make_customer(), world.make_price())
    assert world.client.v1.checkout.sessions.expire(other.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expired|can be expired"):
        world.client.v1.checkout.sessions.expire(other.id)


def test_submitting_twice_makes_one_subscription(world):
    customer = world.make_customer()
    session = world.open_checkout(customer, world.make_price())
    first, second = world.person.pay(session.url), world.person.pay(session.url)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(world.client.v1.subscriptions.list({"customer": customer.id}).data) == 1
    assert "complete" in world.person.get(session.url).text


def test_a_single_payment_and_a_refund(world):
    price = world.client.v1.prices.create({"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Gift"}})
    session = world.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "customer_email": "giver@example.test",
            "line_items": [{"price": price.id, "quantity": 2}],
            "success_url": "http://localhost:5000/gift",
            "metadata": {"gift": "1"},
        }
    )
    assert world.person.pay(session.url).status_code == 303
    session = world.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (session.payment_status, session.amount_total) == ("paid", 5000)
    charge = session.payment_intent.latest_charge
    assert world.person.get(charge.receipt_url).status_code == 200
    partly = world.client.v1.refunds.create({"charge": charge.id, "amount": 2000})
    assert partly.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        world.client.v1.refunds.create({"charge": charge.id, "amount": 3001})
    world.client.v1.refunds.create({"payment_intent": session.payment_intent.id})
    assert world.client.v1.charges.retrieve(charge.id).refunded
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        world.client.v1.refunds.create({"charge": charge.id})
    balance = world.client.v1.balance.retrieve()
    assert balance.pending[0].amount == -(5000 * 29 // 1000 + 30), "the fee is not given back"


def test_a_renewal_that_needs_its_owner_is_paid_on_the_invoices_page(world):
    session = world.open_checkout(world.make_customer(), world.make_price())
    page = world.person.pay(session.url, "4000 0027 6000 3184").headers["Location"]
    assert world.person.post(page, answer="complete").status_code == 303
    world.advance(7 * DAY + HOUR + 60)
    id_ = world.client.v1.checkout.sessions.retrieve(session.id).subscription
    subscription = world.client.v1.subscriptions.retrieve(id_, {"expand": ["latest_invoice"]})
    assert subscription.status == "past_due"
    assert "invoice.payment_action_required" in world.types()
    invoice = subscription.latest_invoice.hosted_invoice_url
    page = world.person.post(invoice, card="saved").headers["Location"]
    assert world.person.post(page, answer="fail").headers["Location"] == invoice
    page = world.person.post(invoice, card="saved").headers["Location"]
    assert world.person.get(page).status_code == 200
    assert world.person.post(page, answer="complete").headers["Location"] == invoice
    assert world.client.v1.subscriptions.retrieve(id_).status == "active"


def test_the_time_machine_page_goes_where_its_buttons_say(world):
    subscription = world.subscribe()
    page = world.person.get("/").text
    assert "To the next trial&#39;s end" in page or "To the next trial's end" in page
    assert world.person.post("/_sandbox/advance", to="trial_end", page="1").status_code == 303
    invoice = world.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]}).latest_invoice
    assert (invoice.billing_reason, invoice.status) == ("subscription_cycle", "paid")
    assert world.person.post("/_sandbox/advance", to="renewal", page="1").status_code == 303
    assert len(world.client.v1.charges.list({}).data) == 2
    for wrong in ({"seconds": "-1"}, {"seconds": "soon"}, {"seconds": ""}, {}, {"seconds": "9" * 12}, {"days": "1.5"}):
        assert world.person.post("/_sandbox/advance", **wrong).status_code == 422
    assert "Time goes forward only" in world.person.post("/_sandbox/advance", days="x", page="1").text


def test_pages_that_are_not_there(world):
    for path in (
        "/c/pay/cs_test_none",
        "/i/none",
        "/p/session/none",
        "/authenticate/pi_none",
        "/receipts/ch_none",
        "/_sandbox/events/evt_none",
        "/nothing",
        "/c/pay/%00",
        "/c/pay/" + "x" * 3000,
    ):
        assert world.person.get(path).status_code == 404
    for path in ("/c/pay/cs_test_none", "/i/none", "/p/session/none", "/authenticate/pi_none"):
        assert world.person.post(path, action="cancel").status_code == 404
