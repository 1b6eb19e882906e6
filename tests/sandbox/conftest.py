"""A sandbox served in this process, the real SDK to talk to it, a person at a browser, and a receiver of webhooks."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import stripe

from stripe_sandbox import schema
from stripe_sandbox.app import Server
from stripe_sandbox.checked import CheckedClient

KEY = "sk_test_sandbox1234567890"
SECRET = "whsec_for_tests_only"
DAY = 86400
HOUR = 3600


class Receiver:
    """An endpoint for webhooks that keeps what it was sent; `answers` are statuses for the next requests."""

    def __init__(self):
        self.bodies: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        self.tries = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.tries += 1
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.bodies.append((body, self.headers["Stripe-Signature"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def events(self):
        return [json.loads(body) for body, _ in self.bodies]

    @property
    def types(self):
        return [event["type"] for event in self.events]

    def wait_for(self, type_, seconds=8.0):
        """The first event of a type; fails when none comes in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events:
                if event["type"] == type_:
                    return event
            time.sleep(0.02)
        raise AssertionError(f"{type_} never came; came: {self.types}")

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Person:
    """Somebody at a browser without JavaScript, on the sandbox's own pages."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def get(self, address, **options):
        return self._checked(self.session.get(self._full(address), allow_redirects=False, timeout=10, **options))

    def post(self, address, **fields):
        return self._checked(self.session.post(self._full(address), data=fields, allow_redirects=False, timeout=10))

    def pay(self, address, number="4242 4242 4242 4242", **fields):
        card = {"card_number": number, "exp": "12/40", "cvc": "123", "name": "Ada Lovelace"}
        return self.post(address, **{**card, **fields})

    def _full(self, address):
        return address if address.startswith("http") else self.url + address

    def _checked(self, response):
        """Every page has one heading, unique ids, and says what it is."""
        if response.headers.get("Content-Type", "").startswith("text/html") and response.status_code < 300:
            assert response.text.count("<h1>") == 1
            ids = re.findall(r'\bid="([^"]+)"', response.text)
            assert len(ids) == len(set(ids))
            assert "No money moves" in response.text
            assert "<script" not in response.text
        return response


class World:
    """What a test of the sandbox works with."""

    def __init__(self, server):
        self.server = server
        self.url = server.url
        self.http = CheckedClient(timeout=10)
        self.client = self.make_client(self.http)
        self.person = Person(server.url)

    def make_client(self, http, key=KEY, **options):
        return stripe.StripeClient(
            key, stripe_version="2026-10-28.endive", base_addresses={"api": self.url}, http_client=http, **options
        )

    @property
    def lenient(self):
        """A client for requests that are wrong on purpose."""
        return self.make_client(CheckedClient(timeout=10, lenient=True))

    def advance(self, seconds):
        response = requests.post(self.url + "/_sandbox/advance", data={"seconds": int(seconds)}, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()["now"]

    def events(self, **params):
        """Every event, oldest first; each one checked as Stripe would shape it."""
        found = list(self.client.v1.events.list({"limit": 100, **params}).auto_paging_iter())
        return [event.to_dict() for event in reversed(found)]

    def types(self):
        return [event["type"] for event in self.events()]

    def make_price(self, amount=999, interval="month", **fields):
        product = self.client.v1.products.create({"name": "Membership"})
        return self.client.v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},
                **fields,
            }
        )

    def make_customer(self, card=None, **fields):
        customer = self.client.v1.customers.create({"email": "ada@example.test", "name": "Ada", **fields})
        if card:
            method = self.client.v1.payment_methods.attach(card, {"customer": customer.id})
            self.client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
        return customer

    def open_checkout(self, customer, price, trial_days=7, **fields):
        data = {"metadata": {"attempt": "1"}}
        if trial_days:
            data["trial_period_days"] = trial_days
        return self.client.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer.id,
                "line_items": [{"price": price.id, "quantity": 1}],
                "success_url": "http://localhost:5000/subscribe/return?session={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://localhost:5000/pricing",
                "client_reference_id": "attempt-1",
                "subscription_data": data,
                **fields,
            }
        )

    def subscribe(self, number="4242 4242 4242 4242", trial_days=7, interval="month", amount=999):
        """A customer who went through Checkout; answers the subscription."""
        customer = self.make_customer()
        session = self.open_checkout(customer, self.make_price(amount, interval), trial_days)
        assert self.person.pay(session.url, number).status_code == 303
        return self.client.v1.subscriptions.retrieve(self.client.v1.checkout.sessions.retrieve(session.id).subscription)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "sandbox").start()
    yield server
    server.stop()


@pytest.fixture
def world(server):
    """A sandbox of its own; every webhook body it sent is checked at the end."""
    world = World(server)
    yield world
    for event in server.box.store.list("event"):
        problems = schema.check_object(event)
        assert not problems, f"{event['type']}: {problems[:5]}"


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()
