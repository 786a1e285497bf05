"""Catalogue, buyers, stock and prices, field by field, of the files that state or mention them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lake.importing.assembly import DSPS, Assembly, cleaned, kind_values
from lake.importing.mapping import Field

Tables = dict[str, dict[str, Field]]
FIRST_DAY = "2000-01-01"
OF_SUPPLY = ("supplier", "lead_days", "least_order", "royalty_percent")


def release(one: Assembly) -> Field:
    """Where ``release_id`` comes from."""
    return one.release or Field(id_of=one.reading.column("title"))


def buyer_id(one: Assembly) -> Field | None:
    """Where ``buyer_id`` comes from; None where the file names no buyer."""
    if found := one.column("buyer_id"):
        return replace(found, format=())
    name = one.reading.column("buyer_name")
    sign = number_before_name(one.texts("buyer_name"))
    if name and sign:
        return Field(column=name, split=sign, take=1)
    return Field(id_of=name) if name else None


def number_before_name(texts: Sequence[str]) -> str | None:
    """The sign between number and name in texts as ``10023 - Plattenladen``; None where they are names alone."""
    for sign in (" - ", " – ", " | ", " / ", ": "):
        pattern = re.compile(rf"[A-Za-z]{{0,4}}-?\d[\w.-]*{re.escape(sign)}\S")
        if len(texts) > 1 and sum(bool(pattern.match(text)) for text in texts) >= 0.95 * len(texts):
            return sign
    return None


def buyer_fields(one: Assembly, since: Field | None) -> dict[str, Field]:
    """The fields of buyers; ``since`` says when they were first entered."""
    identity = buyer_id(one)
    if identity is None:
        return {}
    name = one.reading.column("buyer_name") or identity.column
    sign = identity.split or (number_before_name(one.texts("buyer_name")) if name != identity.column else None)
    names = one.texts("buyer_name")
    digital = sum(bool(DSPS.search(text)) for text in names)
    default = "streaming" if 2 * digital > len(names) else "shop"
    kinds = kind_values(one.texts("buyer_kind"))
    kind = one.reading.column("buyer_kind")
    if kind is None:
        but = "; those with the name of a streaming service are streaming" if digital and default == "shop" else ""
        one.notes.append(f"{one.source.path.name}: no kind of buyer; every buyer is a {default}{but}")
    of_name = Field(constant=default)
    if digital and default == "shop":
        of_name = Field(column=name, patterns={DSPS.pattern: "streaming"}, default=default)
    country = one.reading.column("country")
    if country is None:
        one.notes.append(f"{one.source.path.name}: no country of buyers; it is unknown")
    return cleaned(
        {
            "buyer_id": identity,
            "company_name": Field(column=name, default="unknown", split=sign, take=2 if sign else 1),
            "kind": Field(column=kind, values=kinds, default=default) if kind else of_name,
            "country": Field(column=country, default="unknown") if country else Field(constant="unknown"),
            **{concept: one.column(concept) for concept in ("region", "contact_name", "email", "phone", "address")},
            "created_at": since or Field(constant=FIRST_DAY),
        }
    )


def catalogue(one: Assembly, *, derived: bool) -> Tables:
    """Releases, and the artists and labels that they name."""
    column = one.reading.column
    number = release(one)
    title = column("title") or number.column or number.id_of
    artist = one.column("artist_id") or (Field(id_of=column("artist")) if column("artist") else None)
    label = one.column("label_id") or (Field(id_of=column("label")) if column("label") else None)
    price = one.column("list_price") if not derived else None
    releases = {
        "release_id": number,
        "title": Field(column=title, default="unknown") if derived else Field(column=title),
        "artist_id": artist,
        "label_id": label,
        "genre": one.column("genre"),
        "format": one.column("format"),
        "release_date": one.column("release_date"),
        "release_year": one.column("release_year"),
        "list_price": price,
        "currency": one.money() if price else None,
        "ean": _ean(one),
        "catalogue_number": one.column("catalogue_number"),
        "unit_cost": one.column("unit_cost"),
        **({} if derived else {name: one.column(name) for name in OF_SUPPLY}),
        "is_published": _published(one),
    }
    tables = {"releases": cleaned(releases)}
    if artist:
        tables["artists"] = {"artist_id": artist, "name": Field(column=column("artist") or artist.column)}
    if label:
        tables["labels"] = {"label_id": label, "name": Field(column=column("label") or label.column)}
    return tables


def _ean(one: Assembly) -> Field | None:
    found = one.column("ean")
    return replace(found, ean=True) if found else None


def _published(one: Assembly) -> Field:
    name = one.reading.column("published")
    return Field(column=name, default="true") if name else Field(constant="true")


def products(one: Assembly) -> Tables:
    """The catalogue; and its stock, where the list says it."""
    tables = catalogue(one, derived=False)
    return tables | ({"inventory": stock(one)["inventory"]} if "on_hand" in one.reading.guesses else {})


def stock(one: Assembly) -> Tables:
    """Stock per release, warehouse and day."""
    zero = Field(constant="0")
    moved = {
        concept: one.column(concept) or zero for concept in ("reserved", "incoming", "received", "shipped", "returned")
    }
    on_hand = one.reading.column("on_hand")
    fields = {
        "release_id": release(one),
        "warehouse": one.or_constant("warehouse", "main"),
        "stock_date": one.column("stock_date") or Field(file_date=True),
        "on_hand": Field(column=on_hand, default="0"),
        **moved,
    }
    return {"inventory": fields}


def prices(one: Assembly) -> Tables:
    """The price list by country and first day."""
    fields = {
        "release_id": release(one),
        "country": one.or_constant("country", "unknown", "no country of prices; write that of the orders"),
        "valid_from": one.column("valid_from") or Field(file_date=True),
        "price": one.column("list_price"),
        "currency": one.money(),
    }
    return {"prices": cleaned(fields)}


def buyers(one: Assembly) -> Tables:
    """Buyers."""
    return {"buyers": buyer_fields(one, None)}
