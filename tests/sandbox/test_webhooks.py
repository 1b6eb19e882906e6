"""Webhooks: signed as Stripe signs, tried until they arrive, kept over a crash."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
import stripe

from stripe_sandbox import schema, webhooks

from .conftest import DAY, KEY, SECRET, Receiver

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow


def deliveries(world):
    answer = requests.get(world.url + "/_sandbox/deliveries", headers={"Accept": "application/json"}, timeout=10)
    return answer.json()


def faults(world, **asked):
    assert requests.post(world.url + "/_sandbox/faults", data=asked, timeout=10).status_code == 200


def wait_until(condition, seconds=8.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_what_arrives_is_signed_and_shaped_as_stripe_does(world, receiver):
    endpoint = world.client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in world.client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    subscription = world.subscribe()
    receiver.wait_for("checkout.session.completed")
    world.advance(30 * DAY)
    receiver.wait_for("charge.succeeded")
    for body, signature in receiver.bodies:
        event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
        assert schema.check_object(json.loads(body)) == []
        assert event.api_version == "2026-10-28.endive"
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")
    event = receiver.wait_for("customer.subscription.updated")
    assert event["data"]["object"]["id"] == subscription.id
    assert event["data"]["previous_attributes"]["status"] == "trialing"
    assert event["request"] == {"id": None, "idempotency_key": None}
    retrieved = requests.get(f"{world.url}/v1/events/{event['id']}", auth=(KEY, ""), timeout=10).json()
    assert retrieved["data"] == event["data"]


def test_an_event_names_the_request_that_caused_it(world, receiver):
    world.server.listen_for(receiver.url, SECRET)
    customer = world.client.v1.customers.create({"name": "a"}, {"idempotency_key": "made-once"})
    event = receiver.wait_for("customer.created")
    assert event["request"] == {"id": customer.last_response.headers["Request-Id"], "idempotency_key": "made-once"}


def test_a_failing_receiver_is_tried_again(world, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "PAUSES", (0.1,) * 19)
    world.server.listen_for(receiver.url, SECRET)
    receiver.answers = [500, 503, 302]
    world.make_customer()
    receiver.wait_for("customer.created")
    assert receiver.tries == 4
    wait_until(lambda: deliveries(world)["counts"] == {"delivered": 1})
    [row] = deliveries(world)["deliveries"]
    assert row["tries"] == 4
    assert world.events()[0]["pending_webhooks"] == 0


def test_after_the_last_try_a_delivery_has_failed_and_can_be_sent_again(world, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "PAUSES", (0.02,) * 19)
    world.server.listen_for(receiver.url, SECRET)
    receiver.answers = [500] * webhooks.TRIES
    world.make_customer()
    wait_until(lambda: deliveries(world)["counts"] == {"failed": 1})
    assert receiver.tries == webhooks.TRIES == 20
    page = world.person.get("/_sandbox/deliveries").text
    assert "customer.created" in page
    assert "Resend" in page
    [row] = deliveries(world)["deliveries"]
    assert world.person.post(f"/_sandbox/deliveries/{row['id']}/resend").status_code == 303
    receiver.wait_for("customer.created")
    assert world.person.post("/_sandbox/deliveries/99999/resend").status_code == 404
    assert world.person.get(f"/_sandbox/events/{row['event']}").status_code == 200


def test_endpoints_hear_what_they_asked_for(world, receiver):
    endpoint = world.client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["product.created"]})
    world.make_customer()
    world.client.v1.products.create({"name": "heard"})
    receiver.wait_for("product.created")
    world.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    world.client.v1.products.create({"name": "not heard"})
    world.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False, "enabled_events": ["price.created"]})
    world.make_price()
    receiver.wait_for("price.created")
    assert receiver.types == ["product.created", "price.created"]
    world.client.v1.webhook_endpoints.delete(endpoint.id)
    assert world.client.v1.webhook_endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="enabled_events"):
        world.lenient.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["no.such"]})


def test_faults_drop_duplicate_and_delay(world, receiver):
    world.server.listen_for(receiver.url, SECRET)
    faults(world, drop=1, duplicate=1)
    world.client.v1.products.create({"name": "dropped"})
    world.client.v1.products.create({"name": "twice"})
    wait_until(lambda: len(receiver.bodies) == 2)
    assert [event["data"]["object"]["name"] for event in receiver.events] == ["twice", "twice"]
    assert receiver.events[0]["id"] == receiver.events[1]["id"]
    faults(world, delay=1)
    began = time.monotonic()
    world.client.v1.products.create({"name": "late"})
    wait_until(lambda: len(receiver.bodies) == 3)
    assert time.monotonic() - began > 0.9
    refused = requests.post(world.url + "/_sandbox/faults", data={"explode": 1}, timeout=10)
    assert refused.status_code == 422


def test_faults_reorder(world, receiver):
    faults(world, reorder=40)
    # Everything waits until the endpoint is back, so that there is an order to change.
    endpoint = world.client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    with world.server.box.store.transaction():
        for number in range(20):
            event = world.server.box.new(
                "event",
                type="product.created",
                api_version="x",
                data={"object": {**schema.skeleton("product"), "id": f"prod_{number}"}},
            )
            world.server.box.store.run(
                "INSERT INTO deliveries (event, endpoint, state, next_at) VALUES (?, ?, 'pending', 0)",
                event["id"],
                endpoint.id,
            )
        world.server.box.something_to_deliver.set()
    wait_until(lambda: len(receiver.bodies) == 20)
    order = [event["data"]["object"]["id"] for event in receiver.events]
    assert sorted(order) == sorted(f"prod_{number}" for number in range(20))
    assert order != [f"prod_{number}" for number in range(20)]


def test_reset_forgets_all_but_the_endpoint_of_the_start(world, receiver):
    world.server.listen_for(receiver.url, SECRET)
    world.subscribe()
    world.advance(DAY)
    answer = requests.post(world.url + "/_sandbox/reset", timeout=10).json()
    assert answer["offset"] == 0
    assert world.server.box.clock.file.read_text() == "0\n"
    assert world.client.v1.customers.list().data == []
    assert [endpoint.url for endpoint in world.client.v1.webhook_endpoints.list().data] == [receiver.url]
    world.client.v1.products.create({"name": "after"})
    wait_until(lambda: "after" in [event["data"]["object"].get("name") for event in receiver.events])


class Process:
    """The sandbox as a program of its own."""

    def __init__(self, folder, receiver, port):
        self.env = {
            **os.environ,
            "SANDBOX_DIR": str(folder),
            "SANDBOX_PORT": str(port),
            "SANDBOX_WEBHOOK_URL": receiver.url,
            "SANDBOX_WEBHOOK_SECRET": SECRET,
        }
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.start()

    def start(self):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stripe_sandbox"], env=self.env, stdout=subprocess.PIPE, text=True
        )
        assert "sandbox: http://127.0.0.1" in self.process.stdout.readline()
        self.started_in = time.monotonic() - began
        self.client = stripe.StripeClient(KEY, base_addresses={"api": self.url})

    def stop(self, how):
        self.process.send_signal(how)
        code = self.process.wait(15)
        self.process.stdout.close()
        return code


@pytest.fixture
def process(tmp_path, receiver):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = Process(tmp_path / "data", receiver, port)
    yield process
    if process.process.poll() is None:
        process.stop(signal.SIGKILL)


def test_deliveries_survive_kill_9(tmp_path, receiver, process):
    receiver.answers = [503] * 2
    customer = process.client.v1.customers.create({"name": "kept"}, {"idempotency_key": "kept"})
    requests.post(process.url + "/_sandbox/advance", data={"seconds": 5000}, timeout=10)
    wait_until(lambda: receiver.tries >= 1)
    process.stop(signal.SIGKILL)
    assert receiver.bodies == []
    process.start()
    assert receiver.wait_for("customer.created", 15)["data"]["object"]["id"] == customer.id
    again = process.client.v1.customers.create({"name": "kept"}, {"idempotency_key": "kept"})
    assert again.id == customer.id
    assert (tmp_path / "data" / "clock").read_text() == "5000\n"
    assert len(process.client.v1.webhook_endpoints.list().data) == 1


def test_it_starts_at_once_and_stops_when_told(tmp_path, process):
    taken = subprocess.run(
        [sys.executable, "-m", "stripe_sandbox"],
        env={**process.env, "SANDBOX_DIR": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        timeout=15,
    )
    assert taken.returncode == 1
    assert f"port {process.port} cannot be used" in taken.stderr
    assert len(taken.stderr.strip().splitlines()) == 1, taken.stderr
    assert process.stop(signal.SIGTERM) == 0
    assert process.started_in < 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SANDBOX_PORT": "many"}, "must be a number"),
        ({"SANDBOX_WEBHOOK_URL": "https://example.com/hook", "SANDBOX_WEBHOOK_SECRET": "whsec_1"}, "loopback"),
        ({"SANDBOX_WEBHOOK_URL": "http://localhost:1/hook", "SANDBOX_WEBHOOK_SECRET": ""}, "together"),
    ],
)
def test_what_is_set_wrongly_is_said_in_a_sentence(tmp_path, changed, words):
    env = {**os.environ, "SANDBOX_DIR": str(tmp_path), "SANDBOX_PORT": "0", **changed}
    run = subprocess.run([sys.executable, "-m", "stripe_sandbox"], env=env, capture_output=True, text=True, timeout=15)
    assert run.returncode == 1
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_the_receiver_may_be_down_for_a_while(world, monkeypatch):
    monkeypatch.setattr(webhooks, "PAUSES", (0.1,) * 19)
    gone = Receiver()
    gone.close()
    world.server.listen_for(gone.url, SECRET)
    world.make_customer()
    wait_until(lambda: deliveries(world)["deliveries"][0]["tries"] >= 2)
    assert "Refused" in deliveries(world)["deliveries"][0]["answer"]
