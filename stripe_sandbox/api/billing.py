"""Subscriptions, invoices and what waits for the next one."""

from .. import invoices, payments, previews, subscriptions
from ..errors import InvalidRequest
from ..schema import group
from . import catalogue, check_future, check_quantity, check_total, cleared, cut, deleted, merged, operation, page

DAY = 86400
MADE = (
    "automatic_tax cancel_at cancel_at_period_end collection_method currency customer days_until_due "
    "default_payment_method description items metadata off_session payment_behavior payment_settings "
    "proration_behavior trial_end trial_period_days trial_settings"
)
CHANGED = (
    "cancel_at cancel_at_period_end cancellation_details default_payment_method description metadata "
    "off_session pause_collection payment_behavior payment_settings proration_behavior trial_end "
    "trial_settings automatic_tax"
)


# Subscriptions


@operation("POST", "/v1/subscriptions", MADE)
def create_subscription(box, params):
    if "customer" not in params:
        raise InvalidRequest("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = box.store.get("customer", params["customer"], "customer")
    if not params.get("items"):
        raise InvalidRequest("Missing required param: items.", code="parameter_missing", param="items")
    if len(params["items"]) > 20:
        raise InvalidRequest("A subscription may have at most 20 items.", param="items")
    prices = [_price_of(box, item, f"items[{index}]") for index, item in enumerate(params["items"])]
    method = _method(box, customer, params)
    fields = {
        key: params[key]
        for key in ("description", "cancel_at_period_end", "collection_method", "days_until_due")
        if key in params
    }
    fields["metadata"] = merged({}, params.get("metadata", {}))
    fields.update(_settings(params))
    subscription = subscriptions.make(
        box,
        customer,
        prices,
        trial_end=_trial_end(box, customer, params),
        method=method,
        behavior=params.get("payment_behavior", "allow_incomplete"),
        **fields,
    )
    if isinstance(params.get("cancel_at"), int):
        check_future(params["cancel_at"], box.now(customer), "cancel_at")
        subscriptions.schedule_end(box, subscription, params["cancel_at"])
    return subscription


def _price_of(box, item, param):
    if "price_data" in item:
        price = catalogue.make_price(box, item["price_data"])
    elif "price" in item:
        price = box.store.get("price", item["price"], f"{param}[price]")
        if not price["active"]:
            raise InvalidRequest(
                "The price specified is inactive. This field only accepts active prices.", param=f"{param}[price]"
            )
    else:
        raise InvalidRequest(
            f"Missing required param: {param}[price].", code="parameter_missing", param=f"{param}[price]"
        )
    quantity = item.get("quantity", 1)
    check_quantity(quantity, 0, f"{param}[quantity]")
    check_total(price["unit_amount"] * quantity, f"{param}[quantity]")
    return price, quantity, item.get("metadata") or {}


def _method(box, customer, params):
    id_ = params.get("default_payment_method")
    if not id_:
        return None
    method = payments.find_method(box, id_, "default_payment_method")
    if method["customer"] != customer["id"]:
        if method["id"] == id_:
            raise InvalidRequest(
                f"The customer does not have a payment method with the ID {id_}. The payment method must be attached "
                "to the customer.",
                code="resource_missing",
                param="default_payment_method",
            )
        payments.attach(box, method, customer)
    return method


def _trial_end(box, customer, params):
    now = box.now(customer)
    days = params.get("trial_period_days")
    if days is not None:
        if not 1 <= days <= 730:
            raise InvalidRequest("Invalid trial_period_days: must be between 1 and 730.", param="trial_period_days")
        return now + days * DAY
    end = params.get("trial_end")
    if isinstance(end, int):
        check_future(end, now, "trial_end")
    return end if isinstance(end, int) else None


def _settings(params, old=None):
    found = {}
    for key in ("payment_settings", "trial_settings"):
        if isinstance(params.get(key), dict):
            found[key] = {**(old[key] if old else group("subscription", key)), **params[key]}
    if "trial_settings" in found:
        found["trial_settings"]["end_behavior"] = {
            **group("subscription", "trial_settings", "end_behavior"),
            **params["trial_settings"]["end_behavior"],
        }
    if "automatic_tax" in params:
        enabled = params["automatic_tax"]["enabled"]
        found["automatic_tax"] = {
            "enabled": enabled,
            "liability": {"type": "self"} if enabled else None,
            "disabled_reason": None,
        }
    return found


@operation(
    "GET",
    "/v1/subscriptions",
    "created customer ending_before limit price starting_after status test_clock collection_method",
)
def list_subscriptions(box, params):
    status = params.get("status")
    where = {key: params[key] for key in ("customer", "collection_method", "test_clock") if key in params}

    def keep(subscription):
        if status == "ended":
            wanted = subscription["status"] in subscriptions.ENDED
        elif status in (None, "all"):
            wanted = status == "all" or subscription["status"] != "canceled"
        else:
            wanted = subscription["status"] == status
        prices = {item["price"]["id"] for item in subscription["items"]["data"]}
        return wanted and params.get("price", next(iter(prices))) in prices

    return page(box, "subscription", params, "/v1/subscriptions", where, keep)


@operation("GET", "/v1/subscriptions/{id}")
def retrieve_subscription(box, params, id):
    return box.store.get("subscription", id)


@operation("POST", "/v1/subscriptions/{id}", CHANGED)
def update_subscription(box, params, id):
    subscription = box.store.get("subscription", id)
    if subscription["status"] in subscriptions.ENDED and set(params) - {"metadata", "expand", "cancellation_details"}:
        raise InvalidRequest("A canceled subscription can only update its cancellation_details and metadata.")
    if "cancel_at_period_end" in params and params.get("cancel_at"):
        raise InvalidRequest("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    fields = {"description": cleared(params["description"])} if "description" in params else {}
    if "metadata" in params:
        fields["metadata"] = merged(subscription["metadata"], params["metadata"])
    if "default_payment_method" in params:
        method = _method(box, box.store.get("customer", subscription["customer"]), params)
        fields["default_payment_method"] = method and method["id"]
    if "pause_collection" in params:
        fields["pause_collection"] = cleared(params["pause_collection"]) and {
            **group("subscription", "pause_collection"),
            **params["pause_collection"],
        }
    fields.update(_settings(params, subscription))
    box.change(subscription, "customer.subscription.updated", **fields)
    _change_end(box, subscription, params)
    if "trial_end" in params:
        if params["trial_end"] != "now":
            check_future(params["trial_end"], box.now(subscription), "trial_end")
        subscriptions.end_trial(box, subscription, params["trial_end"])
    return box.store.get("subscription", id)


def _change_end(box, subscription, params):
    details = {key: cleared(value) for key, value in (cleared(params.get("cancellation_details")) or {}).items()}
    at = params.get("cancel_at")
    if at == "":
        subscriptions.keep(box, subscription)
    elif at is not None:
        at = subscriptions.period(subscription)[1] if isinstance(at, str) else at
        check_future(at, box.now(subscription), "cancel_at")
        subscriptions.schedule_end(box, subscription, at, details)
    elif params.get("cancel_at_period_end") and not subscription["cancel_at_period_end"]:
        subscriptions.schedule_end(box, subscription, details=details)
    elif params.get("cancel_at_period_end") is False:
        if subscription["cancel_at_period_end"] or subscription["cancel_at"]:
            subscriptions.keep(box, subscription)
    elif details:
        box.change(
            subscription,
            "customer.subscription.updated",
            cancellation_details={**subscription["cancellation_details"], **details},
        )


@operation("DELETE", "/v1/subscriptions/{id}", "cancellation_details invoice_now prorate")
def cancel_subscription(box, params, id):
    subscription = box.store.get("subscription", id)
    if params.get("invoice_now") or params.get("prorate"):
        raise InvalidRequest("This sandbox cancels without a final invoice: leave out `invoice_now` and `prorate`.")
    details = {key: cleared(value) for key, value in (cleared(params.get("cancellation_details")) or {}).items()}
    subscriptions.cancel(box, subscription, details)
    return subscription


@operation("POST", "/v1/subscriptions/{id}/resume", "billing_cycle_anchor proration_behavior")
def resume_subscription(box, params, id):
    return subscriptions.resume(box, box.store.get("subscription", id))


# Invoices


@operation(
    "POST",
    "/v1/invoices",
    "auto_advance collection_method currency customer description metadata pending_invoice_items_behavior",
)
def create_invoice(box, params):
    if "customer" not in params:
        raise InvalidRequest("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = box.store.get("customer", params["customer"], "customer")
    currency = params.get("currency", customer["currency"] or "usd").lower()
    fields = {key: params[key] for key in ("description", "auto_advance") if key in params}
    fields["metadata"] = merged({}, params.get("metadata", {}))
    invoice = invoices.draft(box, customer, currency, "manual", **fields)
    if params.get("pending_invoice_items_behavior") != "exclude":
        invoices.set_lines(box, invoice, subscriptions.pending_lines(box, customer, invoice))
    return invoices.announce(box, invoice)


@operation(
    "GET", "/v1/invoices", "created customer ending_before limit starting_after status subscription collection_method"
)
def list_invoices(box, params):
    where = {key: params[key] for key in ("customer", "status", "collection_method") if key in params}
    wanted = params.get("subscription")
    return page(
        box,
        "invoice",
        params,
        "/v1/invoices",
        where,
        lambda invoice: wanted is None or invoices.subscription_id(invoice) == wanted,
    )


@operation("POST", "/v1/invoices/create_preview", "customer subscription subscription_details")
def preview_invoice(box, params):
    given = params.get("subscription_details") or {}
    if "subscription" not in params:
        raise InvalidRequest(
            "This sandbox previews the renewal of a subscription: give `subscription`.", param="subscription"
        )
    if set(given) - {"cancel_at_period_end"}:
        raise InvalidRequest("This sandbox does not preview changes of a subscription.", param="subscription_details")
    subscription = box.store.get("subscription", params["subscription"], "subscription")
    ends = subscription["cancel_at_period_end"] or subscription["cancel_at"] or given.get("cancel_at_period_end")
    if subscription["status"] in subscriptions.ENDED or ends:
        raise InvalidRequest(
            f"No upcoming invoices for customer: {subscription['customer']}", status=404, code="invoice_upcoming_none"
        )
    return previews.preview(box, subscription)


@operation("GET", "/v1/invoices/{id}")
def retrieve_invoice(box, params, id):
    return box.store.get("invoice", id)


@operation("POST", "/v1/invoices/{id}", "auto_advance default_payment_method description metadata")
def update_invoice(box, params, id):
    invoice = box.store.get("invoice", id)
    fields = {key: cleared(params[key]) for key in ("auto_advance", "description") if key in params}
    if "metadata" in params:
        fields["metadata"] = merged(invoice["metadata"], params["metadata"])
    if "default_payment_method" in params:
        fields["default_payment_method"] = (
            params["default_payment_method"]
            and box.store.get("payment_method", params["default_payment_method"], "default_payment_method")["id"]
        )
    return box.change(invoice, "invoice.updated", **fields)


@operation("DELETE", "/v1/invoices/{id}")
def delete_invoice(box, params, id):
    invoice = box.store.get("invoice", id)
    if invoice["status"] != "draft" or invoices.subscription_id(invoice):
        raise InvalidRequest(
            "You can only delete draft invoices that no subscription made.", code="invoice_not_editable"
        )
    box.store.remove(id)
    box.emit("invoice.deleted", invoice)
    return deleted("invoice", id)


@operation("GET", "/v1/invoices/{id}/lines", "ending_before limit starting_after")
def list_invoice_lines(box, params, id):
    invoice = box.store.get("invoice", id)
    return cut(invoice["lines"]["data"], params, f"/v1/invoices/{id}/lines")


@operation("POST", "/v1/invoices/{id}/finalize", "auto_advance")
def finalize_invoice(box, params, id):
    return invoices.finalize(box, box.store.get("invoice", id))


@operation("POST", "/v1/invoices/{id}/pay", "off_session payment_method")
def pay_invoice(box, params, id):
    invoice = box.store.get("invoice", id)
    if invoice["status"] == "draft":
        invoices.finalize(box, invoice)
        if invoice["status"] == "paid":
            return invoice
    method = payments.find_method(box, params["payment_method"]) if "payment_method" in params else None
    return subscriptions.collect(box, invoice, method)


@operation("POST", "/v1/invoices/{id}/void")
def void_invoice(box, params, id):
    return invoices.void(box, box.store.get("invoice", id))


@operation("POST", "/v1/invoices/{id}/mark_uncollectible")
def mark_invoice_uncollectible(box, params, id):
    return invoices.mark_uncollectible(box, box.store.get("invoice", id))


@operation("GET", "/v1/invoice_payments", "ending_before invoice limit payment starting_after status")
def list_invoice_payments(box, params):
    where = {key: params[key] for key in ("invoice", "status") if key in params}
    intent = params.get("payment", {}).get("payment_intent")
    return page(
        box,
        "invoice_payment",
        params,
        "/v1/invoice_payments",
        {**where, "payment.payment_intent": intent} if intent else where,
    )


@operation("GET", "/v1/invoice_payments/{id}")
def retrieve_invoice_payment(box, params, id):
    return box.store.get("invoice_payment", id)


# Invoice items


@operation("POST", "/v1/invoiceitems", "amount currency customer description metadata quantity")
def create_invoiceitem(box, params):
    if "customer" not in params:
        raise InvalidRequest("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = box.store.get("customer", params["customer"], "customer")
    if "amount" not in params:
        raise InvalidRequest(
            "This sandbox makes invoice items from an `amount`.", code="parameter_missing", param="amount"
        )
    check_total(params["amount"], "amount")
    now = box.now(customer)
    item = box.new(
        "invoiceitem",
        clock=customer["test_clock"],
        test_clock=customer["test_clock"],
        amount=params["amount"],
        customer=customer["id"],
        currency=params.get("currency", customer["currency"] or "usd").lower(),
        date=now,
        discountable=True,
        description=params.get("description"),
        metadata=params.get("metadata") or {},
        quantity=1,
        discounts=[],
        period={"start": now, "end": now},
        tax_rates=[],
        quantity_decimal="1",
        net_amount=params["amount"],
    )
    box.emit("invoiceitem.created", item)
    return item


@operation("GET", "/v1/invoiceitems", "created customer ending_before invoice limit pending starting_after")
def list_invoiceitems(box, params):
    where = {key: params[key] for key in ("customer", "invoice") if key in params}
    pending = params.get("pending")
    return page(
        box,
        "invoiceitem",
        params,
        "/v1/invoiceitems",
        where,
        lambda item: pending is None or (item["invoice"] is None) == pending,
    )


@operation("GET", "/v1/invoiceitems/{id}")
def retrieve_invoiceitem(box, params, id):
    return box.store.get("invoiceitem", id)


@operation("DELETE", "/v1/invoiceitems/{id}")
def delete_invoiceitem(box, params, id):
    item = box.store.get("invoiceitem", id)
    if item["invoice"]:
        raise InvalidRequest("This invoice item is on an invoice already.", code="invoice_not_editable")
    box.store.remove(id)
    box.emit("invoiceitem.deleted", item)
    return deleted("invoiceitem", id)
