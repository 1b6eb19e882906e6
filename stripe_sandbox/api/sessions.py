"""Checkout sessions and the customer portal."""

from .. import checkout, webhooks
from ..errors import InvalidRequest
from ..schema import group
from ..store import new_id, random_text
from . import catalogue, check_future, check_quantity, check_total, cleared, cut, merged, operation, page

SESSION = (
    "adaptive_pricing allow_promotion_codes automatic_tax billing_address_collection cancel_url "
    "client_reference_id consent_collection currency customer customer_creation customer_email customer_update "
    "custom_text expires_at invoice_creation line_items locale metadata mode payment_intent_data "
    "payment_method_collection phone_number_collection saved_payment_method_options setup_intent_data "
    "submit_type subscription_data success_url tax_id_collection ui_mode"
)
SHOWN = (
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "customer_creation",
    "customer_email",
    "expires_at",
    "locale",
    "mode",
    "payment_method_collection",
    "submit_type",
    "success_url",
)
KEPT = ("subscription_data", "payment_intent_data", "setup_intent_data", "automatic_tax")


@operation("POST", "/v1/checkout/sessions", SESSION)
def create_session(box, params):
    _check(params)
    customer = box.store.get("customer", params["customer"], "customer") if "customer" in params else None
    lines = [_line(box, line, index, params["mode"]) for index, line in enumerate(params.get("line_items") or [])]
    check_total(sum(price["unit_amount"] * quantity for price, quantity in lines), "line_items")
    if lines and len({price["currency"] for price, _ in lines}) > 1:
        raise InvalidRequest("All line items must have the same currency.", param="line_items")
    locked = customer and customer["currency"] if params["mode"] == "subscription" else None
    if locked and lines[0][0]["currency"] != locked:
        raise InvalidRequest(
            f"You cannot combine currencies on a single customer. This customer has had subscriptions in {locked}.",
            param="line_items",
        )
    fields = {key: params[key] for key in SHOWN if key in params}
    fields["metadata"] = merged({}, params.get("metadata", {}))
    if params["mode"] == "subscription":
        fields.setdefault("payment_method_collection", "always")
    else:
        fields.setdefault("customer_creation", None if customer else "if_required")
    fields.update(_groups(params))
    private = {key: params[key] for key in KEPT if key in params}
    if private.get("automatic_tax"):
        private["automatic_tax"] = _tax(params["automatic_tax"]["enabled"], "subscription")
    _check_trial(box, customer, private)
    return checkout.open_session(box, lines, customer, private, **fields)


def _check(params):
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise InvalidRequest("This sandbox has the hosted page only.", param="ui_mode")
    if "mode" not in params:
        params["mode"] = "setup" if not params.get("line_items") else "payment"
    if "success_url" not in params:
        raise InvalidRequest("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        if name in params:
            check_return(params[name].replace("{CHECKOUT_SESSION_ID}", "cs"), name)
    if "customer" in params and "customer_email" in params:
        raise InvalidRequest("You may only specify one of these parameters: customer, customer_email.")
    if params["mode"] != "setup" and not params.get("line_items"):
        raise InvalidRequest(
            f"Missing required param: line_items. You must pass line_items in `{params['mode']}` mode.",
            code="parameter_missing",
            param="line_items",
        )
    if params["mode"] != "subscription" and "subscription_data" in params:
        raise InvalidRequest(
            "You can not pass `subscription_data` in `payment` or `setup` mode.", param="subscription_data"
        )
    unsupported = set(params.get("subscription_data", {})) - {
        "metadata",
        "description",
        "trial_period_days",
        "trial_end",
        "trial_settings",
    }
    if unsupported:
        raise InvalidRequest(
            "This sandbox does not support this parameter here, though Stripe does.",
            param=f"subscription_data[{min(unsupported)}]",
        )
    if len(params.get("client_reference_id", "")) > 200:
        raise InvalidRequest(
            "Invalid string: client_reference_id may have at most 200 characters.", param="client_reference_id"
        )


def check_return(url, param):
    """Only addresses on this machine: a sandbox sends nobody anywhere else."""
    if "://" not in url:
        raise InvalidRequest("Not a valid URL", code="url_invalid", param=param)
    if not webhooks.is_loopback(url):
        raise InvalidRequest(
            "Not a valid URL: the sandbox returns only to loopback addresses (localhost).",
            code="url_invalid",
            param=param,
        )


def _line(box, line, index, mode):
    quantity = line.get("quantity", 1)
    check_quantity(quantity, 1, f"line_items[{index}][quantity]")
    if "price" in line:
        price = box.store.get("price", line["price"], f"line_items[{index}][price]")
        if not price["active"]:
            raise InvalidRequest(
                "The price specified is inactive. This field only accepts active prices.",
                param=f"line_items[{index}][price]",
            )
    elif "price_data" in line:
        price = catalogue.make_price(box, line["price_data"])
    else:
        raise InvalidRequest(
            "Missing required param: line_items[0][price].",
            code="parameter_missing",
            param=f"line_items[{index}][price]",
        )
    if mode == "payment" and price["type"] == "recurring":
        raise InvalidRequest(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.",
            param="line_items",
        )
    if mode == "subscription" and price["type"] == "one_time":
        raise InvalidRequest(
            "You must provide at least one recurring price in `subscription` mode; this sandbox "
            "takes recurring prices only there.",
            param="line_items",
        )
    return price, quantity


def _groups(params):
    found = {}
    if "automatic_tax" in params:
        found["automatic_tax"] = _tax(params["automatic_tax"]["enabled"], "checkout.session")
    for key in (
        "consent_collection",
        "saved_payment_method_options",
        "custom_text",
        "invoice_creation",
        "tax_id_collection",
        "phone_number_collection",
        "adaptive_pricing",
    ):
        if key in params:
            found[key] = {**group("checkout.session", key), **{k: cleared(v) for k, v in params[key].items()}}
    if "tax_id_collection" in found:
        found["tax_id_collection"].setdefault("required", "never")
    return found


def _tax(enabled, kind):
    tax = group(kind, "automatic_tax")
    tax["enabled"] = enabled
    if enabled:
        tax["liability"] = {"type": "self"}
        if "status" in tax:
            tax.update(status="complete", provider="stripe")
    return tax


def _check_trial(box, customer, private):
    data = private.get("subscription_data", {})
    if data.get("trial_end") is not None and "trial_period_days" in data:
        raise InvalidRequest("You may only specify one of these parameters: trial_end, trial_period_days.")
    if not 1 <= data.get("trial_period_days", 1) <= 730:
        raise InvalidRequest(
            "Invalid trial_period_days: must be between 1 and 730.", param="subscription_data[trial_period_days]"
        )
    now = box.now(customer) if customer else box.clock.now()
    if data.get("trial_end") is not None and data["trial_end"] < now + 2 * 86400:
        raise InvalidRequest(
            "The `trial_end` date has to be at least 2 days in the future.", param="subscription_data[trial_end]"
        )
    if data.get("trial_end") is not None:
        check_future(data["trial_end"], now, "subscription_data[trial_end]")
    if "trial_settings" in data:
        data["trial_settings"]["end_behavior"] = {
            **group("subscription", "trial_settings", "end_behavior"),
            **data["trial_settings"]["end_behavior"],
        }


@operation(
    "GET",
    "/v1/checkout/sessions",
    "created customer customer_details ending_before limit payment_intent starting_after status subscription",
)
def list_sessions(box, params):
    where = {key: params[key] for key in ("customer", "payment_intent", "status", "subscription") if key in params}
    if "customer_details" in params:
        where["customer_details.email"] = params["customer_details"]["email"]
    return page(box, "checkout.session", params, "/v1/checkout/sessions", where)


@operation("GET", "/v1/checkout/sessions/{id}")
def retrieve_session(box, params, id):
    return box.store.get("checkout.session", id, "session")


@operation("POST", "/v1/checkout/sessions/{id}", "metadata")
def update_session(box, params, id):
    session = box.store.get("checkout.session", id, "session")
    return box.change(session, metadata=merged(session["metadata"], params.get("metadata", {})))


@operation("POST", "/v1/checkout/sessions/{id}/expire")
def expire_session(box, params, id):
    session = box.store.get("checkout.session", id, "session")
    if session["status"] != "open":
        raise InvalidRequest(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session '
            f"has a status of `{session['status']}`."
        )
    return checkout.expire(box, session)


@operation("GET", "/v1/checkout/sessions/{id}/line_items", "ending_before limit starting_after")
def list_line_items(box, params, id):
    session = box.store.get("checkout.session", id, "session")
    return cut(checkout.line_items(box, session), params, f"/v1/checkout/sessions/{id}/line_items")


# Customer portal

CONFIGURATION = "business_profile default_return_url features login_page metadata name"


@operation("POST", "/v1/billing_portal/configurations", CONFIGURATION)
def create_configuration(box, params):
    first = not box.store.list("billing_portal.configuration")
    configuration = box.new(
        "billing_portal.configuration", active=True, is_default=first, metadata={}, updated=box.clock.now()
    )
    return _configure(box, configuration, params, "billing_portal.configuration.created")


@operation("POST", "/v1/billing_portal/configurations/{id}", CONFIGURATION + " active")
def update_configuration(box, params, id):
    configuration = box.store.get("billing_portal.configuration", id)
    return _configure(box, configuration, params, "billing_portal.configuration.updated")


def _configure(box, configuration, params, event):
    if params.get("default_return_url"):
        check_return(params["default_return_url"], "default_return_url")
    fields = {key: cleared(params[key]) for key in ("default_return_url", "name", "active") if key in params}
    if "metadata" in params:
        fields["metadata"] = merged(configuration["metadata"], params["metadata"])
    for key in ("business_profile", "login_page"):
        if key in params:
            fields[key] = {**configuration[key], **{k: cleared(v) for k, v in params[key].items()}}
    if "features" in params:
        fields["features"] = _laid_over(configuration["features"], params["features"])
        for name in ("subscription_update", "subscription_pause"):
            if fields["features"][name]["enabled"]:
                raise InvalidRequest(
                    "The portal of this sandbox cannot do this yet.", param=f"features[{name}][enabled]"
                )
    box.change(configuration, updated=box.clock.now(), **fields)
    box.emit(event, configuration)
    return configuration


def _laid_over(old, new):
    both = dict(old)
    for key, value in new.items():
        nested = isinstance(value, dict) and isinstance(old.get(key), dict)
        both[key] = (
            _laid_over(old[key], value)
            if nested
            else []
            if value == "" and isinstance(old.get(key), list)
            else cleared(value)
        )
    return both


@operation("GET", "/v1/billing_portal/configurations", "active ending_before is_default limit starting_after")
def list_configurations(box, params):
    where = {key: int(params[key]) for key in ("active", "is_default") if key in params}
    return page(box, "billing_portal.configuration", params, "/v1/billing_portal/configurations", where)


@operation("GET", "/v1/billing_portal/configurations/{id}")
def retrieve_configuration(box, params, id):
    return box.store.get("billing_portal.configuration", id)


@operation("POST", "/v1/billing_portal/sessions", "configuration customer flow_data locale return_url")
def create_portal_session(box, params):
    if "customer" not in params:
        raise InvalidRequest("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = box.store.get("customer", params["customer"], "customer")
    if "configuration" in params:
        configuration = box.store.get("billing_portal.configuration", params["configuration"], "configuration")
    else:
        found = box.store.list("billing_portal.configuration", {"is_default": 1})
        if not found:
            raise InvalidRequest(
                "No configuration provided and your test mode default configuration has not been created. Provide a "
                "configuration or create your default by saving your customer portal settings in test mode."
            )
        configuration = found[0]
    if "return_url" in params:
        check_return(params["return_url"], "return_url")
    secret = random_text(60)
    session = box.new(
        "billing_portal.session",
        clock=customer["test_clock"],
        id=new_id("billing_portal.session"),
        configuration=configuration["id"],
        customer=customer["id"],
        flow=_flow(params.get("flow_data")),
        return_url=params.get("return_url") or configuration["default_return_url"],
        locale=params.get("locale"),
        url=f"{box.base_url}/p/session/{secret}",
    )
    box.store.set(f"portal page {secret}", session["id"])
    box.emit("billing_portal.session.created", session)
    return session


def _flow(data):
    if not data:
        return None
    if data["type"] not in ("payment_method_update", "subscription_cancel"):
        raise InvalidRequest("The portal of this sandbox has no such flow.", param="flow_data[type]")
    flow = {**group("billing_portal.session", "flow"), "type": data["type"]}
    if "subscription_cancel" in data:
        flow["subscription_cancel"] = {
            **group("billing_portal.session", "flow", "subscription_cancel"),
            **data["subscription_cancel"],
        }
    return flow
