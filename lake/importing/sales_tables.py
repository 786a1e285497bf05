"""Order lines and orders, field by field, of files that state sales."""

from __future__ import annotations

import re
from dataclasses import replace

from lake.importing.assembly import RETURNS, SERVICES, Assembly, cleaned
from lake.importing.catalogue_tables import FIRST_DAY, Tables, buyer_fields, buyer_id, catalogue, release
from lake.importing.concepts import plain
from lake.importing.mapping import Field
from lake.importing.pricing import has_signs, is_negative, unit_price


def sales_lines(one: Assembly) -> Tables:
    """Order lines, and from them orders, buyers, releases, artists and labels."""
    ordered = one.column("ordered_at") or one.looked_up("ordered_at")
    if ordered is None:
        one.notes.append(f"{one.source.path.name}: no day of the orders; give the file that has it in the same command")
    order = _order_id(one)
    quantity, cancelled = _quantity(one)
    kind = _order_type(one, cancelled)
    lines = {
        "order_id": order,
        "line_number": one.column("line_no") or Field(number_within="order_id"),
        "release_id": release(one),
        "item_category": _item_category(one),
        "ordered_at": ordered,
        "quantity": quantity,
        "unit_price": unit_price(one),
        "currency": one.looked_up("currency") if "currency" not in one.reading.guesses else None,
        "order_type": kind or Field(sign_of="quantity"),
    }
    lines["currency"] = lines["currency"] or one.money()
    if "ordered_at" not in one.reading.guesses:  # the orders themselves stand in another file
        return {"order_lines": cleaned(lines)} | catalogue(one, derived=True)
    orders = {
        "order_id": order,
        "buyer_id": buyer_id(one),
        "ordered_at": ordered,
        "order_type": kind or _type_of_order(one, quantity),
        "status": one.or_constant("status", "closed"),
        "currency": lines["currency"],
        "country": one.column("country"),
        "channel": one.column("channel"),
    }
    tables = {"order_lines": cleaned(lines), "orders": cleaned(orders)}
    if buyers := buyer_fields(one, ordered):
        tables["buyers"] = buyers
    return tables | catalogue(one, derived=True)


def _type_of_order(one: Assembly, quantity: Field) -> Field:
    """Cancellation where the first line's quantity, or its amount, is negative."""
    if quantity.column is None or quantity.negated:
        return Field(constant="cancellation" if quantity.negated else "sale")
    amounts = [one.reading.column(concept) for concept in ("unit_price", "line_total")]
    name = next((name for name in amounts if is_negative(one, name)), quantity.column)
    return Field(column=name, patterns={r"^\s*[-(−]|-\s*$|\)\s*$": "cancellation"}, default="sale")


def _moment(one: Assembly) -> Field:
    return one.column("ordered_at") or Field(constant=FIRST_DAY)


def _order_id(one: Assembly) -> Field:
    if found := one.column("order_id"):
        return replace(found, format=())
    parts = [name for concept in ("ordered_at", "buyer_id", "buyer_name") if (name := one.reading.column(concept))]
    one.notes.append(f"{one.source.path.name}: no order number; orders are made of {' and '.join(parts)}")
    return Field(join=tuple(parts))


def _item_category(one: Assembly) -> Field:
    name = one.reading.column("title") or one.reading.column("sku")
    return Field(column=name, patterns={SERVICES: "service"}, default="product") if name else Field(constant="product")


def _quantity(one: Assembly) -> tuple[Field, dict[str, tuple[str, ...]]]:
    """The quantity, and which texts of which column say that a row gives units back."""
    name, said = one.reading.column("quantity"), one.reading.column("order_type") or one.reading.column("status")
    back = tuple(
        text for text in (one.reading.profiles[said].values if said else ()) if re.search(RETURNS, text, re.IGNORECASE)
    )
    if one.reading.column("order_type") is None:
        back = ()
    if name is None:
        one.notes.append(f"{one.source.path.name}: no quantity; each row is one unit")
        return Field(constant="1"), {}
    if not back or said is None:
        return Field(column=name, negated=_gives_back(one, name)), {}
    return Field(column=name, negate_when={said: back}), {said: back}


_BACK = re.compile(r"\b(rma|returns?|returned|retouren?|retours?|gutschrift(en)?|credit notes?|avoirs?|refunds?)\b")
_SOLD = re.compile(r"\b(sales|orders?|umsatz|umsaetze|verkaeufe|verkauf|auftraege|ventes|commandes|sold)\b")


def _gives_back(one: Assembly, quantity: str) -> bool:
    """Whether the file is one of returns, whose quantities say so by its names and not by a sign."""
    names = [quantity, *(one.reading.column(concept) or "" for concept in ("order_id", "ordered_at"))]
    file = plain(one.source.path.stem)
    if not any(_BACK.search(plain(name)) for name in names) and (not _BACK.search(file) or _SOLD.search(file)):
        return False
    signed = [one.reading.column(concept) for concept in ("quantity", "unit_price", "line_total")]
    if any(has_signs(one, name) for name in signed):
        return False
    one.notes.append(f"{one.source.path.name}: a file of returns by its names; {quantity} counts negative")
    return True


def _order_type(one: Assembly, cancelled: dict[str, tuple[str, ...]]) -> Field | None:
    if not cancelled:
        return None
    (name, words), *_ = cancelled.items()
    return Field(column=name, values=dict.fromkeys(words, "cancellation"), default="sale")


def order_headers(one: Assembly) -> Tables:
    """Orders without their lines; and their buyers."""
    ordered = _moment(one)
    fields = {
        "order_id": _order_id(one),
        "buyer_id": buyer_id(one),
        "ordered_at": ordered,
        "order_type": Field(constant="sale"),
        "status": one.or_constant("status", "closed"),
        "currency": one.money(),
        "country": one.column("country"),
        "channel": one.column("channel"),
    }
    found = buyer_fields(one, ordered)
    return {"orders": cleaned(fields)} | ({"buyers": found} if found else {})
