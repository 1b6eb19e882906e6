"""Pricing, subscribing, and the membership page. No page in here asks Stripe: only what is posted does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from classprojects.billing import conversations, jobs, queries
from classprojects.billing.actions import AlreadyMember
from classprojects.billing.models import ChangeKind, CheckoutAttempt, CheckoutState
from classprojects.core import clock
from classprojects.core.errors import DomainError, NotFound
from classprojects.gateways.queue import enqueue
from classprojects.gateways.stripe import StripeTrouble
from classprojects.policy import Permission as P
from classprojects.web.billing.forms import SubscribeForm
from classprojects.web.shared.arguments import text_argument
from classprojects.web.shared.guards import current_person, public, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("billing", __name__)


@bp.app_context_processor
def _about_offers() -> dict[str, Any]:
    base = current_app.config["SETTINGS"].stripe_api_base
    return {"membership_offers": list_offers_for_reader, "time_machine": f"{base}/_sandbox" if base else None}


def list_offers_for_reader() -> list[queries.Offer]:
    """What can be bought, with the trial only for those who have not had it."""
    offers, person = queries.list_offers(), current_person()
    if person is not None and queries.has_used_trial(person):
        return [replace(offer, trial_days=0) for offer in offers]
    return offers


@bp.errorhandler(StripeTrouble)
def _show_trouble(error: StripeTrouble) -> Any:
    """Stripe is away or said no: in words, with a way on. What was begun is gone on with next time."""
    response = Response(render_template("billing/show_trouble.html"), 503)
    response.headers["Retry-After"] = "60"
    return response


# Subscribing


@bp.get("/pricing")
@public
def show_pricing() -> str:
    """What it costs, what stays free, how to cancel."""
    return _render_pricing()


def _render_pricing(error: str = "") -> str:
    person = current_person()
    membership = queries.find_membership(person.id, clock.now()) if person else None
    return render_template(
        "billing/show_pricing.html", offers=list_offers_for_reader(), membership=membership, error=error
    )


@bp.get("/subscribe")
@public
def choose_plan() -> Any:
    """Somebody came back here by the address bar: the plans are on the pricing page."""
    return redirect(url_for("billing.show_pricing"), 303)


@bp.post("/subscribe")
@requires(P.SUBSCRIBE)
@limiter.limit(POSTING, key_func=per_person)
def subscribe() -> Any:
    """On to the hosted checkout."""
    form = SubscribeForm()
    if not form.validate_on_submit():
        return _render_pricing(error=" ".join(str(error) for error in form.plan.errors)), 422
    try:
        address = conversations.open_checkout(signed_in_person(), form.interval)
    except AlreadyMember as error:
        flash(error.message)
        return redirect(url_for("billing.show_membership"), 303)
    except DomainError as error:
        return _render_pricing(error=error.message), 422
    return redirect(address, 303)


@bp.get("/subscribe/return")
@requires(P.SUBSCRIBE)
def show_return() -> str:
    """Back from the checkout. It gives nothing by itself: it shows what our books say, and has them looked after."""
    attempt = _find_attempt()
    membership = queries.find_membership(attempt.person_id, clock.now())
    if _is_settled(attempt):
        return render_template("billing/show_return.html", attempt=attempt, membership=membership)
    customer = queries.find_customer_of(attempt.person_id)
    # The page asks itself again while it waits: one look at Stripe is enough, the event does the rest.
    if customer is not None and "X-Requested-With" not in request.headers:
        enqueue(jobs.follow_checkout, customer.id, queue="billing")
    return render_template("billing/show_return.html", attempt=attempt, membership=None)


def _find_attempt() -> CheckoutAttempt:
    attempt = queries.find_attempt_of(signed_in_person().id, text_argument("session_id", 255))
    if attempt is None:
        raise NotFound(_("This checkout is not one of yours."))
    return attempt


def _is_settled(attempt: CheckoutAttempt) -> bool:
    return attempt.state not in {CheckoutState.CREATING, CheckoutState.OPEN}


# The membership


@bp.get("/account/membership")
@requires(P.VIEW_MEMBERSHIP)
def show_membership() -> str:
    """What one has, what happens next and when."""
    person = signed_in_person()
    customer = queries.find_customer_of(person.id)
    return render_template(
        "billing/show_membership.html",
        membership=queries.find_membership(person.id, clock.now()),
        has_portal=customer is not None and customer.stripe_id is not None,
        invoices=queries.list_invoices(person.id),
    )


@bp.post("/account/membership/cancellation")
@requires(P.CHANGE_MEMBERSHIP)
@limiter.limit(POSTING, key_func=per_person)
def cancel_membership() -> Any:
    """One click, as subscribing was (P3). What is paid stays open until it ends."""
    conversations.change_subscription(signed_in_person(), ChangeKind.CANCEL)
    flash(_("Cancelled. Nothing more will be charged."))
    return redirect(url_for("billing.show_membership"), 303)


@bp.post("/account/membership/resumption")
@requires(P.CHANGE_MEMBERSHIP)
@limiter.limit(POSTING, key_func=per_person)
def resume_membership() -> Any:
    """Take a cancellation back while the membership still runs."""
    conversations.change_subscription(signed_in_person(), ChangeKind.RESUME)
    flash(_("Your membership goes on."))
    return redirect(url_for("billing.show_membership"), 303)


@bp.post("/account/membership/portal")
@requires(P.CHANGE_MEMBERSHIP)
@limiter.limit(POSTING, key_func=per_person)
def open_portal() -> Any:
    """On to the portal, where the card is changed and invoices are paid."""
    address = conversations.open_portal(signed_in_person())
    if address is None:
        flash(_("There is nothing to change there yet: you have not bought anything."))
        return redirect(url_for("billing.show_membership"), 303)
    return redirect(address, 303)
