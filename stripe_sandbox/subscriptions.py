"""Subscriptions: begun, paid, changed, and ended."""

import copy

from . import invoices
from .errors import CardError, InvalidRequest
from .periods import next_boundary
from .schema import group, skeleton
from .store import new_id

HOUR, DAY = 3600, 86400
# Days from one failed attempt at a renewal to the next; after the last the subscription is canceled.
RETRY_AFTER_DAYS = (1, 3, 5, 5)
REMIND_OF_TRIAL_END = 3 * DAY
REMIND_OF_RENEWAL = 7 * DAY
FIRST_PAYMENT_WITHIN = 23 * HOUR
RETRIED = ("subscription_cycle", "subscription_update")
ENDED = ("canceled", "incomplete_expired")


# Beginning


def make(box, customer, prices, *, trial_end=None, method=None, behavior="allow_incomplete", intent=None, **fields):
    """Begin a subscription to `prices`, a list of `(price, quantity, metadata)`.

    With a `trial_end` nothing is charged before it. Else the first invoice is charged now, unless
    `behavior` is `default_incomplete`, or unless a payment `intent` has paid for it already, as in Checkout.
    """
    now = box.now(customer)
    trial = bool(trial_end and trial_end > now)
    if not trial and not intent and behavior != "default_incomplete" and not _can_pay(customer, method, fields):
        raise InvalidRequest(
            "This customer has no attached payment source or default payment method. Please consider adding a "
            "default payment method. For more information, visit "
            "https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
            code="resource_missing",
        )
    if intent:
        fields["status"] = "active"
    subscription = _blank(box, customer, prices, trial_end if trial else None, now, method, fields)
    box.emit("customer.subscription.created", subscription)
    plan_period(box, subscription)
    if trial:
        _plan_reminder(box, subscription, now)
    if not customer["currency"]:
        box.change(customer, "customer.updated", currency=subscription["currency"])
    # What Checkout was paid is for what it showed; other pending items wait for the next invoice.
    invoice = invoice_period(box, subscription, "subscription_create", with_pending=not intent)
    _first_payment(box, subscription, invoice, behavior, intent)
    return box.store.get("subscription", subscription["id"])


def _can_pay(customer, method, fields):
    given = method or customer["invoice_settings"]["default_payment_method"]
    return bool(given) or fields.get("collection_method") == "send_invoice"


def _blank(box, customer, prices, trial_end, now, method, fields):
    first = prices[0][0]
    for price, _, _ in prices:
        if price["type"] != "recurring":
            raise InvalidRequest(
                f"The price specified is set to `type=one_time` but this field only accepts prices with "
                f"`type=recurring`: {price['id']}",
                param="items[0][price]",
            )
        if price["currency"] != first["currency"]:
            raise InvalidRequest("All prices on a subscription must have the same currency.", param="items")
    if customer["currency"] and customer["currency"] != first["currency"]:
        raise InvalidRequest(
            "You cannot combine currencies on a single customer. This customer has an active subscription, "
            f"subscription schedule, discount, quote, or invoice item with currency {customer['currency']}",
            param="currency",
        )
    subscription = box.new(
        "subscription",
        clock=customer["test_clock"],
        **{
            "customer": customer["id"],
            "currency": first["currency"],
            "start_date": now,
            "billing_cycle_anchor": trial_end or now,
            "trial_start": now if trial_end else None,
            "trial_end": trial_end,
            "status": "trialing" if trial_end else "incomplete",
            "default_payment_method": method and method["id"],
            "metadata": {},
            "default_tax_rates": [],
            "billing_mode": {
                **group("subscription", "billing_mode"),
                "type": "flexible",
                "flexible": {"proration_discounts": "included"},
            },
            "cancellation_details": group("subscription", "cancellation_details"),
            "invoice_settings": {**group("subscription", "invoice_settings"), "issuer": {"type": "self"}},
            "payment_settings": {**group("subscription", "payment_settings"), "save_default_payment_method": "off"},
            "trial_settings": {
                "end_behavior": {
                    **group("subscription", "trial_settings", "end_behavior"),
                    "missing_payment_method": "create_invoice",
                }
            },
            "test_clock": customer["test_clock"],
            **fields,
        },
    )
    recurring = first["recurring"]
    end = trial_end or next_boundary(now, recurring["interval"], recurring["interval_count"], now)
    subscription["items"] = {
        "object": "list",
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
        "data": [_item(subscription, price, quantity, metadata, (now, end)) for price, quantity, metadata in prices],
    }
    if subscription["cancel_at_period_end"]:
        subscription.update(_will_end(subscription, now))
    return box.store.save(subscription)


def _item(subscription, price, quantity, metadata, period):
    return {
        **skeleton("subscription_item"),
        "id": new_id("subscription_item"),
        "created": period[0],
        "current_period_start": period[0],
        "current_period_end": period[1],
        "metadata": metadata or {},
        "price": price,
        "plan": _plan_of(price),
        "quantity": 1 if quantity is None else quantity,
        "subscription": subscription["id"],
        "tax_rates": [],
    }


def _plan_of(price):
    """A price as the older plan object, which items still carry."""
    recurring = price["recurring"]
    return {
        **skeleton("plan"),
        "id": price["id"],
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "metadata": price["metadata"],
        "nickname": price["nickname"],
        "product": price["product"],
        "usage_type": "licensed",
    }


def period(subscription):
    """Start and end of the current period: `(seconds, seconds)`; it stands on the items."""
    items = subscription["items"]["data"]
    return items[0]["current_period_start"], min(item["current_period_end"] for item in items)


def plan_period(box, subscription):
    """Have the current period's end, and its announcement, fall due."""
    start, end = period(subscription)
    box.store.plan(subscription["test_clock"], end, "end_period", subscription["id"])
    if end - REMIND_OF_RENEWAL > start:
        box.store.plan(subscription["test_clock"], end - REMIND_OF_RENEWAL, "announce_renewal", subscription["id"])


def _plan_reminder(box, subscription, now):
    at = max(now, subscription["trial_end"] - REMIND_OF_TRIAL_END)
    box.store.plan(subscription["test_clock"], at, "trial_will_end", subscription["id"])


def invoice_period(box, subscription, reason, ended=None, with_pending=True):
    """The draft for the period that begins now. `ended` is the period just over."""
    customer = box.store.get("customer", subscription["customer"])
    start, end = period(subscription)
    invoice = invoices.draft(box, customer, subscription["currency"], reason, subscription, ended or (start, start))
    waiting = pending_lines(box, customer, invoice) if with_pending else []
    invoices.set_lines(box, invoice, period_lines(box, subscription, (start, end)) + waiting)
    box.change(subscription, latest_invoice=invoice["id"])
    return invoices.announce(box, invoice)


def period_lines(box, subscription, span):
    """What a period costs: a line an item, free while in trial."""
    free = subscription["trial_end"] is not None and span[1] <= subscription["trial_end"]
    lines = []
    for item in subscription["items"]["data"]:
        price, quantity = item["price"], item["quantity"] or 1
        product = box.store.find("product", price["product"])
        name = product["name"] if product else price["id"]
        amount = 0 if free else price["unit_amount"] * quantity
        words = f"Trial period for {name}" if free else f"{quantity} × {name} ({_price_in_words(price)})"
        lines.append(invoices.subscription_line(box, subscription, item, span, amount, words))
    return lines


def _price_in_words(price):
    recurring = price["recurring"]
    every = (
        recurring["interval"]
        if recurring["interval_count"] == 1
        else (f"{recurring['interval_count']} {recurring['interval']}s")
    )
    return f"at {price['unit_amount'] / 100:.2f} {price['currency'].upper()} / {every}"


def pending_lines(box, customer, invoice):
    """Invoice items that were waiting for the customer's next invoice."""
    lines = []
    for item in box.store.list("invoiceitem", {"customer": customer["id"]}, newest_first=False):
        if item["invoice"] is None and item["currency"] == invoice["currency"]:
            box.change(item, invoice=invoice["id"])
            lines.append(invoices.item_line(item))
    return lines


def _first_payment(box, subscription, invoice, behavior, intent):
    invoices.finalize(box, invoice, intent)
    if invoice["status"] == "paid" or subscription["collection_method"] == "send_invoice":
        if subscription["status"] == "incomplete":
            box.change(subscription, "customer.subscription.updated", status="active")
        return
    box.store.plan(
        subscription["test_clock"], box.now(subscription) + FIRST_PAYMENT_WITHIN, "give_up", subscription["id"]
    )
    if behavior == "default_incomplete":
        return
    try:
        collect(box, invoice)
    except CardError as error:
        if behavior == "error_if_incomplete":
            error.keep = False
            raise


# Paying


def collect(box, invoice, method=None, authenticated=False):
    """Pay an open invoice and let its subscription follow: active again, or past due. CardError when it fails."""
    id_ = invoices.subscription_id(invoice)
    subscription = id_ and box.store.find("subscription", id_)
    try:
        invoices.pay(box, invoice, method, authenticated)
    except CardError:
        retry_at = _plan_retry(box, subscription, invoice)
        invoices.tell_failure(box, invoice, retry_at)
        if subscription and subscription["status"] in ("active", "trialing"):
            box.change(subscription, "customer.subscription.updated", status="past_due")
            _set_delinquent(box, subscription, True)
        raise
    if subscription:
        _restore(box, subscription)
    return invoice


def try_to_collect(box, invoice):
    """Pay an invoice if that can be done; whether it was."""
    try:
        collect(box, invoice)
    except CardError:
        return False
    return True


def _plan_retry(box, subscription, invoice):
    """When the next attempt at a renewal is; None when there is none."""
    if not subscription or invoice["billing_reason"] not in RETRIED or subscription["status"] in ENDED:
        return None
    planned = box.store.rows("SELECT at FROM agenda WHERE object = ? AND what = 'retry'", invoice["id"])
    if planned:
        return planned[0]["at"]
    tries = box.store.private(invoice["id"]).get("retries", 0)
    if tries >= len(RETRY_AFTER_DAYS):
        return None
    at = box.now(invoice) + RETRY_AFTER_DAYS[tries] * DAY
    box.store.plan(subscription["test_clock"], at, "retry", invoice["id"])
    return at


def _restore(box, subscription):
    """A payment came in: what was waiting for it is active, unless another invoice is still open."""
    box.store.unplan(subscription["id"], "give_up")
    if subscription["status"] not in ("incomplete", "past_due", "unpaid"):
        return
    owed = [
        invoice
        for invoice in box.store.list("invoice", {"customer": subscription["customer"], "status": "open"})
        if invoices.subscription_id(invoice) == subscription["id"]
    ]
    if not owed:
        box.change(subscription, "customer.subscription.updated", status="active")
        _set_delinquent(box, subscription, False)


def _set_delinquent(box, subscription, delinquent):
    customer = box.store.get("customer", subscription["customer"])
    box.change(customer, "customer.updated", delinquent=delinquent)


# Ending and going on


def _will_end(subscription, now):
    details = {**subscription["cancellation_details"], "reason": "cancellation_requested"}
    return {
        "cancel_at_period_end": True,
        "cancel_at": period(subscription)[1],
        "canceled_at": now,
        "cancellation_details": details,
    }


def schedule_end(box, subscription, at=None, details=None):
    """Have it end with the period, or at a moment (as the customer portal does)."""
    now = box.now(subscription)
    fields = _will_end(subscription, now)
    if at is not None:
        fields.update(cancel_at_period_end=False, cancel_at=at)
        if at != period(subscription)[1]:
            box.store.plan(subscription["test_clock"], at, "cancel_at", subscription["id"])
    fields["cancellation_details"].update(details or {})
    box.change(subscription, "customer.subscription.updated", **fields)


def keep(box, subscription):
    """Take a scheduled end back."""
    box.store.unplan(subscription["id"], "cancel_at")
    box.change(
        subscription,
        "customer.subscription.updated",
        cancel_at_period_end=False,
        cancel_at=None,
        canceled_at=None,
        cancellation_details=group("subscription", "cancellation_details"),
    )


def cancel(box, subscription, details=None):
    """End it now; what is paid is not given back."""
    if subscription["status"] in ENDED:
        raise InvalidRequest(
            f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404
        )
    subscription["cancellation_details"].update(details or {})
    end(box, subscription)


def end(box, subscription, reason="cancellation_requested"):
    """Cancel at this moment; invoices that are open are no longer collected by themselves."""
    now = box.now(subscription)
    box.store.unplan(subscription["id"])
    for invoice in box.store.list("invoice", {"customer": subscription["customer"], "status": "open"}):
        if invoices.subscription_id(invoice) == subscription["id"]:
            box.store.unplan(invoice["id"])
            box.change(invoice, "invoice.updated", auto_advance=False, next_payment_attempt=None)
    for invoice in box.store.list("invoice", {"customer": subscription["customer"], "status": "draft"}):
        if invoices.subscription_id(invoice) == subscription["id"]:
            box.store.unplan(invoice["id"])
            box.change(invoice, "invoice.updated", auto_advance=False, automatically_finalizes_at=None)
    details = {**subscription["cancellation_details"]}
    details["reason"] = details["reason"] or reason
    box.change(
        subscription,
        status="canceled",
        ended_at=now,
        canceled_at=subscription["canceled_at"] or now,
        cancellation_details=details,
    )
    box.emit("customer.subscription.deleted", subscription)


def resume(box, subscription):
    """Bring a paused subscription back with a new period that is charged now."""
    if subscription["status"] != "paused":
        raise InvalidRequest("Only subscriptions with status `paused` can be resumed.", code="subscription_not_paused")
    now, before = box.now(subscription), copy.deepcopy(subscription)
    _restart(subscription, now)
    subscription["status"] = "past_due"
    box.store.save(subscription)
    plan_period(box, subscription)
    invoice = invoices.finalize(box, invoice_period(box, subscription, "subscription_update"))
    if invoice["status"] != "paid":
        try_to_collect(box, invoice)
    subscription = box.store.get("subscription", subscription["id"])
    if subscription["status"] == "past_due" and invoice["status"] == "paid":
        box.change(subscription, status="active")
    box.emit("customer.subscription.updated", subscription, before)
    box.emit("customer.subscription.resumed", subscription)
    return subscription


def _restart(subscription, now):
    subscription["billing_cycle_anchor"] = now
    for item in subscription["items"]["data"]:
        recurring = item["price"]["recurring"]
        item["current_period_start"] = now
        item["current_period_end"] = next_boundary(now, recurring["interval"], recurring["interval_count"], now)


def end_trial(box, subscription, trial_end):
    """Move a trial's end: `now`, or a later moment in seconds since 1970."""
    now = box.now(subscription)
    at = now if trial_end == "now" else trial_end
    if at < now:
        raise InvalidRequest(
            "Invalid timestamp: must be an integer Unix timestamp in the future.",
            param="trial_end",
            code="parameter_invalid_integer",
        )
    if at == now and subscription["status"] != "trialing":
        return
    before = copy.deepcopy(subscription)
    for item in subscription["items"]["data"]:
        item["current_period_end"] = at
    subscription.update(trial_end=at, billing_cycle_anchor=at)
    if at > now:
        subscription.update(status="trialing", trial_start=subscription["trial_start"] or now)
        _plan_reminder(box, subscription, now)
        box.store.save(subscription)
        box.emit("customer.subscription.updated", subscription, before)
        plan_period(box, subscription)
        return
    _restart(subscription, now)
    subscription["status"] = "active"
    box.store.unplan(subscription["id"], "trial_will_end")
    box.store.save(subscription)
    box.emit("customer.subscription.updated", subscription, before)
    plan_period(box, subscription)
    invoice = invoices.finalize(box, invoice_period(box, subscription, "subscription_update"))
    if invoice["status"] == "open":
        try_to_collect(box, invoice)
