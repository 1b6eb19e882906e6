"""Cards on file, and money asked of them."""

from . import cards
from .errors import CardError, InvalidRequest
from .schema import group
from .store import random_text

DAY = 86400


# Payment methods


def make_card(box, number, exp_month, exp_year, name=None, email=None, test_clock=None, **fields):
    """A payment method for a test card, not yet attached."""
    behaviour = cards.behaviour(number)
    card = {
        **group("payment_method", "card"),
        "brand": behaviour.brand,
        "display_brand": behaviour.brand,
        "funding": behaviour.funding,
        "last4": number[-4:],
        "exp_month": exp_month,
        "exp_year": exp_year,
        "country": "US",
        "fingerprint": cards.fingerprint(number),
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "networks": {"available": [behaviour.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }
    details = {**group("payment_method", "billing_details"), "name": name, "email": email}
    return box.new(
        "payment_method",
        clock=test_clock,
        type="card",
        card=card,
        billing_details=details,
        metadata={},
        private={"number": number, "authenticated": False},
        **fields,
    )


def find_method(box, id_, param="payment_method"):
    """A payment method by id; `pm_card_visa` and its like make one on the spot."""
    number = cards.named(id_, "pm_card_")
    if number:
        return make_card(box, number, 12, _next_year(box))
    return box.store.get("payment_method", id_, param)


def attach(box, method, customer, authenticated=False):
    """Put a card on a customer's file; CardError when the bank refuses it."""
    if method["customer"] == customer["id"]:
        return method
    if method["customer"]:
        raise InvalidRequest(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )
    refused = _card_of(box, method).setup
    if refused:
        raise CardError(param="", **cards.decline(refused))
    private = box.store.private(method["id"])
    box.store.save_private(method["id"], {**private, "authenticated": authenticated or private["authenticated"]})
    box.change(method, customer=customer["id"])
    box.emit("payment_method.attached", method)
    return method


def detach(box, method):
    if not method["customer"]:
        raise InvalidRequest(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            code="payment_method_unexpected_state",
        )
    customer = box.store.get("customer", method["customer"])
    box.change(method, customer=None)
    # An event goes out while it can still be told whose card it was.
    box.emit("payment_method.detached", method, {**method, "customer": customer["id"]})
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        settings = {**customer["invoice_settings"], "default_payment_method": None}
        box.change(customer, "customer.updated", invoice_settings=settings)
    for subscription in box.store.list("subscription", {"default_payment_method": method["id"]}):
        box.change(subscription, "customer.subscription.updated", default_payment_method=None)
    return method


def _card_of(box, method):
    return cards.behaviour(box.store.private(method["id"])["number"])


def _next_year(box):
    return 1970 + box.now() // 31556952 + 2


def asks_for_authentication(box, method):
    """Whether the bank wants to see the card's owner before it says yes."""
    card = _card_of(box, method)
    if card.authentication == cards.ALWAYS:
        return True
    return card.authentication == cards.UNLESS_SET_UP and not box.store.private(method["id"])["authenticated"]


# Setup intents


def make_setup_intent(box, customer=None, method=None, **fields):
    intent = box.new(
        "setup_intent",
        customer=customer and customer["id"],
        payment_method=method and method["id"],
        payment_method_types=["card"],
        metadata=fields.pop("metadata", {}),
        clock=customer and customer["test_clock"],
        status="requires_confirmation" if method else "requires_payment_method",
        usage=fields.pop("usage", "off_session"),
        **fields,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{random_text(25)}"
    box.store.save(intent)
    box.emit("setup_intent.created", intent)
    return intent


def confirm_setup(box, intent, method, authenticated=False):
    """Set a card up for later; it may end in `requires_action`. CardError when declined."""
    if intent["status"] in ("succeeded", "canceled"):
        raise InvalidRequest(
            f"This SetupIntent's status is {intent['status']}; it cannot be confirmed.",
            code="setup_intent_unexpected_state",
        )
    intent["payment_method"] = method["id"]
    if asks_for_authentication(box, method) and not authenticated:
        return box.change(intent, status="requires_action", next_action=_redirect("setup_intent", box, intent))
    try:
        if intent["customer"]:
            attach(box, method, box.store.get("customer", intent["customer"]), authenticated)
        elif _card_of(box, method).setup:
            raise CardError(param="", **cards.decline(_card_of(box, method).setup))
    except CardError as error:
        box.change(
            intent,
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            last_setup_error=_last_error(error, method),
        )
        box.emit("setup_intent.setup_failed", intent)
        raise
    box.change(intent, status="succeeded", next_action=None, last_setup_error=None)
    box.emit("setup_intent.succeeded", intent)
    return intent


# Payment intents


def make_payment_intent(box, amount, currency, customer=None, method=None, **fields):
    """`amount` in the currency's minor units."""
    intent = box.new(
        "payment_intent",
        clock=customer and customer["test_clock"],
        amount=amount,
        currency=currency,
        customer=customer and customer["id"],
        payment_method=method and method["id"],
        payment_method_types=["card"],
        capture_method=fields.pop("capture_method", "automatic"),
        status="requires_confirmation" if method else "requires_payment_method",
        **fields,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{random_text(25)}"
    box.store.save(intent)
    box.emit("payment_intent.created", intent)
    return intent


def confirm_payment(box, intent, method, authenticated=False):
    """Charge a card for an intent. It may end in `requires_action`; CardError when declined."""
    if intent["status"] in ("succeeded", "canceled"):
        raise InvalidRequest(
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    intent["payment_method"] = method["id"]
    if asks_for_authentication(box, method) and not authenticated:
        box.change(intent, status="requires_action", next_action=_redirect("payment_intent", box, intent))
        box.emit("payment_intent.requires_action", intent)
        return intent
    refused = _card_of(box, method).charge
    charge = _make_charge(box, intent, method, refused)
    if refused:
        error = CardError(**cards.decline(refused), charge=charge["id"], payment_method=method)
        box.change(
            intent,
            status="requires_payment_method",
            next_action=None,
            latest_charge=charge["id"],
            payment_method=None,
            last_payment_error=_last_error(error, method),
        )
        box.emit("payment_intent.payment_failed", intent)
        error.fields["payment_intent"] = dict(intent)
        raise error
    box.change(
        intent,
        status="succeeded",
        next_action=None,
        latest_charge=charge["id"],
        last_payment_error=None,
        amount_received=intent["amount"],
    )
    box.emit("payment_intent.succeeded", intent)
    return intent


def fail_authentication(box, intent, type_):
    """The owner was asked and said no, or could not."""
    error = CardError(
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
        code=f"{type_}_authentication_failure",
    )
    method = box.store.get("payment_method", intent["payment_method"])
    field = "last_setup_error" if type_ == "setup_intent" else "last_payment_error"
    box.change(
        intent,
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        **{field: _last_error(error, method)},
    )
    box.emit("setup_intent.setup_failed" if type_ == "setup_intent" else "payment_intent.payment_failed", intent)
    return error


def _redirect(type_, box, intent):
    url = f"{box.base_url}/authenticate/{intent['id']}"
    return {
        **group(type_, "next_action"),
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": None, "url": url},
    }


def _last_error(error, method):
    fields = {key: value for key, value in error.fields.items() if key in ("code", "decline_code", "charge") and value}
    return {"type": error.type, "message": error.message, **fields, "payment_method": method}


def _make_charge(box, intent, method, refused):
    private = box.store.private(method["id"])
    charge = box.new(
        "charge",
        clock=box.test_clock_of(intent),
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        billing_details=method["billing_details"],
        description=intent["description"],
        metadata=intent["metadata"],
        status="failed" if refused else "succeeded",
        paid=not refused,
        captured=not refused,
        amount_captured=0 if refused else intent["amount"],
        payment_method_details=_charge_details(method, private["number"]),
        outcome=_outcome(refused),
        calculated_statement_descriptor="SANDBOX",
        fraud_details={},
    )
    charge["receipt_url"] = None if refused else f"{box.base_url}/receipts/{charge['id']}"
    if refused:
        told = cards.decline(refused)
        charge.update(failure_code=told["code"], failure_message=told["message"])
    else:
        fee = round(charge["amount"] * 29 / 1000) + 30
        charge["balance_transaction"] = book(box, charge, "charge", charge["amount"], min(fee, charge["amount"]))["id"]
    box.store.save(charge)
    box.emit("charge.failed" if refused else "charge.succeeded", charge)
    return charge


def _charge_details(method, number):
    shared = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "checks")
    card = {**group("charge", "payment_method_details", "card"), **{key: method["card"][key] for key in shared}}
    return {"type": "card", "card": {**card, "network": method["card"]["brand"]}}


def _outcome(refused):
    return {
        **group("charge", "outcome"),
        "network_status": "declined_by_network" if refused else "approved_by_network",
        "reason": refused,
        "risk_level": "normal",
        "risk_score": 10,
        "seller_message": "The bank did not accept the payment." if refused else "Payment complete.",
        "type": "issuer_declined" if refused else "authorized",
    }


# Money in the account


def book(box, source, type_, amount, fee=0):
    """A line in the account's balance; amounts in minor units, negative for money going out."""
    details = {
        **group("balance_transaction", "fee_details"),
        "amount": fee,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    now = box.now(source)
    return box.new(
        "balance_transaction",
        clock=box.test_clock_of(source),
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=source["currency"],
        source=source["id"],
        type=type_,
        reporting_category=type_,
        balance_type="payments",
        available_on=now + 2 * DAY,
        status="pending",
        fee_details=[details] if fee else [],
    )


def refund(box, charge, amount=None, reason=None, metadata=None):
    """Give back all that is left of a charge, or `amount` of it in minor units."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or left == 0:
        raise InvalidRequest(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if amount is None else amount
    if amount > left:
        raise InvalidRequest(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
            code="amount_too_large",
        )
    if amount < 1:
        raise InvalidRequest("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    made = box.new(
        "refund",
        clock=box.test_clock_of(charge),
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        metadata=metadata or {},
        status="succeeded",
    )
    made["balance_transaction"] = book(box, {**charge, "id": made["id"]}, "refund", -amount)["id"]
    box.store.save(made)
    refunded = charge["amount_refunded"] + amount
    box.emit("refund.created", made)
    before = dict(charge)
    box.change(charge, amount_refunded=refunded, refunded=refunded == charge["amount_captured"])
    box.emit("charge.refunded", charge, before)
    return made
