"""What comes in by the webhook: kept once, verified first, never a 500."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
import stripe

from classprojects.billing import conversations
from classprojects.billing.models import Interval
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.gateways.stripe import StripeRefused, StripeUnavailable
from classprojects.webhooks import actions, jobs
from classprojects.webhooks.models import EventState, ReceivedEvent
from tests.billing.sandbox import SECRET, Till, WebhookClient
from tests.factories.people import Cast

FOLLOWED = "customer.subscription.updated"


def an_event(id_: str = "evt_1", type_: str = FOLLOWED, **more: object) -> dict:
    return {
        "id": id_, "object": "event", "type": type_, "created": int(time.time()), "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_nobody"}}, **more,
    }


def rows() -> list[ReceivedEvent]:
    return list(db.session.scalars(sa.select(ReceivedEvent).execution_options(populate_existing=True)))


def sign(raw: str, secret: str = SECRET, at: int | None = None) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(raw, secret, at or int(time.time())))


def forged() -> list[tuple[str, bytes, str | None]]:
    raw = json.dumps(an_event())
    good = sign(raw)
    stamp, signature = good.split(",")
    return [
        ("no header", raw.encode(), None),
        ("empty header", raw.encode(), ""),
        ("wrong secret", raw.encode(), sign(raw, "whsec_other")),
        ("changed byte", raw.encode().replace(b"cus_nobody", b"cus_nobodx"), good),
        ("v0 only", raw.encode(), good.replace("v1=", "v0=")),
        ("no time", raw.encode(), signature),
        ("time in words", raw.encode(), f"t=soon,{signature}"),
        ("time huge", raw.encode(), f"t={'9' * 40},{signature}"),
        ("signature not ASCII", raw.encode(), f"{stamp},v1=\xe9\xe9"),
        ("body not UTF-8", b"\xff\xfe" + raw.encode(), good),
        ("signed list", b"[]", sign("[]")),
        ("signed number", b"7", sign("7")),
        ("signed null", b"null", sign("null")),
        ("signed not JSON", b"{", sign("{")),
        ("signed empty", b"", sign("")),
        ("signed deep", b"[" * 5000, sign("[" * 5000)),
        ("no event", b'{"object": "event"}', sign('{"object": "event"}')),
        ("id a list", b'{"object": "event", "id": [], "type": "x"}', sign('{"object": "event", "id": [], "type": "x"}')),
        ("301 seconds old", raw.encode(), sign(raw, at=int(time.time()) - 302)),  # matrix 44
        ("a day ahead", raw.encode(), sign(raw, at=int(time.time()) + 86400)),  # matrix 45
    ]


@pytest.mark.parametrize(("name", "raw", "signature"), forged(), ids=[name for name, _, _ in forged()])
def test_forged_messages_are_refused(webhook: WebhookClient, till: Till, name: str, raw: bytes, signature: str | None) -> None:
    """Matrix 43, 44, 45: 400, and nothing is stored."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    page = webhook.post("/stripe/webhook", csrf=False, raw=raw, headers=headers)
    assert page.status == 400
    assert rows() == []


def test_what_is_too_large_is_refused(webhook: WebhookClient, till: Till) -> None:
    """Matrix 43: 1 MB gets 413 before it is read."""
    page = webhook.post("/stripe/webhook", csrf=False, raw=b"x" * 1_000_000, headers={"Stripe-Signature": "t=1,v1=2"})
    assert page.status == 413
    assert rows() == []


def test_only_posting(webhook: WebhookClient, till: Till) -> None:
    assert webhook.get("/stripe/webhook").status == 405


def test_an_event_delivered_twice_is_one(webhook: WebhookClient, till: Till) -> None:
    """Matrix 37: one row, deliveries counted, one job's work."""
    for _ in range(3):
        assert till.send(webhook, an_event()).status == 200
    (row,) = rows()
    assert (row.deliveries, row.state, row.customer) == (3, EventState.RECEIVED, "cus_nobody")


def test_the_same_event_in_parallel_is_one(webhook: WebhookClient, till: Till) -> None:
    """Matrix 37: eight at once."""
    raw = json.dumps(an_event()).encode()
    headers = {"Stripe-Signature": sign(raw.decode()), "Content-Type": "application/json"}
    statuses: list[int] = []

    def deliver() -> None:
        statuses.append(till.app.test_client().post("/stripe/webhook", data=raw, headers=headers).status_code)

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 8
    (row,) = rows()
    assert row.deliveries == 8


def test_both_secrets_count_during_a_roll(webhook: WebhookClient, till: Till) -> None:
    """Matrix 47."""
    from dataclasses import replace

    till.app.config["SETTINGS"] = replace(till.app.config["SETTINGS"], stripe_webhook_secrets=("whsec_new", SECRET))
    assert till.send(webhook, an_event("evt_old"), secret=SECRET).status == 200
    assert till.send(webhook, an_event("evt_new"), secret="whsec_new").status == 200
    assert len(rows()) == 2


def test_what_does_not_concern_us_is_kept_and_ignored(webhook: WebhookClient, till: Till) -> None:
    """Matrix 48: another mode, an unknown type; odd shapes do no harm."""
    for event in (
        an_event("evt_live", livemode=True),
        an_event("evt_type", "product.created"),
        an_event("evt_odd", data={"object": []}, created="soon", account=7),
        an_event("evt_nul", data={"object": {"id": "a\x00b", "customer": {"id": "cus_\x00x"}}}),
        an_event("evt_late", created=2**60),
    ):
        assert till.send(webhook, event).status == 200
    till.run_jobs()
    states = {row.event_id: row.state for row in rows()}
    assert states["evt_live"] is EventState.IGNORED
    assert states["evt_type"] is EventState.IGNORED
    assert states["evt_odd"] is EventState.IGNORED


def test_an_unknown_customer_is_waited_for_an_hour(webhook: WebhookClient, till: Till) -> None:
    """Matrix 48: our own commit may be on its way; then it is somebody else's customer."""
    till.send(webhook, an_event())
    till.run_jobs()
    (row,) = rows()
    assert row.state is EventState.RECEIVED
    assert row.next_at > clock.now()
    with clock.at(clock.now() + timedelta(hours=2)):
        jobs.sweep_events()
        till.run_jobs()
    assert rows()[0].state is EventState.IGNORED


def test_the_database_is_away(webhook: WebhookClient, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix 54: 503, so that Stripe comes again."""

    def fail(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(actions, "receive_event", fail)
    raw = json.dumps(an_event()).encode()
    answer = till.app.test_client().post("/stripe/webhook", data=raw, headers={"Stripe-Signature": sign(raw.decode())})
    assert answer.status_code == 503


def test_redis_is_away(webhook: WebhookClient, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix 53: the event is kept all the same, and the sweep wakes a worker."""
    till.app.config["RECORDED_JOBS"] = None
    try:
        assert till.send(webhook, an_event()).status == 200
    finally:
        till.app.config["RECORDED_JOBS"] = []
    jobs.sweep_events()
    assert till.app.config["RECORDED_JOBS"] == []  # not stale yet
    with clock.at(clock.now() + timedelta(seconds=31)):
        jobs.sweep_events()
    assert len(till.app.config["RECORDED_JOBS"]) == 1


def known_customer(cast: Cast, till: Till) -> str:
    conversations.open_checkout(cast.free, Interval.MONTH)
    from classprojects.billing.queries import find_customer_of

    return find_customer_of(cast.free.id).stripe_id


def test_stripe_is_away_while_an_event_is_worked_on(
    webhook: WebhookClient, till: Till, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matrix 50: tried again later and later, lost never; then it goes through."""
    event = an_event(data={"object": {"id": "sub_1", "customer": known_customer(cast, till)}})
    till.send(webhook, event)
    with monkeypatch.context() as patch:

        def away(*_: object, **__: object) -> None:
            raise StripeUnavailable("APIConnectionError")

        patch.setattr(conversations, "sync_customer", away)
        moment = clock.now()
        for attempt in (1, 2, 3):
            with clock.at(moment):
                jobs.apply_event(rows()[0].id)
                jobs.apply_event(rows()[0].id)  # not due: nothing happens
            assert rows()[0].attempts == attempt
            assert rows()[0].state is EventState.RECEIVED
            moment = rows()[0].next_at
    with clock.at(moment):
        jobs.sweep_events()
        till.run_jobs()
    assert rows()[0].state is EventState.DONE


def test_poison_is_dead_after_five_and_can_be_replayed(
    webhook: WebhookClient, till: Till, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matrix 55."""
    till.send(webhook, an_event(data={"object": {"id": "sub_1", "customer": known_customer(cast, till)}}))
    with monkeypatch.context() as patch:

        def poison(*_: object, **__: object) -> None:
            raise StripeRefused("InvalidRequestError")

        patch.setattr(conversations, "sync_customer", poison)
        moment = clock.now()
        for _ in range(7):
            with clock.at(moment):
                jobs.apply_event(rows()[0].id)
            moment = rows()[0].next_at + timedelta(seconds=1)
    assert (rows()[0].state, rows()[0].attempts) == (EventState.DEAD, 5)
    result = till.app.test_cli_runner().invoke(args=["billing", "replay", "--dead"])
    assert "1 to be applied again" in result.output
    till.run_jobs()
    assert rows()[0].state is EventState.DONE


def test_a_worker_died_holding_an_event(webhook: WebhookClient, till: Till, cast: Cast) -> None:
    """Matrix 52: the claim lapses after five minutes, and somebody else does it."""
    till.send(webhook, an_event(data={"object": {"id": "sub_1", "customer": known_customer(cast, till)}}))
    with transaction():
        assert actions.claim_event(rows()[0].id)
    till.run_jobs()
    assert rows()[0].state is EventState.PROCESSING
    with clock.at(clock.now() + timedelta(minutes=6)):
        jobs.sweep_events()
        till.run_jobs()
    assert rows()[0].state is EventState.DONE
