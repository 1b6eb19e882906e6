"""Requests and responses held against the types the official SDK declares.

`check_request` and `check_response` answer a list of problems in words, empty
when the exchange is one that Stripe's specification allows. The sandbox uses
the same reading of the SDK to type the forms it is sent and to start every
object from a skeleton that is valid by construction.
"""

import copy
import functools
import re
from dataclasses import dataclass
from decimal import Decimal

from . import sdk, wire

LARGEST = 2**63 - 1
# Fields Stripe leaves out of an object unless they are asked for by `expand`.
LEFT_OUT = {
    "customer": {"cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax", "tax_ids"},
    "checkout.session": {"line_items"},
    "invoice": {"confirmation_secret", "payments"},
    "charge": {"authorization_code", "level3", "refunds"},
    "price": {"currency_options", "tiers"},
    "plan": {"tiers"},
    "setup_intent": {"excluded_payment_method_types"},
    "webhook_endpoint": {"secret"},
}
# A payment method carries the group of its own type only.
PAYMENT_METHOD_FIELDS = {
    "allow_redisplay",
    "billing_details",
    "card",
    "created",
    "customer",
    "customer_account",
    "id",
    "livemode",
    "metadata",
    "object",
    "radar_options",
    "type",
}


@dataclass(frozen=True)
class Problem:
    """`code` is Stripe's own error code for it."""

    param: str
    code: str
    message: str

    def __str__(self):
        return f"{self.param or 'request'}: {self.message}"


def check_request(method, path, params):
    """What is wrong with a request to `path`; `params` is a nested dict or an encoded form."""
    route = find_route(method, path)
    if route is None:
        return [f"{method} {path}: no such operation in the SDK"]
    if isinstance(params, str):
        params = wire.decode(params)
    return [str(problem) for problem in read_params(route, params or {})[1]]


def check_response(method, path, status, body):
    """What is wrong with the answer `body` (decoded JSON) to a request to `path`."""
    if status >= 400:
        return _check_error(body)
    route = find_route(method, path)
    if route is None:
        return [f"{method} {path}: no such operation in the SDK"]
    return [str(problem) for problem in check_value(body, route.response)] + _check_events(body)


def check_object(body):
    """What is wrong with one object, judged by its own `object` field (for webhooks)."""
    type_ = sdk.object_classes().get(body.get("object"))
    if type_ is None:
        return [f"no class of the SDK for object {body.get('object')!r}"]
    return [str(problem) for problem in check_value(body, type_)] + _check_events(body)


def _check_events(body):
    if isinstance(body, dict) and body.get("object") == "list":
        return [problem for item in body.get("data", []) for problem in _check_events(item)]
    if isinstance(body, dict) and body.get("object") == "event":
        return [f"{body['type']}: {problem}" for problem in check_object(body["data"]["object"])]
    return []


def _check_error(body):
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return ["an error without error.message"]
    type_ = sdk.Record(sdk.ROOT / "_error_object.py", "ErrorObject")
    kinds = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}
    problems = [] if error.get("type") in kinds else [f"error.type: {error.get('type')!r} is none of Stripe's"]
    unknown = set(error) - set(sdk.fields(type_))
    return problems + [f"error.{key}: not a field of Stripe's errors" for key in sorted(unknown)]


def find_route(method, path):
    """The SDK's operation for a real path (`/v1/customers/cus_1`); None when there is none."""
    for pattern, route in _patterns().get(method.upper(), ()):
        if pattern.fullmatch(path):
            return route
    return None


@functools.cache
def _patterns():
    found: dict[str, list] = {}
    # Fixed paths first, so that `/v1/invoices/create_preview` is no invoice's id.
    for route in sorted(sdk.routes(), key=lambda route: route.path.count("{")):
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route.path)))
        found.setdefault(route.method, []).append((pattern, route))
    return found


def read_params(route, params):
    """Parameters given their types, and the problems found on the way."""
    if route.params is None:
        return {}, [_unknown(key) for key in params]
    return _read(params, route.params, "")


def check_value(value, type_):
    """Problems of a decoded JSON value as an answer of `type_`."""
    return _read(value, type_, "", strict=True)[1]


def _read(value, type_, at, strict=False):
    """`value` as `type_` and its problems. Forms carry text only, so text is converted
    unless `strict`; answers are strict and may leave out what may be null."""
    match type_:
        case sdk.Scalar():
            return _read_scalar(value, type_.name, at, strict)
        case sdk.Enum():
            return value, [] if _is_one_of(value, type_.values) else [_not_one_of(at, value, type_.values)]
        case sdk.Either():
            return _read_either(value, type_.options, at, strict)
        case sdk.ListOf():
            return _read_list(value, type_.item, at, strict)
        case sdk.MapOf():
            return _read_map(value, type_.item, at, strict)
        case sdk.Page():
            return _read_page(value, type_.item, at)
        case sdk.Record():
            return _read_record(value, type_, at, strict)
    raise TypeError(type_)


def _read_scalar(value, name, at, strict):
    if name == "any":
        return value, []
    if name == "none":
        return value, [] if value is None else [Problem(at, "parameter_invalid", "must be null")]
    if isinstance(value, str) and not strict and name != "str":
        value = _from_text(value, name)
    fits = {
        "int": type(value) is int and -LARGEST <= value <= LARGEST,
        "bool": type(value) is bool,
        "str": type(value) is str,
        "float": type(value) in (int, float),
        "decimal": isinstance(value, str | Decimal) or (type(value) in (int, float) and not strict),
    }[name]
    if fits and isinstance(value, str) and "\x00" in value:
        return value, [Problem(at, "parameter_invalid_string", "may not hold NUL bytes")]
    if fits:
        return value, []
    word = {"int": "integer", "bool": "boolean", "str": "string", "float": "decimal"}.get(name, name)
    if isinstance(value, dict | list) and not strict:
        return value, [Problem(at, f"parameter_invalid_{word}", f"Invalid {word}")]
    return value, [Problem(at, f"parameter_invalid_{word}", f"Invalid {word}: {_shown(value)}")]


def _from_text(text, name):
    if name == "int" and re.fullmatch(r"-?[0-9]{1,25}", text):
        return int(text)
    if name == "bool" and text in ("true", "false"):
        return text == "true"
    if name == "float" and re.fullmatch(r"-?[0-9]{1,25}(\.[0-9]{1,25})?", text):
        return float(text)
    if name == "decimal" and not re.fullmatch(r"-?[0-9]{1,25}(\.[0-9]{1,25})?", text):
        return None
    return text


def _is_one_of(value, values):
    return any(type(value) is type(known) and value == known for known in values)


def _not_one_of(at, value, values):
    known = [str(known) for known in values]
    listed = known[0] if len(known) == 1 else f"one of {', '.join(known[:-1])}, or {known[-1]}"
    return Problem(at, "parameter_invalid_enum", f"Invalid {at}: must be {listed}, not {_shown(value)}")


def _read_either(value, options, at, strict):
    best: tuple = ()
    for option in options:
        read, problems = _read(value, option, at, strict)
        if not problems:
            return read, []
        rank = (_suits(value, option), -len(problems))
        if not best or rank > best[0]:
            best = (rank, read, problems)
    return best[1], best[2]


def _suits(value, option):
    """How likely `option` is what was meant by a value that fits none of the options."""
    if isinstance(value, dict) and isinstance(option, sdk.Record):
        kind = sdk.fields(option).get("object")
        return 2 if kind and isinstance(kind.type, sdk.Enum) and value.get("object") in kind.type.values else 1
    if isinstance(value, list):
        return int(isinstance(option, sdk.ListOf))
    if option in (sdk.NONE, sdk.Enum(("",))):
        return -1
    return int(isinstance(option, sdk.Scalar | sdk.Enum))


def _read_list(value, item, at, strict):
    if value == "" and not strict:
        return [], []
    if not isinstance(value, list):
        return value, [Problem(at, "parameter_invalid_array", "Invalid array")]
    read, problems = [], []
    for index, inner in enumerate(value):
        inner, found = _read(inner, item, f"{at}[{index}]", strict)
        read.append(inner)
        problems += found
    return read, problems


def _read_map(value, item, at, strict):
    if isinstance(value, list) and not strict:
        value = {str(index): inner for index, inner in enumerate(value)}
    if not isinstance(value, dict):
        return value, [Problem(at, "parameter_invalid_hash", "Invalid object")]
    read, problems = {}, []
    for key, inner in value.items():
        read[key], found = _read(inner, item, f"{at}[{key}]", strict)
        problems += found
    return read, problems


def _read_page(value, item, at):
    if not isinstance(value, dict) or value.get("object") not in ("list", "search_result"):
        return value, [Problem(at, "response", "must be a list object")]
    problems = []
    for key, kind in (("data", list), ("has_more", bool), ("url", str)):
        if type(value.get(key)) is not kind:
            problems.append(Problem(_join(at, key), "response", f"a list needs {key}"))
    unknown = set(value) - {"object", "data", "has_more", "url", "total_count", "next_page"}
    problems += [Problem(_join(at, key), "response", "not a field of a list") for key in sorted(unknown)]
    if not problems:
        problems = _read_list(value["data"], item, _join(at, "data"), True)[1]
    return value, problems


def _read_record(value, record, at, strict):
    if not isinstance(value, dict):
        return value, [Problem(at, "parameter_invalid_hash", "Invalid object")]
    known, read, problems = sdk.fields(record), {}, []
    gone = strict and value.get("deleted") is True
    for key, inner in value.items():
        if key not in known:
            problems.append(_unknown(_join(at, key)))
            continue
        read[key], found = _read(inner, known[key].type, _join(at, key), strict)
        problems += found
    for key, field in known.items():
        if field.required and key not in value and not (gone and key not in ("id", "object")):
            problems.append(Problem(_join(at, key), "parameter_missing", f"Missing required param: {_join(at, key)}."))
    return read, problems


def _join(at, key):
    return f"{at}[{key}]" if at else key


def _unknown(param):
    return Problem(param, "parameter_unknown", f"Received unknown parameter: {param}")


def _shown(value):
    text = "null" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def skeleton(kind):
    """A new object of `kind` with every field the specification has, empty but valid."""
    return copy.deepcopy(_skeleton(kind))


@functools.cache
def _skeleton(kind):
    left_out = LEFT_OUT.get(kind, set()) | {"deleted"}
    found = {key: _empty(field.type) for key, field in sdk.fields(_class_of(kind)).items() if key not in left_out}
    if kind == "payment_method":
        found = {key: value for key, value in found.items() if key in PAYMENT_METHOD_FIELDS}
    return {**found, "object": kind}


@functools.cache
def _class_of(kind):
    """The class for an object's kind, by the SDK's file names; reading every file for it takes a second."""
    *folders, name = kind.split(".")
    names = {"line_item": "invoice_line_item", "item": "line_item", "invoiceitem": "invoice_item"}
    file = sdk.ROOT.joinpath(*folders, f"_{names.get(name, name)}.py")
    return next(
        sdk.Record(file, found) for found in sdk.classes(file) if "." not in found and _object_name(file, found) == kind
    )


def _object_name(file, name):
    field = sdk.fields(sdk.Record(file, name)).get("object")
    return field.type.values[0] if field and isinstance(field.type, sdk.Enum) else None


def _empty(type_):
    match type_:
        case sdk.Scalar(name):
            return {"int": 0, "str": "", "bool": False, "float": 0.0, "decimal": "0"}.get(name)
        case sdk.Enum(values):
            return values[0]
        case sdk.Either(options):
            return None if sdk.NONE in options else _empty(options[0])
        case sdk.ListOf():
            return []
        case sdk.MapOf():
            return {}
        case sdk.Page():
            return {"object": "list", "data": [], "has_more": False, "url": ""}
        case sdk.Record():
            return {key: _empty(field.type) for key, field in sdk.fields(type_).items()}
    raise TypeError(type_)


def group(kind, *path):
    """An empty but valid group inside an object that its skeleton leaves null, e.g. `("charge", "outcome")`."""
    return copy.deepcopy(_empty(_inside(kind, path)))


@functools.cache
def _inside(kind, path):
    type_ = _class_of(kind)
    for step in path:
        type_ = sdk.fields(type_)[step].type
        for option in type_.options if isinstance(type_, sdk.Either) else [type_]:
            option = option.item if isinstance(option, sdk.ListOf) else option
            if isinstance(option, sdk.Record):
                type_ = option
                break
    return type_
