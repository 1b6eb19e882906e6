"""The time machine, the delivery log, and the knobs that tests turn."""

import json

from flask import abort, jsonify, redirect, render_template, request, send_from_directory

from .. import engine, subscriptions, webhooks
from . import blueprint, box

LONGEST = 10 * 366 * 86400
# After a period's end Stripe leaves the draft open for an hour and then charges.
UNTIL_CHARGED = 3600 + 60
SHOWN = 100


@blueprint.get("/_sandbox/style.css")
def stylesheet():
    return send_from_directory(blueprint.root_path, "style.css", max_age=300)


@blueprint.get("/")
@blueprint.get("/_sandbox")
def show_machine():
    sandbox = box()
    with sandbox.store.transaction():
        return _show_machine(sandbox)


def _show_machine(sandbox, status=200, problem=None):
    current = [
        subscription
        for subscription in sandbox.store.list("subscription")
        if subscription["status"] not in subscriptions.ENDED
    ]
    return render_template(
        "machine.html",
        now=sandbox.clock.now(),
        offset=sandbox.clock.offset,
        problem=problem,
        subscriptions=current[:SHOWN],
        targets={what: _target(sandbox, what) for what in ("trial_end", "renewal")},
        customers={id_: sandbox.store.find("customer", id_) for id_ in {s["customer"] for s in current[:SHOWN]}},
        periods={subscription["id"]: subscriptions.period(subscription) for subscription in current},
    ), status


def _target(sandbox, what):
    """Seconds until the next trial's end or renewal has been charged; None when there is none."""
    now, ends = sandbox.clock.now(), []
    for subscription in sandbox.store.list("subscription"):
        wanted = ("trialing",) if what == "trial_end" else ("active", "past_due")
        if subscription["status"] in wanted and not subscription["test_clock"]:
            ends.append(subscriptions.period(subscription)[1])
    return max(0, min(ends) - now) + UNTIL_CHARGED if ends else None


@blueprint.post("/_sandbox/advance")
def advance():
    """`seconds`, or `days`, or `to` (trial_end, renewal). Answers JSON, or the page again when it was sent from it."""
    sandbox, form = box(), request.form
    with sandbox.store.transaction():
        seconds = _asked_for(sandbox, form)
        if seconds is None:
            problem = "Time goes forward only: give a whole number of seconds, at most ten years."
            if "page" in form:
                return _show_machine(sandbox, 422, problem)
            return jsonify(error=problem), 422
        now = engine.advance(sandbox, seconds)
        offset = sandbox.clock.offset
    if "page" in form:
        return redirect("/_sandbox", 303)
    return jsonify(now=now, offset=offset, advanced=seconds)


def _asked_for(sandbox, form):
    if form.get("to") in ("trial_end", "renewal"):
        return _target(sandbox, form["to"])
    text, unit = (form["days"], 86400) if "days" in form else (form.get("seconds", ""), 1)
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return None
    seconds = int(text) * unit
    return seconds if seconds <= LONGEST else None


@blueprint.get("/_sandbox/now")
def now():
    return jsonify(now=box().clock.now(), offset=box().clock.offset)


@blueprint.route("/_sandbox/faults", methods=["GET", "POST"])
def faults():
    """Set how many of the next deliveries are hit by each fault (`delay`: seconds that new ones wait)."""
    sandbox = box()
    if request.method == "POST":
        asked = {}
        for name, text in request.form.items():
            if name not in webhooks.NO_FAULTS or not (text.isascii() and text.isdigit() and len(text) <= 9):
                return jsonify(
                    error=f"{name[:50]} is no fault, or its number is not one.", faults=list(webhooks.NO_FAULTS)
                ), 422
            asked[name] = int(text)
        with sandbox.store.transaction():
            sandbox.store.set("faults", {**webhooks.faults(sandbox), **asked})
    return jsonify(webhooks.faults(sandbox))


@blueprint.post("/_sandbox/reset")
def reset():
    """Forget everything but the endpoint that was registered at start; the clock shows real time again."""
    sandbox = box()
    with sandbox.store.transaction():
        kept = [
            (endpoint, sandbox.store.private(endpoint["id"]))
            for endpoint in sandbox.store.list("webhook_endpoint", {"description": webhooks.AT_START})
        ]
        sandbox.store.empty()
        for endpoint, private in kept:
            sandbox.store.add(endpoint, private)
    sandbox.clock.tell()
    return jsonify(now=sandbox.clock.now(), offset=0)


@blueprint.get("/_sandbox/deliveries")
def show_deliveries():
    sandbox = box()
    with sandbox.store.transaction():
        rows = sandbox.store.rows("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", SHOWN)
        events = {row["event"]: sandbox.store.find("event", row["event"]) for row in rows}
        endpoints = {row["endpoint"]: sandbox.store.find("webhook_endpoint", row["endpoint"]) for row in rows}
        counts = {
            row["state"]: row["n"]
            for row in sandbox.store.rows("SELECT state, COUNT(*) AS n FROM deliveries GROUP BY state")
        }
        if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
            return jsonify(
                counts=counts,
                deliveries=[
                    {**dict(row), "type": events[row["event"]] and events[row["event"]]["type"]} for row in rows
                ],
            )
        return render_template("deliveries.html", rows=rows, events=events, endpoints=endpoints, counts=counts)


@blueprint.post("/_sandbox/deliveries/<int:id_>/resend")
def resend_delivery(id_):
    if not webhooks.resend(box(), id_):
        abort(404)
    return redirect("/_sandbox/deliveries", 303)


@blueprint.get("/_sandbox/events/<id_>")
def show_event(id_):
    event = box().store.get("event", id_)
    return render_template("event.html", event=event, body=json.dumps(event, indent=2, ensure_ascii=False))
