"""Hosted Checkout."""

from flask import redirect, render_template, request

from .. import checkout
from ..errors import CardError, Missing, StripeError
from . import blueprint, box
from .card_form import read_card, typed


def _session(sandbox, id_):
    session = sandbox.store.get("checkout.session", id_)
    if session["status"] == "open" and session["expires_at"] <= sandbox.now(session):
        checkout.expire(sandbox, session)
    return session


def _show(sandbox, session, status=200, errors=None, problem=None, form=None):
    private = sandbox.store.private(session["id"])
    now = sandbox.now(session)
    return render_template(
        "pay.html",
        session=session,
        lines=private["lines"],
        errors=errors or {},
        problem=problem,
        typed=form or {},
        trial_end=checkout.trial_end_of(private, now),
        due=session["amount_total"] or 0,
        needs_card=checkout.needs_card(session),
    ), status


def _back(session):
    """On to where the program wanted the person to go."""
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


@blueprint.get("/c/pay/<id_>")
def show_checkout(id_):
    sandbox = box()
    with sandbox.store.transaction():
        session = _session(sandbox, id_)
        if session["status"] == "expired":
            return render_template("expired.html", session=session), 410
        if session["status"] == "complete":
            return render_template(
                "paid.html",
                session=session,
                back=session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]),
            )
        return _show(sandbox, session)


@blueprint.post("/c/pay/<id_>")
def submit_checkout(id_):
    sandbox = box()
    with sandbox.store.transaction():
        session = _session(sandbox, id_)
        if session["status"] == "expired":
            return render_template("expired.html", session=session), 410
        if session["status"] == "complete":
            return _back(session)
        form, card = request.form, None
        if checkout.needs_card(session) or form.get("card_number"):
            card, errors = read_card(form, sandbox.now(session))
            if not session["customer"] and not session["customer_email"] and "@" not in form.get("email", ""):
                errors["email"] = "Enter an email address."
            if errors:
                return _show(sandbox, session, 422, errors, form=typed(form))
        try:
            session = checkout.submit(sandbox, session, card)
        except CardError as error:
            return _show(
                sandbox, sandbox.store.get("checkout.session", id_), 402, problem=_in_words(error), form=typed(form)
            )
        except StripeError as error:
            return _show(sandbox, session, 422, problem=error.message, form=typed(form))
        if session["status"] == "complete":
            return _back(session)
        return redirect(f"/c/pay/{id_}/authenticate", 303)


def _in_words(error):
    return f"{error.message} Nothing was charged. You can try another card."


@blueprint.get("/c/pay/<id_>/authenticate")
def show_checkout_authentication(id_):
    sandbox = box()
    with sandbox.store.transaction():
        session = _session(sandbox, id_)
        if not checkout.authentication(sandbox, session):
            return redirect(f"/c/pay/{id_}", 303)
        return render_template("authenticate.html", amount=session["amount_total"], currency=session["currency"])


@blueprint.post("/c/pay/<id_>/authenticate")
def answer_checkout_authentication(id_):
    sandbox = box()
    with sandbox.store.transaction():
        session = _session(sandbox, id_)
        if session["status"] != "open" or not checkout.authentication(sandbox, session):
            return redirect(f"/c/pay/{id_}", 303)
        try:
            session = checkout.answer_authentication(sandbox, session, request.form.get("answer") == "complete")
        except CardError as error:
            return _show(sandbox, sandbox.store.get("checkout.session", id_), 402, problem=_in_words(error))
        return _back(session)


@blueprint.errorhandler(Missing)
def show_missing(error):
    return render_template("missing.html"), 404
