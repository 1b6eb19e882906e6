"""Money: integers in minor units next to their currency. Never a float."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

#: Currencies whose minor unit is not a hundredth, as Stripe counts them
#: (https://docs.stripe.com/currencies#zero-decimal).
ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def exponent(currency: str) -> int:
    """How many decimal places the minor unit of ``currency`` stands for."""
    code = currency.upper()
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def in_words(minor: int, currency: str, locale: str = "en_US") -> str:
    """``minor`` units as people write it, with the currency: ``US$9.99``."""
    amount = Decimal(minor).scaleb(-exponent(currency))
    text: str = format_currency(amount, currency.upper(), locale=locale)
    # '$' alone is a dozen currencies: say which.
    return text.replace("$", "US$", 1) if currency.upper() == "USD" and "US$" not in text else text
