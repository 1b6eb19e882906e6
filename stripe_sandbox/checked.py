"""The SDK's HTTP client with every exchange held against the SDK's own types, for tests.

`stripe.StripeClient(key, http_client=CheckedClient(), ...)` raises `Unfaithful` at the first
request or answer that Stripe's specification does not allow.
"""

import json
from urllib.parse import urlsplit

import stripe

from . import schema


class Unfaithful(AssertionError):
    """An exchange that could not have happened with Stripe."""


class CheckedClient(stripe.RequestsClient):
    """`exchanges` counts what was checked. Deliberately wrong requests go through with `lenient`."""

    def __init__(self, *args, lenient=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.lenient = lenient
        self.exchanges = 0

    def request(self, method, url, headers, post_data=None):  # type: ignore[override]
        parts = urlsplit(url)
        sent = post_data if post_data is not None else parts.query
        sent = sent.decode() if isinstance(sent, bytes) else sent
        if not self.lenient:
            _refuse(f"request {method} {parts.path}", schema.check_request(method, parts.path, sent or ""))
        content, status, answered = super().request(method, url, headers, post_data)
        body = json.loads(content)
        _refuse(f"answer to {method} {parts.path} ({status})", schema.check_response(method, parts.path, status, body))
        self.exchanges += 1
        return content, status, answered


def _refuse(what, problems):
    if problems:
        raise Unfaithful(f"{what}: " + "; ".join(problems[:10]))
