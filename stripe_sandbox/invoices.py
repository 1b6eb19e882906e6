"""Invoices: drafted, made final, paid or not."""

from . import payments
from .errors import CardError, InvalidRequest
from .schema import group, skeleton
from .store import new_id, random_text

HOUR = 3600
# A draft made by a renewal stays open to changes for an hour, as at Stripe.
DRAFT_FOR = HOUR


def draft(box, customer, currency, reason, subscription=None, period=None, **fields):
    """A draft without lines. `period` is what the invoice was made at the end of: `(start, end)`."""
    now = box.now(customer)
    made = {**heading(box, customer, currency, reason, subscription, period or (now, now)), **fields}
    invoice = box.new("invoice", clock=customer["test_clock"], **made)
    invoice["lines"]["url"] = f"/v1/invoices/{invoice['id']}/lines"
    return box.store.save(invoice)


def heading(box, customer, currency, reason, subscription, period):
    """What an invoice says before its lines: whom it is for and why it was made."""
    fields = {
        "account_country": "US",
        "account_name": "Sandbox",
        "customer": customer["id"],
        "currency": currency,
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_address": customer["address"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "billing_reason": reason,
        "status": "draft",
        "period_start": period[0],
        "period_end": period[1],
        "auto_advance": reason != "manual",
        "metadata": {},
        "issuer": {"type": "self"},
        "total_discount_amounts": [],
        "total_taxes": [],
        "total_pretax_credit_amounts": [],
        "test_clock": customer["test_clock"],
        "starting_balance": customer["balance"],
    }
    if subscription:
        details = {
            **group("invoice", "parent", "subscription_details"),
            "subscription": subscription["id"],
            "metadata": subscription["metadata"],
        }
        fields["parent"] = {
            **group("invoice", "parent"),
            "type": "subscription_details",
            "subscription_details": details,
        }
        fields["collection_method"] = subscription["collection_method"]
        fields["automatic_tax"] = _automatic_tax(subscription["automatic_tax"]["enabled"])
        fields["description"] = subscription["description"]
    return fields


def _automatic_tax(enabled):
    """The account is registered for tax nowhere, so that tax is reckoned, and is zero."""
    tax = group("invoice", "automatic_tax")
    if enabled:
        tax.update(enabled=True, status="complete", liability={"type": "self"}, provider="stripe")
    return tax


def subscription_line(box, subscription, item, period, amount, description, proration=False):
    details = {
        **group("line_item", "parent", "subscription_item_details"),
        "subscription": subscription["id"],
        "subscription_item": item["id"],
        "proration": proration,
    }
    return _line(
        item["price"],
        item["quantity"] or 1,
        amount,
        description,
        period,
        subscription["metadata"],
        {**group("line_item", "parent"), "type": "subscription_item_details", "subscription_item_details": details},
        subscription["id"],
    )


def item_line(invoiceitem):
    """The line that a pending invoice item becomes."""
    details = {**group("line_item", "parent", "invoice_item_details"), "invoice_item": invoiceitem["id"]}
    line = _line(
        None,
        invoiceitem["quantity"],
        invoiceitem["amount"],
        invoiceitem["description"],
        (invoiceitem["period"]["start"], invoiceitem["period"]["end"]),
        invoiceitem["metadata"],
        {**group("line_item", "parent"), "type": "invoice_item_details", "invoice_item_details": details},
        None,
    )
    return {**line, "currency": invoiceitem["currency"]}


def _line(price, quantity, amount, description, period, metadata, parent, subscription):
    pricing = None
    if price:
        details = {"price": price["id"], "product": price["product"]}
        pricing = {
            "type": "price_details",
            "price_details": details,
            "unit_amount_decimal": price["unit_amount_decimal"],
        }
    return {
        **skeleton("line_item"),
        "id": new_id("line_item"),
        "amount": amount,
        "subtotal": amount,
        "currency": price["currency"] if price else "usd",
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "parent": parent,
        "period": {"start": period[0], "end": period[1]},
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "taxes": [],
        "pretax_credit_amounts": [],
        "metadata": metadata,
        "subscription": subscription,
    }


def set_lines(box, invoice, lines):
    """Put lines on a draft and add them up."""
    for line in lines:
        line["invoice"] = invoice["id"]
    total = sum(line["amount"] for line in lines)
    due = max(0, total)
    invoice["lines"]["data"] = lines
    invoice.update(
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        amount_due=due,
        amount_remaining=due,
    )
    return box.store.save(invoice)


def announce(box, invoice):
    box.emit("invoice.created", invoice)
    return invoice


def finalize(box, invoice, intent=None):
    """Give a draft its number and open it; one with nothing to pay, or whose payment
    `intent` has succeeded already, is paid at once."""
    if invoice["status"] != "draft":
        raise InvalidRequest(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.", code="invoice_not_editable"
        )
    customer = box.store.get("customer", invoice["customer"])
    now = box.now(invoice)
    box.store.unplan(invoice["id"], "finalize_invoice")
    number = customer["next_invoice_sequence"]
    # Not an event of its own: Stripe tells nobody that a customer's next number moved on.
    box.change(customer, next_invoice_sequence=number + 1)
    secret = random_text(40)
    before = dict(invoice)
    box.change(
        invoice,
        status="open",
        number=f"{customer['invoice_prefix']}-{number:04d}",
        effective_at=now,
        hosted_invoice_url=f"{box.base_url}/i/{secret}",
        invoice_pdf=f"{box.base_url}/i/{secret}?print=1",
        automatically_finalizes_at=None,
        ending_balance=customer["balance"],
        status_transitions={**invoice["status_transitions"], "finalized_at": now},
    )
    box.store.save_private(invoice["id"], {**box.store.private(invoice["id"]), "page": secret})
    box.store.set(f"invoice page {secret}", invoice["id"])
    if invoice["amount_due"]:
        _open_payment(box, invoice, customer, intent)
    box.emit("invoice.finalized", invoice)
    box.emit("invoice.updated", invoice, before)
    if intent or not invoice["amount_due"]:
        _settle(box, invoice)
    return invoice


def _open_payment(box, invoice, customer, intent):
    intent = intent or payments.make_payment_intent(
        box,
        invoice["amount_due"],
        invoice["currency"],
        customer,
        description=_purpose(invoice),
    )
    box.new(
        "invoice_payment",
        clock=invoice["test_clock"],
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        status="open",
        amount_paid=None,
        payment={**group("invoice_payment", "payment"), "type": "payment_intent", "payment_intent": intent["id"]},
    )


def _purpose(invoice):
    return {
        "subscription_create": "Subscription creation",
        "subscription_cycle": "Subscription update",
        "subscription_update": "Subscription update",
    }.get(invoice["billing_reason"], "Payment for Invoice")


def intent_of(box, invoice):
    """The payment intent that pays an invoice, or None when there is nothing to pay."""
    for payment in box.store.list("invoice_payment", {"invoice": invoice["id"]}):
        return box.store.get("payment_intent", payment["payment"]["payment_intent"])
    return None


def invoice_of(box, intent):
    """The invoice that a payment intent is to pay, or None."""
    for payment in box.store.list("invoice_payment", {"payment.payment_intent": intent["id"]}):
        return box.store.get("invoice", payment["invoice"])
    return None


def subscription_id(invoice):
    """The id of the subscription an invoice bills, or None."""
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent and parent["subscription_details"] else None


def method_for(box, invoice):
    """The card an invoice will be charged to: the subscription's, else the customer's, else None."""
    customer = box.store.get("customer", invoice["customer"])
    subscription = subscription_id(invoice) and box.store.find("subscription", subscription_id(invoice))
    id_ = (
        invoice["default_payment_method"]
        or (subscription and subscription["default_payment_method"])
        or customer["invoice_settings"]["default_payment_method"]
    )
    return box.store.find("payment_method", id_) if id_ else None


def pay(box, invoice, method=None, authenticated=False):
    """Try to collect an open invoice. CardError when that fails; then it stays open."""
    if invoice["status"] == "paid":
        raise InvalidRequest("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise InvalidRequest(f"Invoice is {invoice['status']} and cannot be paid.", code="invoice_not_payable")
    method = method or method_for(box, invoice)
    try:
        if method is None:
            raise CardError(
                "This customer has no attached payment source or default payment method. Please consider adding a "
                "default payment method.",
                code="resource_missing",
                status=400,
            )
        intent = payments.confirm_payment(box, intent_of(box, invoice), method, authenticated)
        if intent["status"] == "requires_action":
            raise CardError(
                "This payment requires additional user action before it can be completed successfully.",
                code="invoice_payment_intent_requires_action",
                payment_intent=dict(intent),
            )
    except CardError as error:
        box.change(invoice, attempted=True, attempt_count=invoice["attempt_count"] + 1)
        if error.fields["code"] == "invoice_payment_intent_requires_action":
            box.emit("invoice.payment_action_required", invoice)
        raise
    box.change(invoice, attempt_count=invoice["attempt_count"] + 1)
    return _settle(box, invoice)


def tell_failure(box, invoice, retry_at):
    """Say that an attempt failed, with the time of the next one (None when there is none)."""
    box.change(invoice, next_payment_attempt=retry_at)
    box.emit("invoice.payment_failed", invoice)


def _settle(box, invoice):
    now = box.now(invoice)
    box.store.unplan(invoice["id"])
    before = dict(invoice)
    box.change(
        invoice,
        status="paid",
        attempted=True,
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": now},
        auto_advance=False,
    )
    for payment in box.store.list("invoice_payment", {"invoice": invoice["id"]}):
        transitions = {**payment["status_transitions"], "paid_at": now}
        box.change(payment, status="paid", amount_paid=payment["amount_requested"], status_transitions=transitions)
        box.emit("invoice_payment.paid", payment)
    box.emit("invoice.updated", invoice, before)
    box.emit("invoice.paid", invoice)
    box.emit("invoice.payment_succeeded", invoice)
    return invoice


def void(box, invoice):
    if invoice["status"] not in ("open", "uncollectible"):
        raise InvalidRequest(
            f"You can only pass in open invoices. This invoice isn't open: it is {invoice['status']}.",
            code="invoice_not_editable",
        )
    return _close(box, invoice, "void", "voided_at", "invoice.voided")


def mark_uncollectible(box, invoice):
    if invoice["status"] != "open":
        raise InvalidRequest("You can only mark open invoices as uncollectible.", code="invoice_not_editable")
    return _close(box, invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")


def _close(box, invoice, status, field, event):
    box.store.unplan(invoice["id"])
    intent = intent_of(box, invoice)
    if intent and status == "void":
        box.change(intent, status="canceled", canceled_at=box.now(invoice), cancellation_reason="void_invoice")
        box.emit("payment_intent.canceled", intent)
    transitions = {**invoice["status_transitions"], field: box.now(invoice)}
    box.change(invoice, status=status, status_transitions=transitions, next_payment_attempt=None, auto_advance=False)
    box.emit(event, invoice)
    return invoice
