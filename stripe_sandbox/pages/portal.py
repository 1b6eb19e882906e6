"""The customer portal: what one has, one's card and invoices, cancelling and going on."""

from flask import redirect, render_template, request

from .. import payments, subscriptions
from ..errors import CardError, Missing
from ..schema import group
from . import blueprint, box
from .card_form import read_card, typed
from .invoice import use_from_now_on

ADDRESS = {"line1": "Address", "city": "City", "postal_code": "Postal code", "country": "Country (two letters)"}
REASONS = {
    "too_expensive": "It costs too much",
    "unused": "I do not use it enough",
    "missing_features": "Something is missing",
    "switched_service": "I use something else now",
    "too_complex": "It is too hard to use",
    "low_quality": "It is not good enough",
    "customer_service": "The support was not good",
    "other": "Another reason",
}


def _portal(sandbox, secret):
    id_ = sandbox.store.setting(f"portal page {secret}")
    if id_ is None:
        raise Missing("billing_portal.session", secret)
    session = sandbox.store.get("billing_portal.session", id_)
    customer = sandbox.store.get("customer", session["customer"])
    features = sandbox.store.get("billing_portal.configuration", session["configuration"])["features"]
    return session, customer, features


def _show(sandbox, secret, status=200, errors=None, problem=None, form=None):
    session, customer, features = _portal(sandbox, secret)
    found = sandbox.store.list("subscription", {"customer": customer["id"]})
    current = [subscription for subscription in found if subscription["status"] not in subscriptions.ENDED]
    card = customer["invoice_settings"]["default_payment_method"] or next(
        (subscription["default_payment_method"] for subscription in current), None
    )
    return render_template(
        "portal.html",
        session=session,
        customer=customer,
        features=features,
        subscriptions=current,
        secret=secret,
        periods={subscription["id"]: subscriptions.period(subscription) for subscription in current},
        products={
            item["price"]["product"]: (sandbox.store.find("product", item["price"]["product"]) or {}).get("name")
            for subscription in current
            for item in subscription["items"]["data"]
        },
        invoices=[
            invoice
            for invoice in sandbox.store.list("invoice", {"customer": customer["id"]})
            if invoice["status"] != "draft"
        ],
        card=card and sandbox.store.find("payment_method", card),
        reasons=REASONS,
        address=ADDRESS,
        errors=errors or {},
        problem=problem,
        typed=form or {},
    ), status


@blueprint.get("/p/session/<secret>")
def show_portal(secret):
    sandbox = box()
    with sandbox.store.transaction():
        return _show(sandbox, secret)


@blueprint.post("/p/session/<secret>")
def act_in_portal(secret):
    """`action` is cancel, resume (both with `subscription`), card (with the card fields) or details."""
    sandbox, form = box(), request.form
    with sandbox.store.transaction():
        session, customer, features = _portal(sandbox, secret)
        match form.get("action"):
            case "cancel" if features["subscription_cancel"]["enabled"]:
                _cancel(sandbox, _own(sandbox, customer, form), features, form)
            case "resume" if features["subscription_cancel"]["enabled"]:
                subscription = _own(sandbox, customer, form)
                if subscription["status"] not in subscriptions.ENDED:
                    subscriptions.keep(sandbox, subscription)
            case "card" if features["payment_method_update"]["enabled"]:
                refused = _change_card(sandbox, secret, customer, form)
                if refused:
                    return refused
            case "details" if features["customer_update"]["enabled"]:
                _change_details(sandbox, customer, features["customer_update"]["allowed_updates"], form)
            case _:
                return _show(sandbox, secret, 422, problem="The portal does not offer this.")
        return redirect(f"/p/session/{secret}", 303)


def _own(sandbox, customer, form):
    subscription = sandbox.store.get("subscription", form.get("subscription", ""))
    if subscription["customer"] != customer["id"]:
        raise Missing("subscription", subscription["id"])
    return subscription


def _cancel(sandbox, subscription, features, form):
    if subscription["status"] in subscriptions.ENDED or subscription["cancel_at"]:
        return
    comment = form.get("comment", "").replace("\x00", "").strip()[:500]
    reason = form.get("feedback")
    details = {"feedback": reason if reason in REASONS else None, "comment": comment or None}
    if features["subscription_cancel"]["mode"] == "immediately":
        subscriptions.cancel(sandbox, subscription, details)
    else:
        # With flexible billing the portal sets the moment and leaves `cancel_at_period_end` false.
        subscriptions.schedule_end(sandbox, subscription, subscriptions.period(subscription)[1], details)


def _change_details(sandbox, customer, allowed, form):
    fields = {}
    for name in ("name", "phone"):
        if name in allowed and name in form:
            fields[name] = _text(form, name)
    if "email" in allowed and "@" in form.get("email", ""):
        fields["email"] = _text(form, "email")
    if "address" in allowed:
        typed_parts = {part: _text(form, part) for part in ADDRESS if part in form}
        fields["address"] = {**group("customer", "address"), **(customer["address"] or {}), **typed_parts}
    sandbox.change(customer, "customer.updated", **fields)


def _text(form, name):
    return form[name].replace("\x00", "").strip()[:200] or None


def _change_card(sandbox, secret, customer, form):
    card, errors = read_card(form, sandbox.now(customer))
    if errors:
        return _show(sandbox, secret, 422, errors, form=typed(form))
    method = payments.make_card(
        sandbox,
        card["number"],
        card["exp_month"],
        card["exp_year"],
        card["name"],
        customer["email"],
        test_clock=customer["test_clock"],
    )
    intent = payments.make_setup_intent(sandbox, customer, method)
    try:
        # Where a bank would ask the owner, the sandbox's portal takes it as answered.
        payments.confirm_setup(sandbox, intent, method, authenticated=True)
    except CardError as error:
        return _show(sandbox, secret, 402, problem=error.message, form=typed(form))
    use_from_now_on(sandbox, customer, sandbox.store.get("payment_method", method["id"]))
    return None
