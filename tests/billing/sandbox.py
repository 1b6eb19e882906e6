"""The real sandbox over HTTP, the product's own clock following it, and what a person does in it."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from flask import Flask

from classprojects.core import clock
from classprojects.core.database import db
from stripe_sandbox.app import Server
from tests.client import Page, PageClient

SECRET = "whsec_sandbox"
PAYS, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"
DAY = 86400


class Till:
    """A running sandbox, with hands: pay, let time pass, deliver events, run jobs."""

    def __init__(self, app: Flask, server: Server) -> None:
        self.app = app
        self.server = server
        self.url = server.url

    @property
    def objects(self) -> Any:
        """What Stripe holds."""
        return self.server.box.store

    def pay(self, address: str | None, card: str = PAYS) -> requests.Response:
        """Fill in the hosted checkout as a person does."""
        assert address
        assert address.startswith(self.url)
        form = {"card_number": card, "exp": "12/34", "cvc": "123", "name": "Ada Lovelace"}
        with requests.post(address, data=form, allow_redirects=False, timeout=10) as answer:
            return answer

    def advance(self, seconds: int = 0, *, days: int = 0, to: str = "") -> None:
        """Let time pass there, and so here."""
        form = {"to": to} if to else {"seconds": str(seconds + days * DAY)}
        with requests.post(f"{self.url}/_sandbox/advance", data=form, timeout=30) as answer:
            assert answer.status_code == 200, answer.text

    def fail_next(self, calls: int) -> None:
        """The API answers 500 to the next ``calls`` requests."""
        with requests.post(f"{self.url}/_sandbox/faults", data={"fail_next": str(calls)}, timeout=10) as answer:
            assert answer.status_code == 200

    def events(self) -> list[dict[str, Any]]:
        """Every event so far, oldest first."""
        return list(self.objects.list("event", newest_first=False))

    def deliver(self, client: PageClient, events: list[dict[str, Any]] | None = None) -> None:
        """Deliver events as Stripe does, signed; all of them by default."""
        for event in self.events() if events is None else events:
            answer = self.send(client, event)
            assert answer.status == 200, answer.response.get_data()

    def send(self, client: PageClient, event: dict[str, Any] | bytes, *, secret: str = SECRET, at: int | None = None) -> Page:
        """One delivery."""
        raw = event if isinstance(event, bytes) else json.dumps(event).encode()
        header = stripe.WebhookSignature.generate_signature_header(raw.decode(), secret, at or int(time.time()))
        return client.post(
            "/stripe/webhook", csrf=False, data=None, headers={"Stripe-Signature": header}, input_stream=None, raw=raw
        )

    def run_jobs(self) -> int:
        """Do what workers would, until nothing is left; how many jobs that were."""
        done = 0
        jobs = self.app.config["RECORDED_JOBS"]
        while jobs:
            job, arguments = jobs.pop(0)
            job(*arguments)
            done += 1
            assert done < 2000, "jobs wake jobs for ever"
        db.session.expire_all()
        return done

    def follow(self, client: PageClient) -> None:
        """Everything that happened there arrives here."""
        self.deliver(client)
        self.run_jobs()


class WebhookClient(PageClient):
    """A client that can also send raw bodies."""

    def post(self, address: str, data: dict[str, Any] | None = None, csrf: bool = True, **options: Any) -> Page:
        raw = options.pop("raw", None)
        options.pop("input_stream", None)
        if raw is None:
            return super().post(address, data, csrf, **options)
        return self._send("POST", address, data=raw, content_type="application/json", **options)


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Server]:
    """One sandbox for the whole run, on a free port."""
    with tempfile.TemporaryDirectory(prefix="sandbox-test-") as folder:
        server = Server(Path(folder)).start()
        yield server
        server.stop()


@pytest.fixture
def till(context: Flask, sandbox_server: Server) -> Iterator[Till]:
    """The sandbox, empty, with the product speaking to it."""
    before = context.config["SETTINGS"]
    context.config["SETTINGS"] = replace(before, stripe_api_base=sandbox_server.url, stripe_webhook_secrets=(SECRET,))
    clock.follow(str(sandbox_server.box.clock.file))
    with requests.post(f"{sandbox_server.url}/_sandbox/reset", timeout=10):
        pass
    yield Till(context, sandbox_server)
    clock.follow(None)
    context.config["SETTINGS"] = before
    for name in ("classprojects.stripe.page", "classprojects.stripe.job"):
        client = context.extensions.pop(name, None)
        if client is not None:
            client._requestor._client.close()


@pytest.fixture
def webhook(context: Flask) -> WebhookClient:
    """Where Stripe's deliveries come in."""
    return WebhookClient(context)


def later(seconds: float) -> datetime:
    """A moment from the product's now."""
    return datetime.fromtimestamp(clock.now().timestamp() + seconds, UTC)


def session_id(address: str) -> str:
    """The checkout's id in its address."""
    found = re.search(r"(cs_test_\w+)", address)
    assert found
    return found.group(1)
