"""The card fields that Checkout, the portal and an invoice share."""

import re
from datetime import UTC, datetime

from .. import cards

LONGEST_NAME = 200


def read_card(form, now):
    """What was typed, and what is wrong with it by field. `now` in seconds since 1970.

    Answers `(card, errors)`; the card is None when there are errors.
    """
    number = re.sub(r"[\s-]", "", form.get("card_number", ""))
    name = form.get("name", "").strip()
    email = form.get("email", "").strip()
    errors = {}
    if not number:
        errors["card_number"] = "Enter a card number."
    elif not cards.is_number(number):
        errors["card_number"] = "This card number is not right. Check it for a slip."
    elif number not in cards.CARDS:
        errors["card_number"] = (
            "Only Stripe's test cards work here, such as 4242 4242 4242 4242. Never type a real one."
        )
    month, year, wrong = _read_expiry(form.get("exp", ""), now)
    if wrong:
        errors["exp"] = wrong
    length = 4 if number in cards.CARDS and cards.CARDS[number].brand == "amex" else 3
    if not re.fullmatch(f"[0-9]{{{length}}}", form.get("cvc", "").strip()):
        errors["cvc"] = f"The security code has {length} digits."
    if not name:
        errors["name"] = "Enter the name on the card."
    elif len(name) > LONGEST_NAME or "\x00" in name:
        errors["name"] = f"A name has at most {LONGEST_NAME} letters."
    if errors:
        return None, errors
    return {"number": number, "exp_month": month, "exp_year": year, "name": name, "email": email or None}, {}


def _read_expiry(text, now):
    found = re.fullmatch(r"\s*([0-9]{1,2})\s*[/-]?\s*([0-9]{2}|20[0-9]{2})\s*", text)
    if not found:
        return None, None, "Write the expiry date as month and year, such as 12/34."
    month, year = int(found.group(1)), int(found.group(2))
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        return None, None, "A month is between 01 and 12."
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        return None, None, "This card has expired."
    if year > today.year + 50:
        return None, None, "This expiry date is too far away."
    return month, year, None


def typed(form):
    """What to show again in a form that came back. The security code is typed anew."""
    return {name: form.get(name, "")[:300] for name in ("card_number", "exp", "name", "email")}
