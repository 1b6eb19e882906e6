"""The sandbox as one thing: its store, its clock and who caused what is happening."""

import threading
from pathlib import Path

from . import sdk
from .clock import Clock
from .schema import skeleton
from .store import Store


class Sandbox:
    """What every room is handed. `base_url` is where its pages are, without a slash at the end."""

    def __init__(self, folder, base_url, clock_file=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base_url = base_url
        self.store = Store(self.folder / "sandbox.db")
        self.clock = Clock(self.store, clock_file or self.folder / "clock")
        self.request_id = None
        self.idempotency_key = None
        self.something_to_deliver = threading.Event()

    def new(self, kind, clock=None, private=None, **fields):
        """Make and keep an object of a kind, created now: in a test clock's time, when it lives in one."""
        body = skeleton(kind)
        if "created" in body:
            body["created"] = self.clock.now(clock)
        return self.store.add({**body, **fields}, private)

    def emit(self, type_, body, before=None):
        """Tell every endpoint that listens. `before` is the object as it was, for `*.updated`."""
        previous = _changed(before, body) if before is not None else None
        if previous is not None and not previous:
            return None
        data = {"object": body}
        if previous:
            data["previous_attributes"] = previous
        endpoints = [
            endpoint
            for endpoint in self.store.list("webhook_endpoint", newest_first=False)
            if endpoint["status"] == "enabled" and {"*", type_} & set(endpoint["enabled_events"])
        ]
        event = self.new(
            "event",
            clock=self.test_clock_of(body),
            type=type_,
            data=data,
            api_version=sdk.api_version(),
            pending_webhooks=len(endpoints),
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
        )
        for endpoint in endpoints:
            self.store.run(
                "INSERT INTO deliveries (event, endpoint, state, next_at) VALUES (?, ?, 'pending', 0)",
                event["id"],
                endpoint["id"],
            )
        if endpoints:
            self.something_to_deliver.set()
        return event

    def change(self, body, type_=None, **fields):
        """Set fields of a kept object in place, save it, and emit `type_` if anything changed."""
        before = dict(body)
        body.update(fields)
        self.store.save(body)
        if type_:
            self.emit(type_, body, before)
        return body

    def test_clock_of(self, body):
        """The id of the test clock an object lives in, or None."""
        if body.get("test_clock"):
            return body["test_clock"]
        customer = body.get("customer")
        owner = self.store.find("customer", customer) if isinstance(customer, str) else None
        return owner and owner["test_clock"]

    def now(self, body=None):
        return self.clock.now(body and self.test_clock_of(body))


def _changed(before, after):
    """What `previous_attributes` says: old values of changed fields, groups cut to what changed in them."""
    changed = {}
    for key in set(before) | set(after):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        nested = isinstance(old, dict) and isinstance(new, dict) and old.get("object") != "list"
        changed[key] = _changed(old, new) if nested else old
    return changed
