"""Stripe, by its official SDK: plain dicts come out, three kinds of trouble are raised.

The SDK's objects never pass this boundary (they are no dicts since SDK 15). Every
call that changes something takes a ``key`` that was stored before it: Stripe does
the same thing once for the same key, so that a retry finds what the first try made.

``BILLING_MODE`` decides where it speaks to: ``sandbox`` is a stand-in on this
machine, ``test`` and ``live`` are Stripe's own. Checked against API version
2026-10-28.endive.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import stripe
import structlog
from flask import current_app, has_request_context

log = structlog.get_logger(__name__)

API_VERSION = "2026-10-28.endive"
#: how far a webhook's time may lie ahead of ours, in seconds; the SDK checks the past only
MAX_AHEAD = 300

# Telemetry would write a file into the home folder and tell Stripe about this machine.
stripe.enable_telemetry = False

Fields = dict[str, Any]


class StripeTrouble(Exception):
    """Stripe did not do what it was asked. ``request_id`` finds the exchange in its logs."""

    def __init__(self, message: str, code: str = "", request_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class StripeUnavailable(StripeTrouble):
    """Away, overloaded or busy with the same thing: the outcome is unknown, the same key may be tried again."""


class StripeMissing(StripeTrouble):
    """There is no such thing at Stripe (any more)."""


class StripeRefused(StripeTrouble):
    """Stripe understood and said no: trying again changes nothing."""


class BadEvent(Exception):
    """Not a message of Stripe's: forged, stale, from the future or broken."""


def _client() -> stripe.StripeClient:
    """The client for whoever asks: short patience while a person waits, longer in a job."""
    waiting = has_request_context()
    name = "classprojects.stripe.page" if waiting else "classprojects.stripe.job"
    client = current_app.extensions.get(name)
    if client is None:
        settings = current_app.config["SETTINGS"]
        client = stripe.StripeClient(
            settings.stripe_secret_key,
            stripe_version=API_VERSION,
            # Not given means no retries at all here, whatever the SDK's global says.
            max_network_retries=1 if waiting else 2,
            base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else None,
            http_client=stripe.RequestsClient(timeout=(2, 8) if waiting else (3, 20)),
        )
        current_app.extensions[name] = client
    return client


def _ask(call: Callable[..., Any], *arguments: Any, params: Fields | None = None, key: str | None = None) -> Fields:
    """``call`` the SDK, in its terms; the answer as a dict, errors as StripeTrouble."""
    options: Any = {"idempotency_key": key} if key else {}
    began = time.monotonic()
    try:
        answer: Fields = call(*arguments, params=params or {}, options=options).to_dict(for_json=True)
    except stripe.StripeError as error:
        raise _translated(error) from error
    finally:
        log.debug("stripe call", call=getattr(call, "__qualname__", "?"), ms=round((time.monotonic() - began) * 1000), key=key)
    return answer


def _translated(error: stripe.StripeError) -> StripeTrouble:
    code = error.code or ""
    status = error.http_status
    request_id = error.request_id
    # The SDK's own words may quote what was sent: only the code is told on.
    words = f"{type(error).__name__} {status or ''} {code}".strip()
    log.warning("stripe trouble", error=type(error).__name__, status=status, code=code, request_id=request_id)
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return StripeUnavailable(words, code, request_id)
    if isinstance(error, stripe.IdempotencyError):
        return StripeRefused(words, code or "idempotency_error", request_id)
    if status is None or status >= 500 or status == 409 or status == 429 or code == "lock_timeout":
        return StripeUnavailable(words, code, request_id)
    if code == "resource_missing" or status == 404:
        return StripeMissing(words, code, request_id)
    return StripeRefused(words, code, request_id)


# Catalogue


def list_prices(lookup_keys: list[str]) -> list[Fields]:
    """The prices on sale that go by these lookup keys."""
    answer = _ask(_client().v1.prices.list, params={"lookup_keys": lookup_keys, "active": True, "limit": 100})
    return list(answer["data"])


def create_product(key: str, params: Fields) -> Fields:
    """A product; https://docs.stripe.com/api/products/create"""
    return _ask(_client().v1.products.create, params=params, key=key)


def create_price(key: str, params: Fields) -> Fields:
    """A price; https://docs.stripe.com/api/prices/create"""
    return _ask(_client().v1.prices.create, params=params, key=key)


# People who pay


def create_customer(key: str, params: Fields) -> Fields:
    """A customer; https://docs.stripe.com/api/customers/create"""
    return _ask(_client().v1.customers.create, params=params, key=key)


def delete_customer(customer_id: str) -> None:
    """Delete a customer with their cards; Stripe cancels what still runs. Missing is fine."""
    with suppress(StripeMissing):
        _ask(_client().v1.customers.delete, customer_id)


# Checkout and portal


def create_checkout(key: str, params: Fields) -> Fields:
    """A hosted checkout; https://docs.stripe.com/api/checkout/sessions/create"""
    return _ask(_client().v1.checkout.sessions.create, params=params, key=key)


def fetch_checkout(session_id: str) -> Fields:
    """The checkout as it stands."""
    return _ask(_client().v1.checkout.sessions.retrieve, session_id)


def expire_checkout(session_id: str, key: str) -> Fields:
    """Close an open checkout. Raises StripeRefused when it is complete or closed already."""
    return _ask(_client().v1.checkout.sessions.expire, session_id, key=key)


def list_portal_configurations() -> list[Fields]:
    """What the portal can be set to show."""
    return list(_ask(_client().v1.billing_portal.configurations.list, params={"active": True, "limit": 100})["data"])


def create_portal_configuration(key: str, params: Fields) -> Fields:
    """A way for the portal to be; https://docs.stripe.com/api/customer_portal/configurations/create"""
    return _ask(_client().v1.billing_portal.configurations.create, params=params, key=key)


def create_portal(params: Fields) -> Fields:
    """A visit to the customer portal. Its address opens it for anybody: never keep or log it."""
    return _ask(_client().v1.billing_portal.sessions.create, params=params)


# Subscriptions and invoices


def list_subscriptions(customer_id: str) -> list[Fields]:
    """Every subscription that this customer ever had, each with its latest invoice."""
    params = {"customer": customer_id, "status": "all", "limit": 100, "expand": ["data.latest_invoice"]}
    return list(_ask(_client().v1.subscriptions.list, params=params)["data"])


def update_subscription(subscription_id: str, key: str, params: Fields) -> Fields:
    """Change a subscription; https://docs.stripe.com/api/subscriptions/update"""
    return _ask(_client().v1.subscriptions.update, subscription_id, params=params, key=key)


def cancel_subscription(subscription_id: str, key: str) -> Fields:
    """End a subscription now, without a last invoice or a credit."""
    params = {"invoice_now": False, "prorate": False}
    return _ask(_client().v1.subscriptions.cancel, subscription_id, params=params, key=key)


def list_invoices(customer_id: str) -> list[Fields]:
    """The customer's newest invoices."""
    return list(_ask(_client().v1.invoices.list, params={"customer": customer_id, "limit": 100})["data"])


# Events


def list_events(since: int) -> Iterator[Fields]:
    """Everything that happened at Stripe since ``since`` (Unix seconds), newest first, 30 days back at most."""
    after: str | None = None
    while True:
        params: Fields = {"created": {"gte": since}, "limit": 100}
        if after:
            params["starting_after"] = after
        page = _ask(_client().v1.events.list, params=params)
        yield from page["data"]
        if not page["has_more"] or not page["data"]:
            return
        after = page["data"][-1]["id"]


def read_event(raw: bytes, signature: str | None, secrets: tuple[str, ...]) -> Fields:
    """The event in a webhook's body, when one of ``secrets`` signed it. Raises BadEvent.

    Several secrets, since a new one is rolled in while the old one still signs.
    """
    if not signature:
        raise BadEvent("no signature")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(raw, signature, secret, tolerance=MAX_AHEAD)
            event = json.loads(raw)
        except (stripe.SignatureVerificationError, TypeError, ValueError, AttributeError, RecursionError):
            # Each of these was seen for a body or a header that somebody made up (not UTF-8: a ValueError).
            continue
        _refuse_future(signature)
        if not isinstance(event, dict) or event.get("object") != "event":
            raise BadEvent("not an event")
        if not _is_text(event.get("id")) or not _is_text(event.get("type")):
            raise BadEvent("an event without a name")
        return event
    raise BadEvent("no secret fits")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and "\x00" not in value


def _refuse_future(signature: str) -> None:
    """The SDK accepts a time that lies ahead: such a message could be replayed until then.

    Real time, not the product's clock: it is about the wire, and signed before it was sent.
    """
    moments = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    if not moments or not moments[0].isdigit() or int(moments[0]) > time.time() + MAX_AHEAD:
        raise BadEvent("from the future")
