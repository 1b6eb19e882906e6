"""Nothing that is sent to any operation makes the sandbox fail, and every answer has Stripe's shape."""

import pytest
import requests

from stripe_sandbox import api, schema

from .conftest import KEY

# Exhaustive: not for the fast checks.
pytestmark = pytest.mark.slow

VALUES = [
    "",
    "x",
    "-1",
    "0",
    "1",
    "true",
    "99999999999999999999",
    "9223372036854775807",
    "1e5",
    "null",
    "ü😀‮",
    "a" * 5000,
    "%",
    "now",
    "cus_none",
    "http://localhost/",
    "2000000000",
]
SHAPES = ["{0}", "{0}[]", "{0}[0]", "{0}[x]", "{0}[0][price]", "{0}[metadata][a]", "{0}[gte]"]


@pytest.fixture
def ids(world):
    """One real id of every kind that has one."""
    subscription = world.subscribe(trial_days=None)
    world.client.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    world.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    world.client.v1.invoice_items.create({"customer": subscription.customer, "amount": 5, "currency": "usd"})
    world.client.v1.webhook_endpoints.create(
        {"url": "http://localhost:9/", "enabled_events": ["radar.early_fraud_warning.created"]}
    )
    world.client.v1.setup_intents.create({})
    rows = world.server.box.store.rows("SELECT kind, MIN(id) AS id FROM objects GROUP BY kind")
    return {row["kind"]: row["id"] for row in rows}


def kind_of(path):
    for kind in (
        "test_helpers.test_clock",
        "checkout.session",
        "billing_portal.configuration",
        "invoice_payment",
        "invoiceitem",
        "payment_method",
        "setup_intent",
        "payment_intent",
        "balance_transaction",
        "webhook_endpoint",
        "product",
        "price",
        "subscription",
        "invoice",
        "charge",
        "refund",
        "event",
    ):
        if "/" + kind.replace(".", "/") + "s" in path:
            return kind
    return "customer"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_form_breaks_any_operation(world, ids, method):
    sent, failures = 0, []
    # Deleting comes to an end of things; the others get everything.
    for handler in [handler for handler in api.handlers if handler.method == method]:
        path = handler.pattern.pattern
        real = path
        for name in handler.pattern.groupindex:
            id_ = ids["customer"] if name == "customer" else ids.get(kind_of(path), "x_1")
            real = real.replace(f"(?P<{name}>[^/]+)", id_)
        route = schema.find_route(method, real)
        for number, param in enumerate(sorted(handler.takes)):
            for turn in range(4):
                value = VALUES[(number * 5 + turn * 3 + sent) % len(VALUES)]
                key = SHAPES[(number + turn + sent) % len(SHAPES)].format(param)
                form = {key: value}
                answer = requests.request(
                    method,
                    world.url + real,
                    auth=(KEY, ""),
                    timeout=10,
                    **({"data": form} if method == "POST" else {"params": form}),
                )
                if answer.status_code >= 500:
                    failures.append(f"{route.path} {form}: {answer.status_code}")
                problems = schema.check_response(method, real, answer.status_code, answer.json())
                failures += [f"{route.path} {form}: {problem}" for problem in problems]
                sent += 1
    assert failures == []
    assert sent >= {"GET": 300, "POST": 500, "DELETE": 20}[method]


WELL_FORMED = {
    "/v1/subscriptions": {"customer": "{customer}", "items[0][price]": "{price}"},
    "/v1/checkout/sessions": {
        "mode": "subscription",
        "customer": "{customer}",
        "line_items[0][price]": "{price}",
        "success_url": "http://localhost/",
    },
    "/v1/prices": {
        "currency": "usd",
        "unit_amount": "5",
        "product": "{product}",
        "recurring[interval]": "day",
    },
    "/v1/payment_intents": {"amount": "500", "currency": "usd", "customer": "{customer}"},
    "/v1/invoiceitems": {"customer": "{customer}", "amount": "5", "currency": "usd"},
    "/v1/invoices": {"customer": "{customer}"},
    "/v1/invoices/create_preview": {"subscription": "{subscription}"},
    "/v1/refunds": {"charge": "{charge}"},
    "/v1/webhook_endpoints": {"url": "http://localhost:9/", "enabled_events[0]": "radar.early_fraud_warning.created"},
    "/v1/billing_portal/sessions": {"customer": "{customer}", "return_url": "http://localhost/"},
    "/v1/billing_portal/configurations": {"features[invoice_history][enabled]": "true"},
    "/v1/products": {"name": "x"},
    "/v1/test_helpers/test_clocks": {"frozen_time": "1800000000"},
    "/v1/setup_intents": {"customer": "{customer}", "payment_method": "pm_card_visa", "confirm": "true"},
    "/v1/payment_methods": {"type": "card", "card[token]": "tok_visa"},
}
DEEPER = [
    "subscription_data[trial_period_days]",
    "subscription_data[trial_end]",
    "items[0][quantity]",
    "items[1][price]",
    "line_items[0][quantity]",
    "line_items[0][price]",
    "recurring[interval_count]",
    "created[lt]",
    "card[number]",
    "card[exp_month]",
    "card[exp_year]",
    "features[subscription_cancel][mode]",
    "customer_update[name]",
    "trial_settings[end_behavior][missing_payment_method]",
    "automatic_tax[enabled]",
    "metadata[" + "k" * 600 + "]",
    "expand[0]",
    "expand[]",
    "flow_data[type]",
    "enabled_events[1]",
    "invoice_creation[enabled]",
    "line_items[0][price_data][unit_amount]",
    "subscription_data[metadata][a]",
    "tax_id_collection[enabled]",
    "price_data[recurring][interval]",
]


@pytest.mark.parametrize("path", WELL_FORMED)
def test_one_wrong_field_in_a_good_form_breaks_nothing(world, ids, path):
    [handler] = [handler for handler in api.handlers if handler.method == "POST" and handler.pattern.pattern == path]
    failures = []
    for number, key in enumerate([*sorted(handler.takes), *DEEPER]):
        for value in VALUES[number % 3 :: 3]:
            form = {name: text.format(**ids) for name, text in WELL_FORMED[path].items()}
            form[key] = value
            answer = requests.post(world.url + path, data=form, auth=(KEY, ""), timeout=10)
            if answer.status_code >= 500:
                failures.append(f"{key}={value[:30]}: {answer.status_code}")
            problems = schema.check_response("POST", path, answer.status_code, answer.json())
            failures += [f"{key}={value[:30]}: {problem}" for problem in problems[:2]]
    assert failures == []
