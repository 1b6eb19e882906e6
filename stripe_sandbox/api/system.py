"""Test clocks, events and webhook endpoints."""

from .. import engine, sdk, webhooks
from ..errors import InvalidRequest
from ..periods import next_boundary
from ..store import random_text
from . import FIVE_YEARS, deleted, merged, operation, page

DAY = 86400
THIS_CENTURY = 946_684_800
LISTED_FOR = 30 * DAY
TWO_YEARS = 2 * 366 * DAY


@operation("POST", "/v1/test_helpers/test_clocks", "frozen_time name")
def create_test_clock(box, params):
    if not THIS_CENTURY <= params["frozen_time"] <= box.clock.now() + FIVE_YEARS:
        raise InvalidRequest(
            "Invalid timestamp: must be in this century, at most five years ahead.", param="frozen_time"
        )
    clock = box.new(
        "test_helpers.test_clock",
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        deletes_after=box.clock.now() + 30 * DAY,
    )
    box.emit("test_helpers.test_clock.created", clock)
    return clock


@operation("GET", "/v1/test_helpers/test_clocks", "ending_before limit starting_after")
def list_test_clocks(box, params):
    return page(box, "test_helpers.test_clock", params, "/v1/test_helpers/test_clocks")


@operation("GET", "/v1/test_helpers/test_clocks/{id}")
def retrieve_test_clock(box, params, id):
    return box.store.get("test_helpers.test_clock", id)


@operation("POST", "/v1/test_helpers/test_clocks/{id}/advance", "frozen_time")
def advance_test_clock(box, params, id):
    """Answers when the time has been lived through: `ready`, without `advancing` in between."""
    clock = box.store.get("test_helpers.test_clock", id)
    if params["frozen_time"] <= clock["frozen_time"]:
        raise InvalidRequest(
            "The test clock can only be advanced to a time after its current frozen time.", param="frozen_time"
        )
    if params["frozen_time"] > _furthest(box, clock):
        raise InvalidRequest(
            "You can only advance a test clock at most two intervals at once, of the shortest subscription in it.",
            param="frozen_time",
            code="test_clock_too_far",
        )
    return engine.advance_test_clock(box, clock, params["frozen_time"])


def _furthest(box, clock):
    ends = [clock["frozen_time"] + TWO_YEARS]
    for subscription in box.store.list("subscription", {"test_clock": clock["id"]}):
        for item in subscription["items"]["data"]:
            recurring = item["price"]["recurring"]
            ends.append(
                next_boundary(
                    clock["frozen_time"], recurring["interval"], 2 * recurring["interval_count"], clock["frozen_time"]
                )
            )
    return min(ends)


@operation("DELETE", "/v1/test_helpers/test_clocks/{id}")
def delete_test_clock(box, params, id):
    clock = box.store.get("test_helpers.test_clock", id)
    for customer in box.store.list("customer", {"test_clock": id}):
        for kind in ("subscription", "invoice", "invoiceitem", "payment_method", "charge", "payment_intent"):
            for body in box.store.list(kind, {"customer": customer["id"]}):
                box.store.remove(body["id"])
        box.store.remove(customer["id"])
        box.store.set(f"deleted {customer['id']}", True)
    box.store.run("DELETE FROM agenda WHERE clock = ?", id)
    box.emit("test_helpers.test_clock.deleted", clock)
    box.store.remove(id)
    return deleted("test_helpers.test_clock", id)


@operation("GET", "/v1/events", "created delivery_success ending_before limit starting_after type types")
def list_events(box, params):
    oldest = box.clock.now() - LISTED_FOR
    types = set(params.get("types") or ([params["type"]] if "type" in params else []))
    delivered = params.get("delivery_success")

    def keep(event):
        fits = not types or any(_matches(wanted, event["type"]) for wanted in types)
        return fits and (delivered is None or (event["pending_webhooks"] == 0) == delivered)

    asked = params.get("created", {})
    if isinstance(asked, dict):
        params = {**params, "created": {**asked, "gte": max(oldest, asked.get("gte", 0))}}
    return page(box, "event", params, "/v1/events", keep=keep)


def _matches(wanted, type_):
    return wanted == type_ or (wanted.endswith("*") and type_.startswith(wanted[:-1]))


@operation("GET", "/v1/events/{id}")
def retrieve_event(box, params, id):
    return box.store.get("event", id)


@operation("POST", "/v1/webhook_endpoints", "api_version connect description enabled_events metadata url")
def create_webhook_endpoint(box, params):
    endpoint = make_endpoint(
        box,
        params["url"],
        params["enabled_events"],
        f"whsec_{random_text(32)}",
        description=params.get("description") or None,
        metadata=merged({}, params.get("metadata", {})),
    )
    # Told this once, as at Stripe.
    return {**endpoint, "secret": box.store.private(endpoint["id"])["secret"]}


def make_endpoint(box, url, events, secret, **fields):
    """Register an endpoint that only this machine can be."""
    _check_url(url)
    if not events:
        raise InvalidRequest("You must listen to at least one event.", param="enabled_events")
    return box.new(
        "webhook_endpoint",
        private={"secret": secret},
        url=url,
        enabled_events=events,
        status="enabled",
        api_version=sdk.api_version(),
        **fields,
    )


def _check_url(url):
    if not webhooks.is_loopback(url):
        raise InvalidRequest(
            "Invalid URL: the sandbox delivers only to loopback addresses (localhost).", code="url_invalid", param="url"
        )


@operation("GET", "/v1/webhook_endpoints", "ending_before limit starting_after")
def list_webhook_endpoints(box, params):
    return page(box, "webhook_endpoint", params, "/v1/webhook_endpoints")


@operation("GET", "/v1/webhook_endpoints/{id}")
def retrieve_webhook_endpoint(box, params, id):
    return box.store.get("webhook_endpoint", id)


@operation("POST", "/v1/webhook_endpoints/{id}", "description disabled enabled_events metadata url")
def update_webhook_endpoint(box, params, id):
    endpoint = box.store.get("webhook_endpoint", id)
    fields = {key: params[key] for key in ("description", "enabled_events", "url") if key in params}
    if "url" in fields:
        _check_url(fields["url"])
    if "disabled" in params:
        fields["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        fields["metadata"] = merged(endpoint["metadata"], params["metadata"])
    return box.change(endpoint, **fields)


@operation("DELETE", "/v1/webhook_endpoints/{id}")
def delete_webhook_endpoint(box, params, id):
    box.store.get("webhook_endpoint", id)
    box.store.remove(id)
    return deleted("webhook_endpoint", id)
