"""What happens to subscriptions and their invoices as time goes by; the engine calls each at its moment."""

import copy

from . import invoices, previews, subscriptions
from .periods import next_boundary


def announce_trial_end(box, subscription):
    if subscription["status"] == "trialing":
        box.emit("customer.subscription.trial_will_end", subscription)


def announce_renewal(box, subscription):
    if subscription["status"] in ("trialing", "active", "past_due") and not _ends_now(subscription):
        box.emit("invoice.upcoming", previews.preview(box, subscription))


def end_period(box, subscription):
    """The period is over: cancel, pause, or begin the next one with a draft invoice."""
    if subscription["status"] in subscriptions.ENDED or subscription["status"] in ("paused", "incomplete"):
        return
    if _ends_now(subscription):
        subscriptions.end(box, subscription)
        return
    if subscription["status"] == "trialing" and _end_of_trial_without_card(box, subscription):
        return
    before, ended = copy.deepcopy(subscription), subscriptions.period(subscription)
    _next_period(subscription)
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    box.store.save(subscription)
    box.emit("customer.subscription.updated", subscription, before)
    invoice = subscriptions.invoice_period(box, subscription, "subscription_cycle", ended)
    subscriptions.plan_period(box, subscription)
    if subscription["status"] == "unpaid":
        return
    at = box.now(subscription) + invoices.DRAFT_FOR
    box.change(invoice, automatically_finalizes_at=at)
    box.store.plan(subscription["test_clock"], at, "finalize_invoice", invoice["id"])


def _ends_now(subscription):
    end = subscriptions.period(subscription)[1]
    return subscription["cancel_at_period_end"] or (subscription["cancel_at"] or end + 1) <= end


def _end_of_trial_without_card(box, subscription):
    """What is to happen when a trial ends and there is no card; True when it is not billing."""
    customer = box.store.get("customer", subscription["customer"])
    if subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]:
        return False
    match subscription["trial_settings"]["end_behavior"]["missing_payment_method"]:
        case "cancel":
            subscriptions.end(box, subscription, reason=None)
        case "pause":
            before = dict(subscription)
            box.change(subscription, status="paused")
            box.emit("customer.subscription.updated", subscription, before)
            box.emit("customer.subscription.paused", subscription)
        case _:
            return False
    return True


def _next_period(subscription):
    for item in subscription["items"]["data"]:
        recurring, end = item["price"]["recurring"], item["current_period_end"]
        item["current_period_start"] = end
        item["current_period_end"] = next_boundary(
            subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], end
        )


def finalize_invoice(box, invoice):
    if invoice["status"] == "draft":
        invoices.finalize(box, invoice)
        if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
            subscriptions.try_to_collect(box, invoice)


def retry(box, invoice):
    """One more attempt at a renewal that failed; after the last one the subscription is canceled."""
    if invoice["status"] != "open":
        return
    private = box.store.private(invoice["id"])
    box.store.save_private(invoice["id"], {**private, "retries": private.get("retries", 0) + 1})
    if subscriptions.try_to_collect(box, invoice):
        return
    subscription = box.store.find("subscription", invoices.subscription_id(invoice))
    if subscription and subscription["status"] not in subscriptions.ENDED and invoice["next_payment_attempt"] is None:
        subscriptions.end(box, subscription, reason="payment_failed")


def give_up(box, subscription):
    """The first payment did not come within 23 hours."""
    if subscription["status"] == "incomplete":
        before = dict(subscription)
        box.store.unplan(subscription["id"])
        box.change(subscription, status="incomplete_expired", ended_at=box.now(subscription))
        box.emit("customer.subscription.updated", subscription, before)
        invoice = box.store.get("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open":
            invoices.void(box, invoice)


def cancel_at(box, subscription):
    """A cancellation set for a moment inside a period."""
    due = subscription["cancel_at"]
    if subscription["status"] not in subscriptions.ENDED and due and due <= box.now(subscription):
        subscriptions.end(box, subscription)
