"""Requests and answers against the SDK's own types, and a check of that check."""

import copy
import json
import os
from pathlib import Path

import pytest

from stripe_sandbox import api, schema, sdk

FIXTURES = os.environ.get("STRIPE_FIXTURES")


def test_every_operation_is_one_of_the_sdks():
    known = {(route.method, route.path.replace("{", "").replace("}", "")) for route in sdk.routes()}
    assert len(known) > 500
    assert len(api.handlers) >= 87
    for handler in api.handlers:
        path = handler.pattern.pattern
        for name in handler.pattern.groupindex:
            path = path.replace(f"(?P<{name}>[^/]+)", "x_1")
        route = schema.find_route(handler.method, path)
        assert route is not None, f"{handler.method} {path}"
        has = set(sdk.fields(route.params)) if route.params else set()
        assert handler.takes - {"expand"} <= has, f"{route.path} takes {handler.takes - has - {'expand'}}"


def test_every_type_of_the_sdk_is_understood():
    seen = set()

    def visit(type_):
        if isinstance(type_, sdk.Record) and type_ not in seen:
            seen.add(type_)
            for field in sdk.fields(type_).values():
                visit(field.type)
        for inner in getattr(type_, "options", ()):
            visit(inner)
        if hasattr(type_, "item"):
            visit(type_.item)

    for path in (
        "/v1/subscriptions",
        "/v1/checkout/sessions",
        "/v1/invoices",
        "/v1/customers",
        "/v1/webhook_endpoints",
    ):
        route = schema.find_route("POST", path)
        visit(route.params)
        visit(route.response)
    assert len(seen) > 1000


@pytest.mark.parametrize(
    "kind",
    sorted(
        {
            "product",
            "price",
            "customer",
            "payment_method",
            "setup_intent",
            "payment_intent",
            "subscription",
            "invoice",
            "line_item",
            "invoiceitem",
            "invoice_payment",
            "charge",
            "refund",
            "balance",
            "balance_transaction",
            "item",
            "checkout.session",
            "billing_portal.session",
            "billing_portal.configuration",
            "test_helpers.test_clock",
            "webhook_endpoint",
            "subscription_item",
            "plan",
        }
    ),
)
def test_a_skeleton_is_valid_by_construction(kind):
    body = schema.skeleton(kind)
    type_ = schema._class_of(kind)
    assert schema.check_value(body, type_) == []
    body["surprise"] = 1
    assert schema.check_value(body, type_)


@pytest.mark.skipif(not FIXTURES, reason="STRIPE_FIXTURES names no file of Stripe's published fixtures")
def test_skeletons_have_the_keys_of_stripes_published_fixtures():
    published = json.loads(Path(FIXTURES).read_text())["resources"]
    shown = {kind for kind, _ in api.LEFT_OUT}
    missing = {}
    for kind in (
        "product",
        "price",
        "customer",
        "payment_method",
        "setup_intent",
        "payment_intent",
        "subscription",
        "invoice",
        "charge",
        "refund",
        "balance",
        "balance_transaction",
        "checkout.session",
        "invoiceitem",
        "billing_portal.session",
        "billing_portal.configuration",
        "test_helpers.test_clock",
        "webhook_endpoint",
        "invoice_payment",
        "subscription_item",
        "item",
    ):
        fixture = published[kind]
        expected = set(fixture)
        if kind == "payment_method":
            expected &= schema.PAYMENT_METHOD_FIELDS
        specified = set(sdk.fields(schema._class_of(kind)))
        gone = expected - specified
        left = expected - set(schema.skeleton(kind)) - gone
        if kind in shown:
            left -= {name for of, name in api.LEFT_OUT if of == kind}
        left -= schema.LEFT_OUT.get(kind, set())
        if left:
            missing[kind] = left
    assert missing == {}


# Planted errors: each must be caught, else the check is worth nothing.

ANSWERS = {
    "a field is missing": lambda body: body.pop("status"),
    "a field is unknown": lambda body: body.update(current_period_end=1),
    "a value is none of the list": lambda body: body.update(status="great"),
    "a number is text": lambda body: body.update(created="1"),
    "text is a number": lambda body: body.update(id=1),
    "a boolean is a number": lambda body: body.update(cancel_at_period_end=0),
    "null where nothing may be null": lambda body: body.update(currency=None),
    "a list is an object": lambda body: body.update(discounts={}),
    "a group has an unknown field": lambda body: body["automatic_tax"].update(rate=1),
    "an item lacks its period": lambda body: body["items"]["data"][0].pop("current_period_end"),
    "a list has no has_more": lambda body: body["items"].pop("has_more"),
    "an object is of another kind": lambda body: body.update(object="customer"),
    "a deep value is wrong": lambda body: body["items"]["data"][0]["price"]["recurring"].update(interval="moon"),
    "metadata holds a number": lambda body: body.update(metadata={"a": 1}),
    "a float for an integer": lambda body: body.update(start_date=1.5),
}


@pytest.mark.parametrize("planted", ANSWERS)
def test_planted_errors_in_answers_are_caught(world, planted):
    body = world.subscribe().to_dict()
    path = f"/v1/subscriptions/{body['id']}"
    assert schema.check_response("GET", path, 200, body) == []
    wrong = copy.deepcopy(body)
    ANSWERS[planted](wrong)
    assert schema.check_response("GET", path, 200, wrong)
    listed = {"object": "list", "data": [wrong], "has_more": False, "url": "/v1/subscriptions"}
    assert schema.check_response("GET", "/v1/subscriptions", 200, listed)
    event = {
        **schema.skeleton("event"),
        "id": "evt_1",
        "type": "customer.subscription.updated",
        "data": {"object": wrong},
    }
    assert schema.check_object(event)


REQUEST = {
    "mode": "subscription",
    "success_url": "http://localhost/",
    "customer": "cus_1",
    "line_items": [{"price": "price_1", "quantity": 1}],
    "expires_at": 1,
    "subscription_data": {"trial_period_days": 7, "metadata": {"a": "b"}},
    "automatic_tax": {"enabled": True},
}
REQUESTS = {
    "a parameter that is gone": {"payment_method_types": ["card"]},
    "a misspelt parameter": {"sucess_url": "http://localhost/"},
    "a misspelt parameter inside": {"subscription_data": {"trial_days": 7}},
    "a mode there is not": {"mode": "gift"},
    "text for a number": {"expires_at": "soon"},
    "a group for a value": {"customer": {"id": "cus_1"}},
    "a value for a list": {"line_items": "price_1"},
    "a number inside a list": {"line_items": [{"price": "price_1", "quantity": "many"}]},
    "a required part is missing": {"automatic_tax": {}},
    "a boolean that is neither": {"allow_promotion_codes": "yes"},
    "an unknown field in a list": {"line_items": [{"price": "price_1", "colour": "red"}]},
    "a number too large": {"expires_at": 2**64},
}


@pytest.mark.parametrize("planted", REQUESTS)
def test_planted_errors_in_requests_are_caught(planted):
    assert schema.check_request("POST", "/v1/checkout/sessions", REQUEST) == []
    assert schema.check_request("POST", "/v1/checkout/sessions", {**REQUEST, **REQUESTS[planted]})
    assert schema.check_request("POST", "/v1/customers", "email=a%40b.test&metadata[a]=b") == []
    assert schema.check_request("POST", "/v1/customers", "mail=a%40b.test")
    assert schema.check_request("POST", "/v1/checkout/session", REQUEST)


def test_errors_are_held_against_stripes_errors():
    right = {"error": {"type": "card_error", "message": "no", "code": "card_declined"}}
    assert schema.check_response("POST", "/v1/refunds", 402, right) == []
    for wrong in (
        {},
        {"error": "no"},
        {"error": {"type": "oops", "message": "no"}},
        {"error": {"type": "card_error"}},
        {"error": {**right["error"], "reason": "x"}},
        [],
    ):
        assert schema.check_response("POST", "/v1/refunds", 402, wrong)
