"""The gateway to Stripe: where it speaks to, and what trouble becomes."""

from __future__ import annotations

import logging

import pytest
import stripe
from flask import Flask

from classprojects.gateways import stripe as gateway
from classprojects.settings import BadSettings, read_settings
from tests.billing.sandbox import Till, sandbox_server, till

__all__ = ["sandbox_server", "till"]


def test_the_client_is_told_everything_that_its_defaults_get_wrong(context: Flask) -> None:
    """Retries, timeouts, version and telemetry."""
    job = gateway._client()
    with context.test_request_context("/"):
        page = gateway._client()
    assert (job._requestor._options.max_network_retries, page._requestor._options.max_network_retries) == (2, 1)
    assert job._requestor._options.stripe_version == gateway.API_VERSION
    assert job._requestor._client._timeout == (3, 20)
    assert page._requestor._client._timeout == (2, 8)
    assert stripe.enable_telemetry is False
    for name in ("classprojects.stripe.page", "classprojects.stripe.job"):
        context.extensions.pop(name, None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (stripe.APIConnectionError("gone"), gateway.StripeUnavailable),
        (stripe.RateLimitError("slow", http_status=429), gateway.StripeUnavailable),
        (stripe.APIError("oops", http_status=500), gateway.StripeUnavailable),
        (stripe.InvalidRequestError("busy", None, code="lock_timeout", http_status=429), gateway.StripeUnavailable),
        (stripe.APIError("same key in flight", http_status=409), gateway.StripeUnavailable),
        (stripe.IdempotencyError("other parameters", http_status=400), gateway.StripeRefused),
        (stripe.InvalidRequestError("none", None, code="resource_missing", http_status=404), gateway.StripeMissing),
        (stripe.InvalidRequestError("bad", "price", http_status=400), gateway.StripeRefused),
        (stripe.AuthenticationError("no key", http_status=401), gateway.StripeRefused),
    ],
)
def test_trouble_has_three_kinds(context: Flask, error: stripe.StripeError, kind: type[Exception]) -> None:
    """Try again, it is gone, or no."""
    assert type(gateway._translated(error)) is kind


def test_matrix_51_same_key_with_other_parameters(till: Till) -> None:
    """Refused, and not tried again."""
    gateway.create_customer("key-1", {"metadata": {"person": "1"}})
    with pytest.raises(gateway.StripeRefused):
        gateway.create_customer("key-1", {"metadata": {"person": "2"}})
    assert gateway.create_customer("key-1", {"metadata": {"person": "1"}})["id"].startswith("cus_")
    assert len(till.objects.list("customer")) == 1


@pytest.mark.slow
def test_matrix_49_drops_are_tried_again_with_the_same_key(till: Till) -> None:
    """Two failures are lived through in a job; the third is told."""
    till.fail_next(2)
    gateway.create_customer("key-2", {})
    assert len(till.objects.list("customer")) == 1
    till.fail_next(3)
    with pytest.raises(gateway.StripeUnavailable):
        gateway.create_customer("key-3", {})
    till.fail_next(0)


def test_what_is_gone(till: Till) -> None:
    with pytest.raises(gateway.StripeMissing):
        gateway.fetch_checkout("cs_test_none")
    gateway.delete_customer("cus_none")


def test_matrix_67_logs_hold_no_secrets(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    """No key, no address of a hosted page, no e-mail."""
    from classprojects.billing import conversations
    from classprojects.billing.models import Interval
    from tests.factories.people import make_person

    with caplog.at_level(logging.DEBUG, logger="classprojects"):
        person = make_person("logged")
        till.pay(conversations.open_checkout(person, Interval.MONTH))
        with pytest.raises(gateway.StripeMissing):
            gateway.fetch_checkout("cs_test_none")
    text = "\n".join(str(record.msg) for record in caplog.records)
    assert text
    for secret in ("sk_test", "whsec_", "_secret_", "/c/pay/", "example.test"):
        assert secret not in text


@pytest.mark.parametrize(
    "env",
    [
        {"BILLING_MODE": "sandbox", "STRIPE_API_BASE": "http://stripe.example"},
        {"BILLING_MODE": "sandbox", "STRIPE_SECRET_KEY": "sk_live_1"},
        {"BILLING_MODE": "live", "STRIPE_SECRET_KEY": "sk_test_1"},
        {"BILLING_MODE": "test", "STRIPE_SECRET_KEY": "sk_live_1"},
        {"BILLING_MODE": "play"},
    ],
)
def test_modes_that_contradict_their_key(env: dict[str, str], tmp_path: object) -> None:
    """One clear sentence rather than a charge in the wrong place."""
    with pytest.raises(BadSettings):
        read_settings({"DATA_DIR": str(tmp_path), **env})
