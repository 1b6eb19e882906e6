"""What a person sees: Checkout, the portal, invoices, the time machine. All of it works without JavaScript."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, render_template, request, url_for

blueprint = Blueprint("pages", __name__)
# Forms lead back to the product, which is on this machine too, at whatever port.
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://localhost:* http://127.0.0.1:* http://*.localhost:* https://localhost:* "
    "https://127.0.0.1:* https://*.localhost:*"
)
WITHOUT_CENTS = {
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
}
WITH_MILLS = {"bhd", "jod", "kwd", "omr", "tnd"}


def box():
    """The sandbox that this request is about."""
    return current_app.extensions["sandbox"]


def money(amount, currency):
    """Minor units as people read them: `9.99 USD`."""
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in WITH_MILLS else 2
    sign, amount = ("−", -amount) if amount < 0 else ("", amount)
    whole, rest = divmod(amount, 10**digits)
    return f"{sign}{whole:,}{f'.{rest:0{digits}}' if digits else ''} {currency.upper()}"


def moment(seconds):
    """Seconds since 1970 as a date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y, %H:%M UTC")


def day(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y")


def interval(price):
    """`month`, `3 months`, or an empty string for a price that is paid once."""
    recurring = price["recurring"]
    if not recurring:
        return ""
    count = recurring["interval_count"]
    return recurring["interval"] if count == 1 else f"{count} {recurring['interval']}s"


def register(app):
    """Filters for the templates, and the headers of every page."""
    app.jinja_env.filters.update(money=money, moment=moment, day=day, interval=interval)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(_guard)
    app.register_error_handler(404, lambda _: (render_template("missing.html"), 404))

    @app.context_processor
    def _shared():
        return {"stylesheet": url_for("pages.stylesheet")}


def _guard(response):
    if not request.path.startswith("/v1/"):
        response.headers["Content-Security-Policy"] = CSP
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint != "pages.stylesheet":
            response.headers["Cache-Control"] = "no-store"
    return response


from . import authenticate, invoice, machine, pay, portal  # noqa: E402, F401
