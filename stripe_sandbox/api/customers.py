"""Customers and the cards they have on file."""

from .. import cards, checkout, payments, subscriptions
from ..errors import InvalidRequest
from ..schema import group
from . import cleared, deleted, merged, operation, page

CUSTOMER = (
    "address balance description email invoice_prefix invoice_settings metadata name next_invoice_sequence "
    "phone preferred_locales shipping tax_exempt"
)


def _fields(box, params, old=None):
    params = {
        key: value for key, value in params.items() if key not in ("expand", "payment_method", "test_clock", "tax")
    }
    fields = {key: cleared(value) for key, value in params.items()}
    if "metadata" in params:
        fields["metadata"] = merged(old and old["metadata"], params["metadata"])
    if "address" in fields and fields["address"]:
        fields["address"] = {**group("customer", "address"), **fields["address"]}
    if "invoice_settings" in fields:
        given = {key: cleared(value) for key, value in fields["invoice_settings"].items()}
        before = old["invoice_settings"] if old else group("customer", "invoice_settings")
        fields["invoice_settings"] = {**before, **given}
    if len(fields.get("email") or "") > 512:
        raise InvalidRequest("Invalid email address: too long", param="email", code="email_invalid")
    if fields.get("email") and "@" not in fields["email"]:
        raise InvalidRequest(f"Invalid email address: {fields['email'][:80]}", param="email", code="email_invalid")
    return fields


def _settle_default(box, customer, fields):
    id_ = (fields.get("invoice_settings") or {}).get("default_payment_method")
    if not id_:
        return
    method = payments.find_method(box, id_, "invoice_settings[default_payment_method]")
    if method["customer"] != customer["id"]:
        if not cards.named(id_, "pm_card_"):
            raise InvalidRequest(
                "The customer does not have a payment method with the ID " + id_ + ". The payment method must be "
                "attached to the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
        payments.attach(box, method, customer)
        fields["invoice_settings"]["default_payment_method"] = method["id"]


@operation("POST", "/v1/customers", CUSTOMER + " payment_method test_clock")
def create_customer(box, params):
    clock = params.get("test_clock")
    if clock:
        box.store.get("test_helpers.test_clock", clock, "test_clock")
    fields = _fields(box, params)
    wanted = fields.pop("invoice_settings", None)
    customer = checkout.make_customer(box, test_clock=clock, **fields)
    if "payment_method" in params:
        payments.attach(box, payments.find_method(box, params["payment_method"]), customer)
    if wanted:
        more = {"invoice_settings": wanted}
        _settle_default(box, customer, more)
        box.change(customer, **more)
    return customer


@operation("GET", "/v1/customers", "created email ending_before limit starting_after test_clock")
def list_customers(box, params):
    where = {"email": params["email"]} if "email" in params else {}
    # Customers of a test clock are listed only when it is asked for, as at Stripe.
    clock = params.get("test_clock")
    return page(box, "customer", params, "/v1/customers", where, lambda customer: customer["test_clock"] == clock)


@operation("GET", "/v1/customers/{id}")
def retrieve_customer(box, params, id):
    if box.store.setting(f"deleted {id}"):
        return deleted("customer", id)
    return box.store.get("customer", id)


@operation("POST", "/v1/customers/{id}", CUSTOMER)
def update_customer(box, params, id):
    customer = box.store.get("customer", id)
    fields = _fields(box, params, customer)
    _settle_default(box, customer, fields)
    return box.change(customer, "customer.updated", **fields)


@operation("DELETE", "/v1/customers/{id}")
def delete_customer(box, params, id):
    customer = box.store.get("customer", id)
    for subscription in box.store.list("subscription", {"customer": id}):
        if subscription["status"] not in subscriptions.ENDED:
            subscriptions.cancel(box, subscription)
    for method in box.store.list("payment_method", {"customer": id}):
        payments.detach(box, method)
    for session in box.store.list("checkout.session", {"customer": id}):
        checkout.expire(box, session)
    customer = box.store.get("customer", id)
    box.emit("customer.deleted", customer)
    box.store.remove(id)
    box.store.set(f"deleted {id}", True)
    return deleted("customer", id)


@operation("POST", "/v1/payment_methods", "type card billing_details metadata customer payment_method allow_redisplay")
def create_payment_method(box, params):
    card = params.get("card") or {}
    number = cards.named(card["token"], "tok_") if "token" in card else card.get("number", "").replace(" ", "")
    if params.get("type", "card") != "card" or not number:
        raise InvalidRequest("The sandbox makes cards only: give `card[token]` or `card[number]`.", param="card")
    if not cards.is_number(number):
        raise InvalidRequest("Your card number is incorrect.", code="incorrect_number", param="number")
    details = params.get("billing_details") or {}
    method = payments.make_card(
        box,
        number,
        card.get("exp_month", 12),
        card.get("exp_year", 2040),
        cleared(details.get("name")),
        cleared(details.get("email")),
    )
    return box.change(method, metadata=params.get("metadata") or {})


@operation("GET", "/v1/payment_methods", "customer ending_before limit starting_after type")
def list_payment_methods(box, params):
    return page(box, "payment_method", params, "/v1/payment_methods", _of_customer(params))


@operation("GET", "/v1/customers/{customer}/payment_methods", "ending_before limit starting_after type")
def list_customer_payment_methods(box, params, customer):
    box.store.get("customer", customer)
    return page(
        box,
        "payment_method",
        params,
        f"/v1/customers/{customer}/payment_methods",
        _of_customer({**params, "customer": customer}),
    )


def _of_customer(params):
    if "customer" not in params:
        # Cards that belong to nobody are not listed.
        return {"customer": "", **({"type": params["type"]} if "type" in params else {})}
    return {key: params[key] for key in ("customer", "type") if key in params}


@operation("GET", "/v1/payment_methods/{id}")
def retrieve_payment_method(box, params, id):
    return box.store.get("payment_method", id)


@operation("POST", "/v1/payment_methods/{id}", "billing_details metadata allow_redisplay")
def update_payment_method(box, params, id):
    method = box.store.get("payment_method", id)
    fields = {}
    if "billing_details" in params:
        fields["billing_details"] = {
            **method["billing_details"],
            **{k: cleared(v) for k, v in params["billing_details"].items()},
        }
    if "metadata" in params:
        fields["metadata"] = merged(method["metadata"], params["metadata"])
    return box.change(method, "payment_method.updated", **fields)


@operation("POST", "/v1/payment_methods/{id}/attach", "customer")
def attach_payment_method(box, params, id):
    if "customer" not in params:
        raise InvalidRequest("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = box.store.get("customer", params["customer"], "customer")
    return payments.attach(box, payments.find_method(box, id), customer)


@operation("POST", "/v1/payment_methods/{id}/detach")
def detach_payment_method(box, params, id):
    return payments.detach(box, box.store.get("payment_method", id))
