"""Events on their way to the endpoints that listen, signed as Stripe signs them.

A delivery is a row before it is a request, so that a crash loses none. It is
tried until the endpoint answers 2xx, with growing pauses in real time; the
signature's time is real too, whatever the sandbox's clock says, because the
receiver judges it by its own clock.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import logging
import random
import threading
import time
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

PAUSES = (1, 2, 5, 10, 30, 60, 60, 120, 120, 300, 300, 300, 600, 600, 600, 1800, 1800, 1800, 3600)
TRIES = len(PAUSES) + 1
ANSWER_WITHIN = 10
KEPT_OF_ANSWER = 500
# What marks the endpoint that the environment names.
AT_START = "registered at start"
NO_FAULTS = {"duplicate": 0, "reorder": 0, "delay": 0, "drop": 0, "fail_next": 0}


def is_loopback(url):
    """Whether a URL leads to this machine and nowhere else."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_loopback_host(host) and not parts.username


def is_loopback_host(host):
    """Whether a host name is localhost or a loopback address."""
    host = (host or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def sign(secret, body, at):
    """The `Stripe-Signature` header for a body sent at a real second."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def faults(box):
    """How many coming deliveries are to be duplicated, reordered, delayed (in seconds), dropped;
    and how many API calls are to fail."""
    return {**NO_FAULTS, **box.store.setting("faults", {})}


def spend(box, fault):
    """Use a fault once, if any of it is left."""
    with box.store.transaction():
        left = faults(box)
        if left[fault] < 1:
            return False
        box.store.set("faults", {**left, fault: left[fault] - 1})
        return True


def resend(box, delivery_id):
    """Queue one more delivery of the same event to the same endpoint; False when there is no such delivery."""
    rows = box.store.rows("SELECT event, endpoint FROM deliveries WHERE id = ?", delivery_id)
    for row in rows:
        box.store.run(
            "INSERT INTO deliveries (event, endpoint, state, next_at) VALUES (?, ?, 'pending', 0)",
            row["event"],
            row["endpoint"],
        )
        box.something_to_deliver.set()
    return bool(rows)


class Courier(threading.Thread):
    """Delivers what is due, one request at a time, oldest first."""

    def __init__(self, box):
        super().__init__(name="sandbox-courier", daemon=True)
        self.box, self.stopped = box, threading.Event()

    def run(self):
        while not self.stopped.is_set():
            try:
                waiting = self.deliver_next()
            except Exception:
                log.exception("a delivery could not be made")
                waiting = 1.0
            if waiting:
                self.box.something_to_deliver.wait(waiting)
                self.box.something_to_deliver.clear()

    def stop(self):
        self.stopped.set()
        self.box.something_to_deliver.set()
        self.join(ANSWER_WITHIN + 2)

    def deliver_next(self):
        """Deliver one event; answers how many seconds nothing will be due for (0: go on at once)."""
        row = self._choose()
        if row is None:
            soonest = self.box.store.rows("SELECT MIN(next_at) AS at FROM deliveries WHERE state = 'pending'")[0]["at"]
            return 5.0 if soonest is None else min(5.0, max(0.02, soonest - time.time()))
        event = self.box.store.find("event", row["event"])
        endpoint = self.box.store.find("webhook_endpoint", row["endpoint"])
        if event is None or endpoint is None or endpoint["status"] != "enabled":
            self.box.store.run("UPDATE deliveries SET state = 'void' WHERE id = ?", row["id"])
            return 0
        self._send(row, event, endpoint)
        return 0

    def _choose(self):
        rows = self.box.store.rows(
            "SELECT * FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY id LIMIT 25", time.time()
        )
        if not rows:
            return None
        with self.box.store.transaction():
            left = faults(self.box)
            if rows[0]["tries"] == 0 and left["delay"]:
                # The knob says how long all that is new waits; each delivery waits once.
                until = time.time() + left["delay"]
                self.box.store.run(
                    "UPDATE deliveries SET next_at = ?, tries = 0, answer = 'delayed' WHERE id = ? AND answer IS NULL",
                    until,
                    rows[0]["id"],
                )
                if rows[0]["answer"] is None:
                    return None
            return random.choice(rows) if len(rows) > 1 and spend(self.box, "reorder") else rows[0]

    def _send(self, row, event, endpoint):
        if spend(self.box, "drop"):
            self._record(row, event, "dropped", "dropped on request")
            return
        secret = self.box.store.private(endpoint["id"])["secret"]
        # Stripe tells how many endpoints are still waiting for the event, this one included.
        body = json.dumps(event, indent=2, ensure_ascii=False).encode()
        status, answer = post(endpoint["url"], body, secret)
        if 200 <= status < 300:
            again = row["tries"] == 0 and spend(self.box, "duplicate")
            self._record(row, event, "delivered", f"{status} {answer}".strip())
            if again:
                resend(self.box, row["id"])
        elif row["tries"] + 1 >= TRIES:
            self._record(row, event, "failed", f"{status or ''} {answer}".strip())
        else:
            self._record(row, event, "pending", f"{status or ''} {answer}".strip(), PAUSES[row["tries"]])

    def _record(self, row, event, state, answer, pause=0.0):
        now = time.time()
        with self.box.store.transaction():
            self.box.store.run(
                "UPDATE deliveries SET state = ?, answer = ?, tries = tries + 1, tried_at = ?, next_at = ? "
                "WHERE id = ?",
                state,
                answer[:KEPT_OF_ANSWER],
                now,
                now + pause,
                row["id"],
            )
            left = self.box.store.rows(
                "SELECT COUNT(DISTINCT endpoint) AS n FROM deliveries WHERE event = ? AND state = 'pending'",
                event["id"],
            )[0]["n"]
            if left != event["pending_webhooks"]:
                self.box.store.save({**event, "pending_webhooks": left})


def post(url, body, secret):
    """Send a signed body; answers the status (0 when there was no answer) and a little of what was said."""
    if not is_loopback(url):
        return 0, "not a loopback address"
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=ANSWER_WITHIN)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "*/*",
        "Connection": "close",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": sign(secret, body, int(time.time())),
    }
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(KEPT_OF_ANSWER).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
