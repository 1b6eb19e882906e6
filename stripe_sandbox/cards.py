"""Stripe's published test cards and how each of them behaves."""

import hashlib
from dataclasses import dataclass

from .errors import InvalidRequest

# When a card asks its owner to authenticate.
NEVER, UNLESS_SET_UP, ALWAYS = "never", "unless set up", "always"


@dataclass(frozen=True)
class Card:
    """`setup` and `charge` are None when they succeed, else the decline code."""

    brand: str = "visa"
    funding: str = "credit"
    setup: str | None = None
    charge: str | None = None
    authentication: str = NEVER


def _declined(code):
    return Card(setup=code, charge=code)


CARDS = {
    "4242424242424242": Card(),
    "4000056655665556": Card(funding="debit"),
    "5555555555554444": Card("mastercard"),
    "5200828282828210": Card("mastercard", "debit"),
    "378282246310005": Card("amex"),
    "6011111111111117": Card("discover"),
    "4000000000000002": _declined("generic_decline"),
    "4000000000009995": _declined("insufficient_funds"),
    "4000000000009987": _declined("lost_card"),
    "4000000000009979": _declined("stolen_card"),
    "4000000000000069": _declined("expired_card"),
    "4000000000000127": _declined("incorrect_cvc"),
    "4000000000000119": _declined("processing_error"),
    "4000000000000341": Card(charge="generic_decline"),
    "4000002500003155": Card(authentication=UNLESS_SET_UP),
    "4000002760003184": Card(authentication=ALWAYS),
    "4000008260003178": Card(charge="insufficient_funds", authentication=ALWAYS),
}
# What programs use in place of a number: `pm_card_...` and `tok_...`.
NAMES = {
    "visa": "4242424242424242",
    "us": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecureRequired": "4000002760003184",
}
MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def named(name, prefix):
    """The number behind `pm_card_visa` (prefix `pm_card_`) or `tok_visa` (prefix `tok_`), or None."""
    return NAMES.get(name[len(prefix) :]) if name.startswith(prefix) else None


def behaviour(number):
    """How a test card behaves; InvalidRequest for a number that is none."""
    if number not in CARDS:
        raise InvalidRequest(
            "Your card was declined. Only Stripe's published test cards work in the sandbox.",
            code="card_declined",
            param="number",
        )
    return CARDS[number]


def decline(code):
    """Stripe's error code, decline code and message for a decline."""
    own = code in ("expired_card", "incorrect_cvc", "processing_error")
    return {
        "code": code if own else "card_declined",
        "decline_code": code,
        "message": MESSAGES.get(code, "Your card was declined."),
    }


def is_number(number):
    """Whether digits pass the check every real card number passes (Luhn, ISO/IEC 7812-1)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def fingerprint(number):
    """The same sixteen letters for the same card, whoever uses it."""
    return hashlib.sha256(f"sandbox card {number}".encode()).hexdigest()[:16]
