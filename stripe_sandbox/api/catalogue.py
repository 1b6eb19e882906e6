"""Products and prices."""

from ..errors import InvalidRequest
from ..schema import group
from . import cleared, deleted, merged, operation, page

PRODUCT = (
    "active description images marketing_features metadata name shippable statement_descriptor tax_code unit_label url"
)
PRICE = (
    "active billing_scheme currency lookup_key metadata nickname product product_data recurring tax_behavior "
    "transfer_lookup_key unit_amount unit_amount_decimal"
)


@operation("POST", "/v1/products", PRODUCT + " default_price_data id type")
def create_product(box, params):
    data = params.pop("default_price_data", None)
    if params.get("id") and box.store.find(None, params["id"]):
        raise InvalidRequest("Product already exists.", code="resource_already_exists")
    product = box.new("product", **{"active": True, "type": "service", "updated": box.clock.now(), **params})
    product.pop("expand", None)
    box.store.save(product)
    box.emit("product.created", product)
    if data:
        price = make_price(box, {**data, "product": product["id"]})
        box.change(product, default_price=price["id"])
    return product


@operation("GET", "/v1/products", "active created ending_before ids limit shippable starting_after type url")
def list_products(box, params):
    ids = params.get("ids")
    active = params.get("active")
    return page(
        box,
        "product",
        params,
        "/v1/products",
        keep=lambda product: (ids is None or product["id"] in ids) and (active is None or product["active"] == active),
    )


@operation("GET", "/v1/products/{id}")
def retrieve_product(box, params, id):
    return box.store.get("product", id)


@operation("POST", "/v1/products/{id}", PRODUCT + " default_price")
def update_product(box, params, id):
    product = box.store.get("product", id)
    params.pop("expand", None)
    fields = {key: cleared(value) for key, value in params.items()}
    if "metadata" in params:
        fields["metadata"] = merged(product["metadata"], params["metadata"])
    if fields.get("default_price"):
        box.store.get("price", fields["default_price"], "default_price")
    return box.change(product, "product.updated", updated=box.clock.now(), **fields)


@operation("DELETE", "/v1/products/{id}")
def delete_product(box, params, id):
    product = box.store.get("product", id)
    if box.store.list("price", {"product": id}):
        raise InvalidRequest("This product cannot be deleted because it has one or more user-created prices.")
    box.store.remove(id)
    box.emit("product.deleted", product)
    return deleted("product", id)


@operation("POST", "/v1/prices", PRICE)
def create_price(box, params):
    return make_price(box, params)


def make_price(box, params, active=True):
    """A price from the API's parameters; the product may be given as `product_data`."""
    params = dict(params)
    params.pop("expand", None)
    if "product" in params:
        product = box.store.get("product", params["product"], "product")
    elif "product_data" in params:
        product = create_product(box, dict(params.pop("product_data")))
    else:
        raise InvalidRequest("You must specify either `product` or `product_data` when creating a price.")
    amount = _amount(params)
    lookup_key = params.get("lookup_key")
    holder = lookup_key and box.store.list("price", {"lookup_key": lookup_key})
    if holder:
        if not params.get("transfer_lookup_key"):
            raise InvalidRequest(
                f"A price (`{holder[0]['id']}`) already uses that lookup key. Pass `transfer_lookup_key=true` to "
                "transfer it to this price.",
                param="lookup_key",
            )
        box.change(holder[0], "price.updated", lookup_key=None)
    recurring = params.get("recurring")
    if recurring:
        if recurring.get("usage_type") == "metered" or "meter" in recurring:
            raise InvalidRequest("This sandbox has no metered prices.", param="recurring[usage_type]")
        recurring = {**group("price", "recurring"), "interval_count": 1, **recurring}
        if (
            not 1
            <= recurring["interval_count"]
            <= {"day": 1095, "week": 156, "month": 36, "year": 3}[recurring["interval"]]
        ):
            raise InvalidRequest(
                "Invalid interval_count: a price recurs at least every three years.", param="recurring[interval_count]"
            )
    price = box.new(
        "price",
        active=params.get("active", active),
        currency=params["currency"].lower(),
        lookup_key=lookup_key,
        metadata=params.get("metadata") or {},
        nickname=params.get("nickname"),
        product=product["id"],
        recurring=recurring,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
        tax_behavior=params.get("tax_behavior", "unspecified"),
    )
    box.emit("price.created", price)
    return price


def _amount(params):
    amount = params.get("unit_amount")
    if amount is None and str(params.get("unit_amount_decimal", "")).isdigit():
        amount = int(params["unit_amount_decimal"])
    if amount is None:
        raise InvalidRequest(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set, as a "
            "whole number of minor units in this sandbox.",
            param="unit_amount",
        )
    if not 0 <= amount <= 99_999_999:
        raise InvalidRequest(
            "Invalid non-negative integer" if amount < 0 else "Amount must be no more than 99999999",
            param="unit_amount",
            code="parameter_invalid_integer" if amount < 0 else "amount_too_large",
        )
    if len(params["currency"]) != 3 or not params["currency"].isalpha():
        raise InvalidRequest(f"Invalid currency: {params['currency'][:20]}.", param="currency")
    return amount


@operation(
    "GET", "/v1/prices", "active created currency ending_before limit lookup_keys product recurring starting_after type"
)
def list_prices(box, params):
    where = {key: params[key] for key in ("currency", "product", "type") if key in params}
    keys, recurring = params.get("lookup_keys"), params.get("recurring", {})
    active = params.get("active")
    return page(
        box,
        "price",
        params,
        "/v1/prices",
        where,
        lambda price: (
            (active is None or price["active"] == active)
            and (keys is None or price["lookup_key"] in keys)
            and ("interval" not in recurring or (price["recurring"] or {}).get("interval") == recurring["interval"])
        ),
    )


@operation("GET", "/v1/prices/{id}")
def retrieve_price(box, params, id):
    return box.store.get("price", id)


@operation("POST", "/v1/prices/{id}", "active lookup_key metadata nickname tax_behavior transfer_lookup_key")
def update_price(box, params, id):
    price = box.store.get("price", id)
    fields = {
        key: cleared(params[key]) for key in ("active", "lookup_key", "nickname", "tax_behavior") if key in params
    }
    if "metadata" in params:
        fields["metadata"] = merged(price["metadata"], params["metadata"])
    for holder in box.store.list("price", {"lookup_key": fields["lookup_key"]}) if fields.get("lookup_key") else []:
        if holder["id"] == id:
            continue
        if not params.get("transfer_lookup_key"):
            raise InvalidRequest(f"A price (`{holder['id']}`) already uses that lookup key.", param="lookup_key")
        box.change(holder, "price.updated", lookup_key=None)
    return box.change(price, "price.updated", **fields)
