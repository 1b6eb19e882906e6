"""The page where a card's owner says that it is them, for intents outside Checkout."""

from flask import redirect, render_template, request

from .. import invoices, payments, subscriptions
from ..errors import CardError, Missing
from . import blueprint, box


def _waiting(sandbox, id_):
    intent = sandbox.store.find(None, id_)
    if not intent or intent["object"] not in ("payment_intent", "setup_intent"):
        raise Missing("payment_intent", id_)
    return intent


@blueprint.get("/authenticate/<id_>")
def show_authentication(id_):
    intent = _waiting(box(), id_)
    if intent["status"] != "requires_action":
        return render_template("authenticated.html", intent=intent)
    return render_template("authenticate.html", amount=intent.get("amount"), currency=intent.get("currency"))


@blueprint.post("/authenticate/<id_>")
def answer_authentication(id_):
    sandbox = box()
    with sandbox.store.transaction():
        intent = _waiting(sandbox, id_)
        if intent["status"] != "requires_action":
            return redirect(f"/authenticate/{id_}", 303)
        invoice = invoices.invoice_of(sandbox, intent) if intent["object"] == "payment_intent" else None
        back = invoice["hosted_invoice_url"] if invoice else f"/authenticate/{id_}"
        if request.form.get("answer") != "complete":
            payments.fail_authentication(sandbox, intent, intent["object"])
            return redirect(back, 303)
        method = sandbox.store.get("payment_method", intent["payment_method"])
        try:
            if invoice:
                subscriptions.collect(sandbox, invoice, method, authenticated=True)
            elif intent["object"] == "payment_intent":
                payments.confirm_payment(sandbox, intent, method, authenticated=True)
            else:
                payments.confirm_setup(sandbox, intent, method, authenticated=True)
        except CardError as error:
            return render_template("authenticated.html", intent=intent, problem=error.message, back=back), 402
        return redirect(back, 303)
