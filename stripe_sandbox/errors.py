"""Errors as Stripe words and shapes them."""


class StripeError(Exception):
    """Answered as `{"error": {...}}` with `status`; nothing the request did is kept unless `keep`."""

    type = "invalid_request_error"
    status = 400
    keep = False

    def __init__(self, message, *, code=None, param=None, status=None, **more):
        super().__init__(message)
        self.message = message
        self.status = status or self.status
        self.fields = {"code": code, "param": param, **more}

    def body(self, request_id):
        error = {"type": self.type, "message": self.message}
        error.update({key: value for key, value in self.fields.items() if value is not None})
        if "code" in error:
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + error["code"].replace("_", "-")
        return {"error": {**error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}}


class InvalidRequest(StripeError):
    pass


class Missing(StripeError):
    """An id that names nothing."""

    status = 404

    def __init__(self, kind, id_, param="id"):
        noun = {"checkout.session": "checkout.session", "payment_method": "PaymentMethod"}.get(kind)
        noun = noun or kind.split(".")[-1].replace("_", " ").replace("invoiceitem", "invoice item")
        super().__init__(f"No such {noun}: '{id_}'", code="resource_missing", param=param)


class CardError(StripeError):
    """A declined card. What led to it (the failed charge, the open invoice) is kept."""

    type = "card_error"
    status = 402
    keep = True


class IdempotencyError(StripeError):
    type = "idempotency_error"


class Unauthorized(StripeError):
    status = 401


class Unavailable(StripeError):
    """What a fault knob asks for: Stripe itself failing."""

    type = "api_error"
    status = 500
