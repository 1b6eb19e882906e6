"""The wire protocol: keys, errors, idempotency, expanding, lists, and what is refused."""

import threading

import pytest
import requests
import stripe

from stripe_sandbox import schema, wire
from stripe_sandbox.checked import CheckedClient

from .conftest import DAY, HOUR, KEY

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def raw(world, method, path, key=KEY, **options):
    headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})} if key else {}
    return requests.request(method, world.url + path, headers=headers, timeout=10, **options)


def error_of(world, method, path, **options):
    response = raw(world, method, path, **options)
    body = response.json()
    assert schema.check_response(method, path, response.status_code, body) == []
    assert response.headers["Request-Id"].startswith("req_")
    return response.status_code, body["error"]


def test_any_test_key_is_taken_and_no_other(world):
    assert raw(world, "GET", "/v1/customers").status_code == 200
    assert requests.get(world.url + "/v1/customers", auth=("sk_test_anything", ""), timeout=10).status_code == 200
    for key in (None, "sk_live_" + "a" * 20, "pk_test_abcdef", "rk_test_abcdef", "x", "sk_test_ö"):
        status, error = error_of(world, "GET", "/v1/customers", key=key and key.encode("utf-8").decode("latin-1"))
        assert (status, error["type"]) == (401, "invalid_request_error")
        assert key is None or key not in error["message"] or len(key) < 9
    wrong = world.make_client(CheckedClient(timeout=10), key="sk_live_abcdefghijk")
    with pytest.raises(stripe.AuthenticationError):
        wrong.v1.customers.list()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/customers/"),
        ("POST", "/v1/terminal/readers"),
        ("PUT", "/v1/customers"),
        ("GET", "/v1/"),
        ("DELETE", "/v1/customers"),
        ("POST", "/v2/core/events"),
    ],
)
def test_what_is_not_there_answers_as_stripe_does(world, method, path):
    status, error = error_of(world, method, path)
    assert status == 404
    assert error["message"].startswith(f"Unrecognized request URL ({method}: {path})")


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("nonsense=1", "parameter_unknown", "nonsense"),
        ("address[planet]=mars", "parameter_unknown", "address[planet]"),
        ("balance=many", "parameter_invalid_integer", "balance"),
        ("balance=99999999999999999999999", "parameter_invalid_integer", "balance"),
        ("balance=1.5", "parameter_invalid_integer", "balance"),
        ("balance[a]=1", "parameter_invalid_integer", "balance"),
        ("tax_exempt=maybe", None, "tax_exempt"),
        ("name=a%00b", "parameter_invalid_string", "name"),
        ("email=nobody", "email_invalid", "email"),
        ("metadata=word", "parameter_invalid_hash", "metadata"),
        (
            "invoice_settings[default_payment_method]=pm_none",
            "resource_missing",
            "invoice_settings[default_payment_method]",
        ),
    ],
)
def test_wrong_parameters_are_refused_by_name(world, form, code, param):
    status, error = error_of(world, "POST", "/v1/customers", data=form)
    assert (error.get("code"), error["param"]) == (code, param)
    assert status in (400, 404)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe=1",
        b"name=%ff",
        b"=1",
        b"a" + b"[b]" * 40 + b"=1",
        b"name=a&name[b]=c",
        b"[]=1",
        b"name]=1",
        b"&".join(b"a%d=1" % n for n in range(3000)),
        b"x" * 1_100_000,
        b'{"name": 1}',
        b"metadata[" + b"9" * 60 + b"]=1",
    ],
)
def test_what_is_no_form_is_refused_or_read_and_never_breaks(world, body):
    response = raw(world, "POST", "/v1/customers", data=body)
    assert response.status_code in (200, 400, 413)
    assert response.status_code == 200 or schema.check_response("POST", "/v1/customers", 400, response.json()) == []


def test_a_parameter_that_stripe_has_and_the_sandbox_has_not_is_refused_in_words(world):
    customer, price = world.make_customer(), world.make_price()
    with pytest.raises(stripe.InvalidRequestError, match="does not support the parameter transfer_data"):
        world.client.v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": price.id}], "transfer_data": {"destination": "acct_1"}}
        )


def test_ids_that_name_nothing(world):
    for call, words in (
        (world.client.v1.customers.retrieve, "No such customer: 'x_1'"),
        (world.client.v1.subscriptions.retrieve, "No such subscription: 'x_1'"),
        (world.client.v1.payment_methods.retrieve, "No such PaymentMethod: 'x_1'"),
        (world.client.v1.checkout.sessions.retrieve, "No such checkout.session: 'x_1'"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=words) as caught:
            call("x_1")
        assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    customer = world.make_customer()
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        world.client.v1.subscriptions.retrieve(customer.id)


def test_the_same_key_answers_the_same_and_does_nothing_twice(world):
    options = {"idempotency_key": "once"}
    first = world.client.v1.customers.create({"email": "a@example.test"}, options)
    again = world.client.v1.customers.create({"email": "a@example.test"}, options)
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(world.client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        world.client.v1.customers.create({"email": "b@example.test"}, options)
    with pytest.raises(stripe.IdempotencyError):
        world.client.v1.products.create({"name": "a"}, options)


def test_a_request_that_failed_on_its_parameters_does_not_use_up_its_key(world):
    options = {"idempotency_key": "mended"}
    with pytest.raises(stripe.InvalidRequestError):
        world.client.v1.customers.create({"email": "nobody"}, options)
    assert world.client.v1.customers.create({"email": "a@example.test"}, options).id


def test_a_declined_card_is_replayed_too(world):
    customer = world.make_customer("pm_card_chargeCustomerFail")
    params = {
        "amount": 500,
        "currency": "usd",
        "customer": customer.id,
        "confirm": True,
        "payment_method": world.client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method,
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            world.client.v1.payment_intents.create(params, {"idempotency_key": "declined"})
        assert (caught.value.code, caught.value.json_body["error"]["decline_code"]) == (
            "card_declined",
            "generic_decline",
        )
    assert len(world.client.v1.charges.list({"customer": customer.id}).data) == 1


def test_one_key_from_many_threads_makes_one_object(world):
    made = []

    def create():
        made.append(
            world.make_client(CheckedClient(timeout=10))
            .v1.customers.create({"name": "one"}, {"idempotency_key": "together"})
            .id
        )

    threads = [threading.Thread(target=create) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 10
    assert len(set(made)) == 1


def test_retries_with_the_same_key_survive_a_failing_api(world):
    requests.post(world.url + "/_sandbox/faults", data={"fail_next": 2}, timeout=10)
    client = world.make_client(CheckedClient(timeout=10), max_network_retries=2)
    assert client.v1.customers.create({"name": "patient"}).id
    assert len(world.client.v1.customers.list().data) == 1


def test_lists_go_on_where_they_stopped(world):
    ids = [world.client.v1.products.create({"name": f"P{n}"}).id for n in range(7)][::-1]
    first = world.client.v1.products.list({"limit": 3})
    assert ([product.id for product in first.data], first.has_more) == (ids[:3], True)
    second = world.client.v1.products.list({"limit": 3, "starting_after": ids[2]})
    assert [product.id for product in second.data] == ids[3:6]
    back = world.client.v1.products.list({"limit": 2, "ending_before": ids[5]})
    assert ([product.id for product in back.data], back.has_more) == (ids[3:5], True)
    assert [p.id for p in world.client.v1.products.list({"limit": 2}).auto_paging_iter()] == ids
    for wrong in ({"limit": 0}, {"limit": 101}, {"starting_after": "prod_none"}):
        with pytest.raises(stripe.InvalidRequestError):
            world.client.v1.products.list(wrong)
    assert world.client.v1.products.list({"created": {"gt": 4_000_000_000}}).data == []


def test_prices_are_found_by_their_lookup_key(world):
    monthly, yearly = world.make_price(lookup_key="monthly"), world.make_price(5999, "year", lookup_key="yearly")
    found = world.client.v1.prices.list({"lookup_keys": ["monthly", "yearly"], "expand": ["data.product"]}).data
    assert {price.id for price in found} == {monthly.id, yearly.id}
    assert found[0].product.name == "Membership"
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        world.make_price(lookup_key="monthly")
    raised = world.make_price(1099, lookup_key="monthly", transfer_lookup_key=True)
    assert [p.id for p in world.client.v1.prices.list({"lookup_keys": ["monthly"]}).data] == [raised.id]
    for amount in (-1, 100_000_000):
        with pytest.raises(stripe.InvalidRequestError):
            world.make_price(amount)


def test_metadata_is_merged_and_taken_away(world):
    customer = world.client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    updated = world.client.v1.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}})
    assert updated.metadata.to_dict() == {"a": "1", "c": "3"}
    assert world.client.v1.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def test_subscriptions_made_by_a_program(world):
    price = world.make_price()
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        world.client.v1.subscriptions.create({"customer": world.make_customer().id, "items": [{"price": price.id}]})
    paid = world.client.v1.subscriptions.create(
        {
            "customer": world.make_customer("pm_card_visa").id,
            "items": [{"price": price.id}],
            "expand": ["latest_invoice.payments"],
        }
    )
    assert paid.status == "active"
    invoice = world.client.v1.invoices.retrieve(
        paid.latest_invoice.id, {"expand": ["payments.data.payment.payment_intent"]}
    )
    assert invoice.payments.data[0].payment.payment_intent.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        world.client.v1.subscriptions.retrieve(
            paid.id, {"expand": ["latest_invoice.payments.data.payment.payment_intent"]}
        )
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        world.client.v1.subscriptions.retrieve(paid.id, {"expand": ["status"]})
    failing = world.make_customer("pm_card_chargeCustomerFail")
    waiting = world.client.v1.subscriptions.create({"customer": failing.id, "items": [{"price": price.id}]})
    assert waiting.status == "incomplete"
    with pytest.raises(stripe.CardError):
        world.client.v1.subscriptions.create(
            {"customer": failing.id, "items": [{"price": price.id}], "payment_behavior": "error_if_incomplete"}
        )
    assert len(world.client.v1.subscriptions.list({"customer": failing.id, "status": "all"}).data) == 1
    world.advance(23 * HOUR + 60)
    assert world.client.v1.subscriptions.retrieve(waiting.id).status == "incomplete_expired"
    ended = world.client.v1.subscriptions.cancel(paid.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert [s.id for s in world.client.v1.subscriptions.list({"status": "canceled"}).data] == [paid.id]


@pytest.mark.parametrize(
    ("behavior", "status"), [("pause", "paused"), ("cancel", "canceled"), ("create_invoice", "past_due")]
)
def test_a_trial_without_a_card_ends_as_it_was_set(world, behavior, status):
    customer = world.make_customer()
    subscription = world.client.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": world.make_price().id}],
            "trial_period_days": 3,
            "trial_settings": {"end_behavior": {"missing_payment_method": behavior}},
        }
    )
    world.advance(3 * DAY + HOUR + 60)
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == status
    if status == "paused":
        assert "customer.subscription.paused" in world.types()
        method = world.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        world.client.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
        assert world.client.v1.subscriptions.resume(subscription.id).status == "active"
        assert "customer.subscription.resumed" in world.types()


def test_a_trial_can_be_ended_or_made_longer(world):
    subscription = world.subscribe()
    longer = world.client.v1.subscriptions.update(subscription.id, {"trial_end": subscription.trial_end + 5 * DAY})
    assert longer["items"].data[0].current_period_end == subscription.trial_end + 5 * DAY
    world.advance(8 * DAY)
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == "trialing"
    ended = world.client.v1.subscriptions.update(subscription.id, {"trial_end": "now", "expand": ["latest_invoice"]})
    assert (ended.status, ended.latest_invoice.amount_paid) == ("active", 999)


def test_a_preview_is_what_the_renewal_will_cost(world):
    subscription = world.subscribe()
    preview = world.client.v1.invoices.create_preview({"subscription": subscription.id})
    assert (preview.total, preview.lines.data[0].period.start) == (999, subscription.trial_end)
    world.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        world.client.v1.invoices.create_preview({"subscription": subscription.id})


def test_invoices_by_hand(world):
    customer = world.make_customer("pm_card_visa")
    world.client.v1.invoice_items.create({"customer": customer.id, "amount": 700, "currency": "usd"})
    invoice = world.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert (invoice.status, invoice.total) == ("draft", 700)
    invoice = world.client.v1.invoices.finalize_invoice(invoice.id)
    assert invoice.number.endswith("-0001")
    assert world.client.v1.invoices.pay(invoice.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        world.client.v1.invoices.pay(invoice.id)
    other = world.client.v1.invoices.create({"customer": customer.id})
    assert world.client.v1.invoices.finalize_invoice(other.id).status == "paid", "nothing to pay is paid"
    world.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    third = world.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    world.client.v1.invoices.finalize_invoice(third.id)
    assert world.client.v1.invoices.void_invoice(third.id).status == "void"


def test_deleting_a_customer_ends_what_they_had(world):
    subscription = world.subscribe()
    gone = world.client.v1.customers.delete(subscription.customer)
    assert gone.deleted
    assert world.client.v1.customers.retrieve(subscription.customer).deleted
    assert world.client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert world.types()[-1] == "customer.deleted"


def test_yearly_renewal_is_announced(world):
    world.subscribe(interval="year", amount=5999)
    world.advance(7 * DAY + HOUR + 60)
    assert "invoice.upcoming" not in world.types()
    world.advance(359 * DAY)
    upcoming = [event for event in world.events() if event["type"] == "invoice.upcoming"]
    assert upcoming[-1]["data"]["object"]["amount_due"] == 5999


def test_a_test_clock_has_a_time_of_its_own(world):
    start = 1_801_267_200  # 2027-01-30 00:00 UTC
    clock = world.client.v1.test_helpers.test_clocks.create({"frozen_time": start + DAY, "name": "months"})
    customer = world.make_customer("pm_card_visa", test_clock=clock.id)
    subscription = world.client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": world.make_price().id}]}
    )
    assert subscription.start_date == start + DAY
    end = subscription["items"].data[0].current_period_end
    assert end == start + 29 * DAY, "31 January is followed by 28 February"
    with pytest.raises(stripe.InvalidRequestError, match="two intervals"):
        world.client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": start + 100 * DAY})
    clock = world.client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": end + HOUR + 1})
    assert clock.status == "ready"
    renewed = world.client.v1.subscriptions.retrieve(subscription.id)
    assert renewed["items"].data[0].current_period_end == start + 60 * DAY, "and by 31 March"
    assert world.client.v1.customers.list({"test_clock": clock.id}).data[0].id == customer.id
    assert world.client.v1.customers.list().data == []
    world.client.v1.test_helpers.test_clocks.delete(clock.id)
    assert world.client.v1.customers.retrieve(customer.id).deleted


def test_only_this_machine_is_returned_to_or_called(world):
    customer, price = world.make_customer(), world.make_price()
    for url in (
        "https://evil.example/",
        "javascript:alert(1)",
        "//evil.example",
        "http://localhost@evil.example/",
        "http://localhost.evil.example/",
        "ftp://localhost/",
        "http://[::1",
        "not a url",
    ):
        with pytest.raises(stripe.InvalidRequestError):
            world.client.v1.checkout.sessions.create(
                {
                    "mode": "subscription",
                    "customer": customer.id,
                    "line_items": [{"price": price.id}],
                    "success_url": url,
                }
            )
        with pytest.raises(stripe.InvalidRequestError):
            world.client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    answer = requests.post(
        world.url + "/_sandbox/advance", data={"seconds": 1}, headers={"Origin": "https://evil.example"}, timeout=10
    )
    assert answer.status_code == 403
    answer = requests.post(world.url + "/_sandbox/reset", headers={"Origin": "null"}, timeout=10)
    assert answer.status_code == 403
    answer = requests.get(world.url + "/_sandbox", headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 421


def test_forms_are_read_back_as_they_were_written():
    params = {"a": {"b": [{"c": "1"}, {"c": "2", "d": ["x", "y"]}]}, "e": True, "f": "ü & = [ ]", "g": None}
    encoded = "&".join(
        f"{requests.utils.quote(key)}={requests.utils.quote(value)}" for key, value in wire.encode(params)
    )
    assert wire.decode(encoded) == {
        "a": {"b": [{"c": "1"}, {"c": "2", "d": ["x", "y"]}]},
        "e": "true",
        "f": "ü & = [ ]",
    }
    assert wire.decode("a[]=1&a[]=2&b[][c]=1&b[][d]=2&b[][c]=3") == {
        "a": ["1", "2"],
        "b": [{"c": "1", "d": "2"}, {"c": "3"}],
    }
