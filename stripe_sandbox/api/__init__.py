"""The API as the official SDK speaks it: one door, and a handler for each operation."""

import hashlib
import itertools
import json
import logging
import re
import time
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, request

from .. import schema, sdk, webhooks, wire
from ..errors import IdempotencyError, InvalidRequest, StripeError, Unauthorized, Unavailable
from ..store import random_text

log = logging.getLogger(__name__)

FIVE_YEARS = 5 * 366 * 24 * 3600
LARGEST_AMOUNT = 99_999_999
KEYS_KEPT = 24 * 3600
LARGEST_BODY = 1_000_000
KEY = re.compile(r"sk_test_[A-Za-z0-9_]{3,250}")
blueprint = Blueprint("api", __name__)
handlers: list["Handler"] = []


@dataclass(frozen=True)
class Handler:
    method: str
    pattern: re.Pattern
    takes: frozenset
    answer: object


def operation(method, path, takes=""):
    """Register the handler of an operation of the SDK. `takes` names the parameters it honours;
    others that Stripe knows are refused in words rather than ignored."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def register(function):
        handlers.append(Handler(method, pattern, frozenset(takes.split()) | {"expand"}, function))
        handlers.sort(key=lambda handler: handler.pattern.groups)
        return function

    return register


@blueprint.route("/v1/", methods=["GET", "POST", "DELETE", "PUT", "PATCH"], defaults={"path": ""})
@blueprint.route("/v1/<path:path>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
@blueprint.route("/v2/<path:path>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
def answer(path):
    """Every request to the API comes in here."""
    request_id = f"req_{random_text(14)}"
    try:
        status, body, headers = _answer(request_id)
    except StripeError as error:
        status, body, headers = error.status, json.dumps(error.body(request_id)), {}
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        failure = Unavailable("The sandbox failed at this request; its log says why.")
        status, body, headers = 500, json.dumps(failure.body(request_id)), {}
    response = Response(body, status, content_type="application/json")
    response.headers.update({"Request-Id": request_id, "Stripe-Version": sdk.api_version(), **headers})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Stripe"'
    key = request.headers.get("Idempotency-Key")
    if key and request.method == "POST":
        response.headers["Idempotency-Key"] = key.encode("ascii", "replace").decode()
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response


def _answer(request_id):
    box = current_app.extensions["sandbox"]
    _check_key()
    if webhooks.spend(box, "fail_next"):
        raise Unavailable("An unknown error occurred (asked for by a fault knob of the sandbox).")
    method, path = request.method, request.path
    handler, arguments = _find(method, path)
    params, text = _params(method, path, handler)
    key = request.headers.get("Idempotency-Key") if method == "POST" else None
    fingerprint = hashlib.sha256(f"{method} {path} {text}".encode()).hexdigest()
    with box.store.transaction():
        replay = key and _replay(box, key, fingerprint)
        if replay:
            headers = {"Idempotent-Replayed": "true", "Original-Request": replay["request_id"]}
            return replay["status"], replay["body"], headers
        box.request_id, box.idempotency_key = request_id, key
        try:
            answered = handler.answer(box, params, **arguments)
            status, body = 200, json.dumps(expand(box, answered, params.get("expand", [])), indent=2)
        except StripeError as error:
            if not error.keep:
                raise
            status, body = error.status, json.dumps(error.body(request_id), indent=2)
        finally:
            box.request_id = box.idempotency_key = None
        if key:
            box.store.run(
                "INSERT INTO replays VALUES (?, ?, ?, ?, ?, ?)", key, fingerprint, status, body, request_id, time.time()
            )
        return status, body, {}


def _check_key():
    given = request.authorization
    if given is None or not (given.token or given.username):
        raise Unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    key = given.token if given.type == "bearer" else given.username
    if not KEY.fullmatch(key or ""):
        raise Unauthorized(
            f"Invalid API Key provided: {(key or '')[:8]}****. The sandbox takes any key that begins with sk_test_."
        )


def _find(method, path):
    for handler in handlers:
        found = handler.method == method and handler.pattern.fullmatch(path)
        if found:
            return handler, found.groupdict()
    raise InvalidRequest(
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        status=404,
    )


def _params(method, path, handler):
    """The request's parameters, typed, and the text they came in."""
    if request.content_length and request.content_length > LARGEST_BODY:
        raise InvalidRequest("The request is too large.", status=413)
    try:
        text = request.query_string.decode("ascii") if method != "POST" else request.get_data().decode("utf-8")
        given = wire.decode(text)
    except (wire.Malformed, UnicodeDecodeError) as error:
        raise InvalidRequest(str(error) if isinstance(error, wire.Malformed) else "The request is not UTF-8.") from None
    params, problems = schema.read_params(schema.find_route(method, path), given)
    if problems:
        first = problems[0]
        unknown = [problem.param for problem in problems if problem.code == "parameter_unknown"]
        message = first.message
        if first.code == "parameter_unknown" and len(unknown) > 1:
            message = f"Received unknown parameters: {', '.join(unknown)}"
        code = None if first.code == "parameter_invalid_enum" else first.code
        raise InvalidRequest(message, code=code, param=first.param)
    for name in params:
        if name not in handler.takes:
            raise InvalidRequest(
                f"This sandbox does not support the parameter {name} here, though Stripe does.", param=name
            )
    return params, text


def _replay(box, key, fingerprint):
    if len(key) > 255:
        raise InvalidRequest("Idempotency keys may have at most 255 characters.")
    box.store.run("DELETE FROM replays WHERE at < ?", time.time() - KEYS_KEPT)
    rows = box.store.rows("SELECT * FROM replays WHERE key = ?", key)
    if rows and rows[0]["request"] != fingerprint:
        raise IdempotencyError(
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request."
        )
    return rows[0] if rows else None


# Lists


def page(box, kind, params, url, where=None, keep=None):
    """A cursor list, newest first: `limit`, `starting_after`, `ending_before` and `created` as Stripe has them."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise InvalidRequest(
            "Invalid integer: limit must be between 1 and 100", param="limit", code="parameter_invalid_integer"
        )
    backwards = "ending_before" in params and "starting_after" not in params
    cursor = params.get("ending_before" if backwards else "starting_after")
    beyond = box.store.seq(cursor) if cursor else None
    if cursor and beyond is None:
        name = "ending_before" if backwards else "starting_after"
        raise InvalidRequest(f"No such {kind}: '{cursor}'", code="resource_missing", param=name)
    found = (
        body
        for body in box.store.scan(
            kind, where, newest_first=not backwards, beyond=beyond, created=_bounds(params.get("created"))
        )
        if keep is None or keep(body)
    )
    part = list(itertools.islice(found, limit + 1))
    more, part = len(part) > limit, part[:limit]
    return {"object": "list", "data": part[::-1] if backwards else part, "has_more": more, "url": url}


def cut(found, params, url, limit=None):
    """The part of a full list that cursor parameters ask for."""
    limit = limit or params.get("limit", 10)
    ids = [body["id"] for body in found]
    more_after = True
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise InvalidRequest(f"No such object: '{params[name]}'", code="resource_missing", param=name)
    if "starting_after" in params:
        found = found[ids.index(params["starting_after"]) + 1 :]
    elif "ending_before" in params:
        found, more_after = found[: ids.index(params["ending_before"])], False
    part = found[:limit] if more_after else found[-limit:]
    return {"object": "list", "data": part, "has_more": len(found) > len(part), "url": url}


def _bounds(created):
    """The `created` parameter as the earliest and latest second that fit it."""
    if created is None:
        return None
    if isinstance(created, int):
        return created, created
    earliest = [created[name] + more for name, more in (("gt", 1), ("gte", 0)) if name in created]
    latest = [created[name] - less for name, less in (("lt", 1), ("lte", 0)) if name in created]
    return max(earliest, default=None), min(latest, default=None)


# Expanding

# Fields whose name is not the kind of object their id names; None: the id's own kind is looked up.
EXPANDABLE = {
    "application",
    "balance_transaction",
    "charge",
    "configuration",
    "customer",
    "default_payment_method",
    "default_price",
    "invoice",
    "latest_charge",
    "latest_invoice",
    "payment_intent",
    "payment_method",
    "pending_setup_intent",
    "product",
    "setup_intent",
    "source",
    "subscription",
    "test_clock",
    "price",
}
LEFT_OUT = {
    ("checkout.session", "line_items"): lambda box, body: cut(
        box.store.private(body["id"])["lines"], {}, f"/v1/checkout/sessions/{body['id']}/line_items"
    ),
    ("invoice", "payments"): lambda box, body: cut(
        box.store.list("invoice_payment", {"invoice": body["id"]}), {}, "/v1/invoice_payments"
    ),
    ("invoice", "confirmation_secret"): lambda box, body: _confirmation_secret(box, body),
    ("customer", "subscriptions"): lambda box, body: cut(
        [
            subscription
            for subscription in box.store.list("subscription", {"customer": body["id"]})
            if subscription["status"] not in ("canceled", "incomplete_expired")
        ],
        {},
        f"/v1/customers/{body['id']}/subscriptions",
    ),
    ("charge", "refunds"): lambda box, body: cut(
        box.store.list("refund", {"charge": body["id"]}), {}, f"/v1/charges/{body['id']}/refunds"
    ),
}


def _confirmation_secret(box, invoice):
    for payment in box.store.list("invoice_payment", {"invoice": invoice["id"]}):
        intent = box.store.get("payment_intent", payment["payment"]["payment_intent"])
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


def expand(box, body, paths):
    """Replace ids by their objects along paths like `data.latest_invoice.payments`."""
    body = json.loads(json.dumps(body))
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4 + (steps[0] == "data"):
            raise InvalidRequest("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(box, body, steps, path)
    return body


def _expand(box, body, steps, path):
    if isinstance(body, list):
        for inner in body:
            _expand(box, inner, steps, path)
        return
    if not isinstance(body, dict) or not steps:
        return
    step, rest = steps[0], steps[1:]
    left_out = LEFT_OUT.get((body.get("object", ""), step))
    if left_out and step not in body:
        body[step] = left_out(box, body)
    elif step not in body:
        raise InvalidRequest(
            f"This property cannot be expanded ({path}).", param="expand", code="property_cannot_be_expanded"
        )
    elif isinstance(body[step], str):
        if step not in EXPANDABLE:
            raise InvalidRequest(
                f"This property cannot be expanded ({path}).", param="expand", code="property_cannot_be_expanded"
            )
        body[step] = box.store.find(None, body[step]) or body[step]
    elif isinstance(body[step], dict) and body[step].get("object") == "list" and rest[:1] != ["data"]:
        rest = ["data", *rest] if rest else rest
    _expand(box, body[step], rest, path)


def check_future(moment, now, param):
    """Refuse a moment that is past or more than five years away."""
    if moment <= now:
        raise InvalidRequest("Invalid timestamp: must be an integer Unix timestamp in the future.", param=param)
    if moment > now + FIVE_YEARS:
        raise InvalidRequest("Invalid timestamp: can be no more than five years in the future.", param=param)


def check_quantity(quantity, lowest, param):
    """Refuse a quantity below `lowest` or beyond a million."""
    if quantity < lowest:
        raise InvalidRequest("Invalid positive integer", param=param, code="parameter_invalid_integer")
    if quantity > 999_999:
        raise InvalidRequest("Quantity must be no more than 999999", param=param, code="parameter_invalid_integer")


def check_total(amount, param):
    """Refuse more than eight digits of minor units, either way."""
    if abs(amount) > LARGEST_AMOUNT:
        raise InvalidRequest(f"Amount must be no more than {LARGEST_AMOUNT}", code="amount_too_large", param=param)


def deleted(kind, id_):
    return {"id": id_, "object": kind, "deleted": True}


def merged(old, new):
    """Metadata after an update: keys are added or replaced, an empty value takes one away, `""` takes all."""
    if new == "":
        return {}
    return {key: value for key, value in {**(old or {}), **new}.items() if value != ""}


def cleared(value):
    """Stripe's way to unset a field is an empty string."""
    return None if value == "" else value


from . import billing, catalogue, customers, money, sessions, system  # noqa: E402, F401
