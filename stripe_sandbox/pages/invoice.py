"""An invoice that a person can read and pay, and the receipt of a charge."""

from flask import redirect, render_template, request

from .. import invoices, payments, subscriptions
from ..errors import CardError, Missing
from . import blueprint, box
from .card_form import read_card, typed


def _invoice(sandbox, secret):
    id_ = sandbox.store.setting(f"invoice page {secret}")
    if id_ is None:
        raise Missing("invoice", secret)
    return sandbox.store.get("invoice", id_)


def _show(sandbox, invoice, status=200, errors=None, problem=None, form=None):
    return render_template(
        "invoice.html",
        invoice=invoice,
        errors=errors or {},
        problem=problem,
        typed=form or {},
        saved=invoices.method_for(sandbox, invoice),
    ), status


@blueprint.get("/i/<secret>")
def show_invoice(secret):
    sandbox = box()
    with sandbox.store.transaction():
        return _show(sandbox, _invoice(sandbox, secret))


@blueprint.post("/i/<secret>")
def pay_invoice(secret):
    """Pay with the card on file (`card=saved`) or with one that is typed, which then is the one on file."""
    sandbox, form = box(), request.form
    with sandbox.store.transaction():
        invoice = _invoice(sandbox, secret)
        if invoice["status"] != "open":
            return redirect(f"/i/{secret}", 303)
        customer = sandbox.store.get("customer", invoice["customer"])
        try:
            if form.get("card") == "saved":
                method = None
            else:
                card, errors = read_card(form, sandbox.now(invoice))
                if errors:
                    return _show(sandbox, invoice, 422, errors, form=typed(form))
                method = payments.make_card(
                    sandbox,
                    card["number"],
                    card["exp_month"],
                    card["exp_year"],
                    card["name"],
                    customer["email"],
                    test_clock=customer["test_clock"],
                )
                payments.attach(sandbox, method, customer)
                use_from_now_on(sandbox, customer, method)
            subscriptions.collect(sandbox, invoice, method)
        except CardError as error:
            intent = invoices.intent_of(sandbox, invoice)
            if intent and intent["status"] == "requires_action":
                return redirect(f"/authenticate/{intent['id']}", 303)
            return _show(
                sandbox, sandbox.store.get("invoice", invoice["id"]), 402, problem=error.message, form=typed(form)
            )
        return redirect(f"/i/{secret}", 303)


def use_from_now_on(sandbox, customer, method):
    """Make a card the one that the customer's subscriptions are charged to."""
    settings = {**customer["invoice_settings"], "default_payment_method": method["id"]}
    sandbox.change(customer, "customer.updated", invoice_settings=settings)
    for subscription in sandbox.store.list("subscription", {"customer": customer["id"]}):
        if subscription["default_payment_method"] and subscription["status"] not in subscriptions.ENDED:
            sandbox.change(subscription, "customer.subscription.updated", default_payment_method=method["id"])


@blueprint.get("/receipts/<id_>")
def show_receipt(id_):
    return render_template("receipt.html", charge=box().store.get("charge", id_))
