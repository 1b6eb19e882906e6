"""Where the sandbox keeps everything: one SQLite file.

Objects are stored as the JSON that Stripe would answer, with a private part
beside it for what Stripe knows and never shows (a card's behaviour, an
endpoint's secret). One writer at a time: `transaction()` holds a lock from the
first read to the commit, so that no request sees another one half done.
"""

import json
import secrets
import sqlite3
import string
import threading
from contextlib import contextmanager

from .errors import Missing

TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, private TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_created ON objects (kind, created);
CREATE INDEX IF NOT EXISTS objects_customer ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS objects_invoice ON objects (kind, json_extract(body, '$.invoice'));
CREATE INDEX IF NOT EXISTS objects_intent ON objects (kind, json_extract(body, '$.payment.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_method ON objects (kind, json_extract(body, '$.default_payment_method'));
-- What will happen, in which time: '' is the sandbox's own, else a test clock's.
CREATE TABLE IF NOT EXISTS agenda (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, clock TEXT NOT NULL, at INTEGER NOT NULL,
    what TEXT NOT NULL, object TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_at ON agenda (clock, at, seq);
CREATE INDEX IF NOT EXISTS agenda_object ON agenda (object);
-- Times of deliveries and idempotency keys are real, whatever the sandbox's clock says.
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, answer TEXT, tried_at REAL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at, id);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS replays (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request_id TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
VERSION = 1
CHUNK = 100
EMPTIED = ("objects", "agenda", "deliveries", "replays", "settings")
PREFIXES = {
    "product": "prod",
    "price": "price",
    "customer": "cus",
    "payment_method": "pm",
    "setup_intent": "seti",
    "payment_intent": "pi",
    "subscription": "sub",
    "subscription_item": "si",
    "invoice": "in",
    "line_item": "il",
    "invoiceitem": "ii",
    "invoice_payment": "inpay",
    "charge": "ch",
    "refund": "re",
    "balance_transaction": "txn",
    "checkout.session": "cs_test",
    "billing_portal.session": "bps",
    "billing_portal.configuration": "bpc",
    "test_helpers.test_clock": "clock",
    "event": "evt",
    "webhook_endpoint": "we",
    "item": "li",
}
ALPHABET = string.ascii_letters + string.digits


def new_id(kind):
    """An id in Stripe's form, e.g. `sub_1Pgc6rB7WZ01zgkWNy0Cn5nw`."""
    length = 58 if kind == "checkout.session" else 24
    return f"{PREFIXES[kind]}_" + random_text(length)


def random_text(length):
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class Store:
    def __init__(self, path):
        self.lock = threading.RLock()
        self.depth = 0
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA busy_timeout = 5000")
        self._make_tables()

    def _make_tables(self):
        """Tables as of `VERSION`; what a sandbox of another version kept is play money, and goes."""
        if self.connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            for table in EMPTIED:
                self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        self.connection.executescript(f"{TABLES}; PRAGMA user_version = {VERSION}")

    def close(self):
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self):
        """All or nothing; may be entered again by the thread that holds it."""
        with self.lock:
            if self.depth == 0:
                self.connection.execute("BEGIN IMMEDIATE")
            self.depth += 1
            try:
                yield
            except BaseException as error:
                self._leave(keep=getattr(error, "keep", False))
                raise
            self._leave(keep=True)

    def _leave(self, keep):
        self.depth -= 1
        if self.depth == 0:
            self.connection.execute("COMMIT" if keep else "ROLLBACK")

    def rows(self, sql, *values):
        with self.lock:
            return self.connection.execute(sql, values).fetchall()

    def run(self, sql, *values):
        """One writing statement; answers how many rows it touched."""
        with self.transaction():
            return self.connection.execute(sql, values).rowcount

    # Objects

    def add(self, body, private=None):
        """Keep a new object and answer it; it gets an id unless it has one."""
        body["id"] = body["id"] or new_id(body["object"])
        self.run(
            "INSERT INTO objects (id, kind, created, body, private) VALUES (?, ?, ?, ?, ?)",
            body["id"],
            body["object"],
            body.get("created", body.get("date", 0)),
            json.dumps(body),
            json.dumps(private or {}),
        )
        return body

    def save(self, body):
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        return body

    def find(self, kind, id_):
        """The object, or None. `kind` None takes any."""
        rows = self.rows("SELECT kind, body FROM objects WHERE id = ?", str(id_))
        return json.loads(rows[0]["body"]) if rows and kind in (None, rows[0]["kind"]) else None

    def get(self, kind, id_, param="id"):
        """The object; Missing when there is none."""
        found = self.find(kind, id_)
        if found is None:
            raise Missing(kind, id_, param)
        return found

    def private(self, id_):
        rows = self.rows("SELECT private FROM objects WHERE id = ?", id_)
        return json.loads(rows[0]["private"]) if rows else {}

    def save_private(self, id_, private):
        self.run("UPDATE objects SET private = ? WHERE id = ?", json.dumps(private), id_)

    def remove(self, id_):
        self.run("DELETE FROM objects WHERE id = ?", id_)
        self.run("DELETE FROM agenda WHERE object = ?", id_)

    def list(self, kind, where=None, newest_first=True):
        """Objects of a kind whose fields equal those in `where` (dots lead into groups)."""
        return list(self.scan(kind, where, newest_first=newest_first))

    def scan(self, kind, where=None, *, newest_first=True, beyond=None, created=None):
        """The same one by one, read as they are asked for.

        `beyond` is the `seq` to go on from, `created` a pair of bounds in seconds (either may be None).
        """
        sql, values = "SELECT seq, body FROM objects WHERE kind = ?", [kind]
        for field, value in (where or {}).items():
            sql += f" AND json_extract(body, '$.{field}') = ?"
            values.append(value)
        for sign, bound in zip((">=", "<="), created or (), strict=False):
            if bound is not None:
                sql += f" AND created {sign} ?"
                values.append(bound)
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        while True:
            go_on = "" if beyond is None else f" AND seq {sign} {int(beyond)}"
            rows = self.rows(f"{sql}{go_on} ORDER BY seq {order} LIMIT {CHUNK}", *values)
            for row in rows:
                yield json.loads(row["body"])
            if len(rows) < CHUNK:
                return
            beyond = rows[-1]["seq"]

    def seq(self, id_):
        rows = self.rows("SELECT seq FROM objects WHERE id = ?", id_)
        return rows[0]["seq"] if rows else None

    # What will happen

    def plan(self, clock, at, what, id_):
        """Have the engine do `what` to an object at a moment, in place of an earlier plan for the same."""
        self.unplan(id_, what)
        self.run("INSERT INTO agenda (clock, at, what, object) VALUES (?, ?, ?, ?)", clock or "", at, what, id_)

    def unplan(self, id_, what=None):
        if what is None:
            self.run("DELETE FROM agenda WHERE object = ?", id_)
        else:
            self.run("DELETE FROM agenda WHERE object = ? AND what = ?", id_, what)

    def next_plan(self, clock, until):
        """The earliest row due by `until`, or None."""
        rows = self.rows(
            "SELECT * FROM agenda WHERE clock = ? AND at <= ? ORDER BY at, seq LIMIT 1", clock or "", until
        )
        return rows[0] if rows else None

    # Small things

    def setting(self, name, default=None):
        rows = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(rows[0]["value"]) if rows else default

    def set(self, name, value):
        self.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value),
        )

    def empty(self):
        with self.transaction():
            for table in EMPTIED:
                self.run(f"DELETE FROM {table}")
