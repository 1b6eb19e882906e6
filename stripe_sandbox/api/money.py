"""Setup intents, payment intents, charges, refunds and the account's balance."""

from .. import invoices, payments, subscriptions
from ..errors import InvalidRequest
from . import cleared, merged, operation, page

MAKE_INTENT = "customer description metadata payment_method automatic_payment_methods confirm return_url"
AUTOMATIC = {"allow_redirects": "always", "enabled": True}


def _customer(box, params):
    return box.store.get("customer", params["customer"], "customer") if "customer" in params else None


def _method(box, params):
    return payments.find_method(box, params["payment_method"]) if "payment_method" in params else None


def _method_of(box, intent, params):
    id_ = params.get("payment_method") or intent["payment_method"]
    if not id_:
        raise InvalidRequest(
            f"You cannot confirm this intent because it's missing a payment method: {intent['id']}.",
            code=f"{intent['object']}_unexpected_state",
            param="payment_method",
        )
    return payments.find_method(box, id_)


# Setup intents


@operation("POST", "/v1/setup_intents", MAKE_INTENT + " usage")
def create_setup_intent(box, params):
    method = _method(box, params)
    intent = payments.make_setup_intent(
        box,
        _customer(box, params),
        method,
        description=params.get("description"),
        metadata=params.get("metadata") or {},
        usage=params.get("usage", "off_session"),
        automatic_payment_methods=AUTOMATIC,
    )
    if params.get("confirm"):
        payments.confirm_setup(box, intent, _method_of(box, intent, params))
    return intent


@operation("GET", "/v1/setup_intents", "created customer ending_before limit payment_method starting_after")
def list_setup_intents(box, params):
    where = {key: params[key] for key in ("customer", "payment_method") if key in params}
    return page(box, "setup_intent", params, "/v1/setup_intents", where)


@operation("GET", "/v1/setup_intents/{id}")
def retrieve_setup_intent(box, params, id):
    return box.store.get("setup_intent", id, "intent")


@operation("POST", "/v1/setup_intents/{id}/confirm", "payment_method return_url")
def confirm_setup_intent(box, params, id):
    intent = box.store.get("setup_intent", id, "intent")
    return payments.confirm_setup(box, intent, _method_of(box, intent, params))


@operation("POST", "/v1/setup_intents/{id}/cancel", "cancellation_reason")
def cancel_setup_intent(box, params, id):
    intent = box.store.get("setup_intent", id, "intent")
    if intent["status"] in ("succeeded", "canceled"):
        raise InvalidRequest(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
        )
    box.change(intent, status="canceled", cancellation_reason=params.get("cancellation_reason"), next_action=None)
    box.emit("setup_intent.canceled", intent)
    return intent


# Payment intents


@operation("POST", "/v1/payment_intents", MAKE_INTENT + " off_session amount currency receipt_email setup_future_usage")
def create_payment_intent(box, params):
    if params["amount"] < 1:
        raise InvalidRequest("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if params["amount"] > 99_999_999:
        raise InvalidRequest("Amount must be no more than 99999999", code="amount_too_large", param="amount")
    if params["amount"] < 50 and params["currency"].lower() == "usd":
        raise InvalidRequest("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    intent = payments.make_payment_intent(
        box,
        params["amount"],
        params["currency"].lower(),
        _customer(box, params),
        _method(box, params),
        description=params.get("description"),
        metadata=params.get("metadata") or {},
        receipt_email=params.get("receipt_email"),
        setup_future_usage=params.get("setup_future_usage"),
        automatic_payment_methods=AUTOMATIC,
    )
    if params.get("confirm"):
        _confirm(box, intent, params)
    return intent


def _confirm(box, intent, params):
    method = _method_of(box, intent, params)
    invoice = invoices.invoice_of(box, intent)
    if invoice:
        subscriptions.collect(box, invoice, method)
        return box.store.get("payment_intent", intent["id"])
    payments.confirm_payment(box, intent, method)
    if intent["status"] == "succeeded" and intent["customer"] and intent["setup_future_usage"]:
        payments.attach(box, method, box.store.get("customer", intent["customer"]))
    return intent


@operation("GET", "/v1/payment_intents", "created customer ending_before limit starting_after")
def list_payment_intents(box, params):
    where = {"customer": params["customer"]} if "customer" in params else {}
    return page(box, "payment_intent", params, "/v1/payment_intents", where)


@operation("GET", "/v1/payment_intents/{id}")
def retrieve_payment_intent(box, params, id):
    return box.store.get("payment_intent", id, "intent")


@operation("POST", "/v1/payment_intents/{id}", "description metadata receipt_email payment_method")
def update_payment_intent(box, params, id):
    intent = box.store.get("payment_intent", id, "intent")
    fields = {key: cleared(params[key]) for key in ("description", "receipt_email") if key in params}
    if "metadata" in params:
        fields["metadata"] = merged(intent["metadata"], params["metadata"])
    if "payment_method" in params:
        fields.update(payment_method=_method(box, params)["id"], status="requires_confirmation")
    return box.change(intent, **fields)


@operation("POST", "/v1/payment_intents/{id}/confirm", "payment_method off_session return_url receipt_email")
def confirm_payment_intent(box, params, id):
    return _confirm(box, box.store.get("payment_intent", id, "intent"), params)


@operation("POST", "/v1/payment_intents/{id}/cancel", "cancellation_reason")
def cancel_payment_intent(box, params, id):
    intent = box.store.get("payment_intent", id, "intent")
    if intent["status"] in ("succeeded", "canceled"):
        raise InvalidRequest(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    box.change(
        intent,
        status="canceled",
        canceled_at=box.now(intent),
        next_action=None,
        cancellation_reason=params.get("cancellation_reason"),
    )
    box.emit("payment_intent.canceled", intent)
    return intent


# Charges and refunds


@operation("GET", "/v1/charges", "created customer ending_before limit payment_intent starting_after")
def list_charges(box, params):
    where = {key: params[key] for key in ("customer", "payment_intent") if key in params}
    return page(box, "charge", params, "/v1/charges", where)


@operation("GET", "/v1/charges/{id}")
def retrieve_charge(box, params, id):
    return box.store.get("charge", id)


@operation("POST", "/v1/refunds", "amount charge metadata payment_intent reason")
def create_refund(box, params):
    if "charge" in params:
        charge = box.store.get("charge", params["charge"], "charge")
    elif "payment_intent" in params:
        intent = box.store.get("payment_intent", params["payment_intent"], "payment_intent")
        if not intent["latest_charge"]:
            raise InvalidRequest(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = box.store.get("charge", intent["latest_charge"])
    else:
        raise InvalidRequest(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    return payments.refund(box, charge, params.get("amount"), params.get("reason"), params.get("metadata"))


@operation("GET", "/v1/refunds", "charge created ending_before limit payment_intent starting_after")
def list_refunds(box, params):
    where = {key: params[key] for key in ("charge", "payment_intent") if key in params}
    return page(box, "refund", params, "/v1/refunds", where)


@operation("GET", "/v1/refunds/{id}")
def retrieve_refund(box, params, id):
    return box.store.get("refund", id)


@operation("POST", "/v1/refunds/{id}", "metadata")
def update_refund(box, params, id):
    refund = box.store.get("refund", id)
    metadata = merged(refund["metadata"], params.get("metadata", {}))
    return box.change(refund, "refund.updated", metadata=metadata)


# Balance


def _as_of_now(box, line):
    status = "available" if line["available_on"] <= box.clock.now() else "pending"
    return {**line, "status": status}


@operation("GET", "/v1/balance")
def retrieve_balance(box, params):
    sums: dict[str, dict] = {"available": {}, "pending": {}}
    for line in box.store.list("balance_transaction"):
        of_status = sums[_as_of_now(box, line)["status"]]
        of_status[line["currency"]] = of_status.get(line["currency"], 0) + line["net"]
    for of_status in sums.values():
        of_status.setdefault("usd", 0)
    lists = {
        status: [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(of_status.items())
        ]
        for status, of_status in sums.items()
    }
    return {"object": "balance", "livemode": False, **lists}


@operation("GET", "/v1/balance_transactions", "created currency ending_before limit source starting_after type")
def list_balance_transactions(box, params):
    where = {key: params[key] for key in ("currency", "source", "type") if key in params}
    found = page(box, "balance_transaction", params, "/v1/balance_transactions", where)
    return {**found, "data": [_as_of_now(box, line) for line in found["data"]]}


@operation("GET", "/v1/balance_transactions/{id}")
def retrieve_balance_transaction(box, params, id):
    return _as_of_now(box, box.store.get("balance_transaction", id))
