"""Invoices that are not made yet."""

from . import invoices, subscriptions
from .periods import next_boundary
from .schema import skeleton
from .store import new_id


def preview(box, subscription):
    """The invoice that the next renewal will make, unsaved."""
    customer = box.store.get("customer", subscription["customer"])
    item = subscription["items"]["data"][0]
    recurring, (start, end) = item["price"]["recurring"], subscriptions.period(subscription)
    later = next_boundary(subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], end)
    return _unsaved(
        box, customer, subscription, (start, end), subscriptions.period_lines(box, subscription, (end, later))
    )


def _unsaved(box, customer, subscription, ended, lines):
    heading = invoices.heading(box, customer, subscription["currency"], "upcoming", subscription, ended)
    total = sum(line["amount"] for line in lines)
    invoice = {
        **skeleton("invoice"),
        **heading,
        "id": new_id("invoice").replace("in_", "upcoming_in_"),
        "created": ended[1],
        "next_payment_attempt": ended[1] + invoices.DRAFT_FOR,
    }
    for line in lines:
        line["invoice"] = invoice["id"]
    invoice["lines"] = {"object": "list", "data": lines, "has_more": False, "url": "/v1/invoices/upcoming/lines"}
    due = max(0, total)
    invoice.update(
        subtotal=total,
        subtotal_excluding_tax=total,
        total=total,
        total_excluding_tax=total,
        amount_due=due,
        amount_remaining=due,
    )
    return invoice
