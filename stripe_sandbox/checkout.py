"""Checkout sessions: opened by a program, completed by a person, or left to expire."""

from . import payments, subscriptions
from .errors import InvalidRequest
from .schema import group, skeleton
from .store import new_id

DAY = 86400
LONGEST, SHORTEST = DAY, 1800


def open_session(box, lines, customer, private, **fields):
    """`lines` is a list of `(price, quantity)`; `private` keeps what completing will need."""
    now = box.now(customer) if customer else box.now()
    expires_at = fields.pop("expires_at", None)
    if expires_at is None:
        expires_at = now + LONGEST
    elif expires_at < now + SHORTEST:
        raise InvalidRequest(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    elif expires_at > now + LONGEST:
        raise InvalidRequest(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    total = sum(price["unit_amount"] * quantity for price, quantity in lines)
    trial_end = trial_end_of(private, now)
    due = 0 if trial_end else total
    id_ = new_id("checkout.session")
    test_clock = customer and customer["test_clock"]
    session = box.new(
        "checkout.session",
        clock=test_clock,
        private={**private, "lines": [_item(box, price, quantity, trial_end) for price, quantity in lines]},
        **{
            "id": id_,
            "status": "open",
            "payment_status": "unpaid",
            "url": f"{box.base_url}/c/pay/{id_}",
            "customer": customer and customer["id"],
            "payment_method_types": ["card"],
            "expires_at": expires_at,
            "amount_subtotal": due if lines else None,
            "amount_total": due if lines else None,
            "currency": lines[0][0]["currency"] if lines else None,
            "ui_mode": "hosted_page",
            "metadata": {},
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if lines else None,
            "customer_details": _details(customer, fields.get("customer_email")),
            "payment_method_options": {},
            "phone_number_collection": {"enabled": False},
            "adaptive_pricing": {"enabled": False},
            **fields,
        },
    )
    if fields["mode"] == "payment":
        session["payment_status"] = "unpaid" if due else "no_payment_required"
    box.store.plan(test_clock, expires_at, "expire_session", id_)
    return box.store.save(session)


def trial_end_of(private, now):
    """When the trial that a session offers would end if it began now; None without one."""
    data = private.get("subscription_data", {})
    if data.get("trial_period_days"):
        return now + data["trial_period_days"] * DAY
    return data.get("trial_end")


def _item(box, price, quantity, trial_end):
    product = box.store.find("product", price["product"])
    amount = price["unit_amount"] * quantity
    due = 0 if trial_end else amount
    return {
        **skeleton("item"),
        "id": new_id("item"),
        "amount_subtotal": due,
        "amount_total": due,
        "currency": price["currency"],
        "description": product["name"] if product else None,
        "price": price,
        "quantity": quantity,
        "discounts": [],
        "taxes": [],
        "metadata": {},
    }


def _details(customer, email):
    if not customer and not email:
        return None
    details = {**group("checkout.session", "customer_details"), "tax_exempt": "none", "tax_ids": []}
    if customer:
        details.update(
            email=customer["email"], name=customer["name"], phone=customer["phone"], address=customer["address"]
        )
    return {**details, "email": details["email"] or email}


def line_items(box, session):
    return box.store.private(session["id"])["lines"]


def expire(box, session):
    if session["status"] == "open":
        box.store.unplan(session["id"])
        box.change(session, status="expired", url=None)
        box.emit("checkout.session.expired", session)
    return session


def is_due_today(session):
    """Whether completing the session takes money at once."""
    return session["mode"] != "setup" and bool(session["amount_total"])


def needs_card(session):
    return is_due_today(session) or session["mode"] == "setup" or session["payment_method_collection"] != "if_required"


def submit(box, session, card):
    """A person filled in the form. `card` is what they typed: number, exp_month, exp_year, name, email; or None.

    Answers the session: complete, or still open with an authentication waiting (`authentication`).
    CardError when the card was declined; the session stays open for another one.
    """
    customer = _customer_for(box, session, card)
    if card is None:
        return _finish(box, session, customer, None, None)
    method = payments.make_card(
        box,
        card["number"],
        card["exp_month"],
        card["exp_year"],
        card["name"],
        customer and customer["email"],
        test_clock=customer and customer["test_clock"],
    )
    intent = _intent_for(box, session, customer)
    private = box.store.private(session["id"])
    box.store.save_private(session["id"], {**private, "method": method["id"]})
    return _confirm(box, session, customer, intent, method, False)


def authentication(box, session):
    """The intent that waits for the card's owner to authenticate, or None."""
    id_ = box.store.private(session["id"]).get("intent")
    intent = id_ and box.store.find(None, id_)
    return intent if intent and intent["status"] == "requires_action" else None


def answer_authentication(box, session, passed):
    """The owner authenticated, or failed to: then CardError, and the session stays open."""
    intent, private = authentication(box, session), box.store.private(session["id"])
    if not passed:
        raise payments.fail_authentication(box, intent, intent["object"])
    method = box.store.get("payment_method", private["method"])
    return _confirm(box, session, _customer_for(box, session, None), intent, method, True)


def _customer_for(box, session, card):
    """The session's customer; one is made when there is none (once, however many cards are tried)."""
    private = box.store.private(session["id"])
    id_ = session["customer"] or private.get("customer")
    if id_:
        return box.store.get("customer", id_)
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    email = session["customer_email"] or (card or {}).get("email")
    customer = make_customer(box, email=email, name=(card or {}).get("name"))
    box.store.save_private(session["id"], {**private, "customer": customer["id"]})
    return customer


def make_customer(box, test_clock=None, **fields):
    """A customer with what Stripe gives every one of them; `fields` as in the API."""
    customer = box.new(
        "customer",
        clock=test_clock,
        **{
            "balance": 0,
            "delinquent": False,
            "invoice_settings": group("customer", "invoice_settings"),
            "metadata": {},
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            **fields,
            "test_clock": test_clock,
        },
    )
    customer["invoice_prefix"] = customer["invoice_prefix"] or customer["id"][-8:].upper()
    box.store.save(customer)
    box.emit("customer.created", customer)
    return customer


def _intent_for(box, session, customer):
    """The session's intent, made at the first try and used again at the next."""
    private = box.store.private(session["id"])
    if private.get("intent"):
        return box.store.get(None, private["intent"])
    if is_due_today(session):
        data = private.get("payment_intent_data", {})
        usage = "off_session" if session["mode"] == "subscription" else data.get("setup_future_usage")
        intent = payments.make_payment_intent(
            box,
            session["amount_total"],
            session["currency"],
            customer,
            setup_future_usage=usage,
            metadata=data.get("metadata", {}),
            receipt_email=data.get("receipt_email"),
            description="Subscription creation" if session["mode"] == "subscription" else data.get("description"),
        )
    else:
        data = private.get("setup_intent_data", {})
        intent = payments.make_setup_intent(
            box, customer, metadata=data.get("metadata", {}), description=data.get("description")
        )
    box.store.save_private(session["id"], {**box.store.private(session["id"]), "intent": intent["id"]})
    return intent


def _confirm(box, session, customer, intent, method, authenticated):
    confirm = payments.confirm_payment if intent["object"] == "payment_intent" else payments.confirm_setup
    confirm(box, intent, method, authenticated)
    if intent["status"] == "requires_action":
        return session
    method = box.store.get("payment_method", method["id"])
    if customer and (session["mode"] != "payment" or intent["setup_future_usage"]):
        payments.attach(box, method, customer, authenticated)
    return _finish(box, session, customer, method, intent)


def _finish(box, session, customer, method, intent):
    box.store.unplan(session["id"])
    fields = {"status": "complete", "url": None, "customer": customer and customer["id"]}
    if customer:
        fields["customer_details"] = _details(customer, session["customer_email"])
    if session["mode"] == "subscription":
        fields.update(_begin_subscription(box, session, customer, method, intent))
    elif session["mode"] == "payment":
        fields.update(
            payment_intent=intent and intent["id"], payment_status="paid" if intent else "no_payment_required"
        )
    else:
        fields.update(setup_intent=intent["id"], payment_status="no_payment_required")
    box.change(session, **fields)
    box.emit("checkout.session.completed", session)
    return session


def _begin_subscription(box, session, customer, method, intent):
    private = box.store.private(session["id"])
    data = private.get("subscription_data", {})
    paid = intent if intent and intent["object"] == "payment_intent" else None
    prices: list[tuple] = [(line["price"], line["quantity"], {}) for line in private["lines"]]
    subscription = subscriptions.make(
        box,
        customer,
        prices,
        method=method,
        intent=paid,
        behavior="default_incomplete",
        trial_end=trial_end_of(private, box.now(customer)),
        **{key: data[key] for key in ("metadata", "description", "trial_settings") if key in data},
        **({"automatic_tax": private["automatic_tax"]} if "automatic_tax" in private else {}),
    )
    return {
        "subscription": subscription["id"],
        "invoice": subscription["latest_invoice"],
        "payment_status": "paid" if paid else "no_payment_required",
    }
