"""Carriers, shipments, contacts with buyers and campaigns, field by field, of the files that state them."""

from __future__ import annotations

import re
from dataclasses import replace

from lake.importing.assembly import Assembly, cleaned
from lake.importing.catalogue_tables import Tables, buyer_id
from lake.importing.concepts import plain
from lake.importing.mapping import Field

INTERACTIONS = {
    "visit": r"visit|besuch|meeting|termin|messe",
    "call": r"call|anruf|telefon|phone|appel",
    "order_enquiry": r"enquir|inquir|anfrage|request|demande|quote|angebot|devis",
    "sample": r"sample|muster|promo|echantillon",
    "mail": r"mail|brief|letter|newsletter|courriel|courrier",
}


def interaction_kinds(texts: tuple[str, ...]) -> dict[str, str]:
    """Kinds of contact in the file's words -> in the lake's; what says nothing is left out."""
    found = {}
    for text in texts:
        for kind, pattern in INTERACTIONS.items():
            if re.search(pattern, plain(text)):
                found[text] = kind
                break
    return found


def _carrier(one: Assembly) -> Field | None:
    if found := one.column("carrier_id"):
        return replace(found, format=())
    name = one.reading.column("carrier")
    return Field(id_of=name) if name else None


def _made_of(one: Assembly, what: str, *concepts: str) -> Field:
    """An identifier made of several columns, of which a note is taken."""
    names = tuple(name for concept in concepts if (name := one.reading.column(concept)))
    one.notes.append(f"{one.source.path.name}: no number of {what}; it is made of {' and '.join(names)}")
    return Field(join=names)


def carriers(one: Assembly) -> Tables:
    """Carriers."""
    fields = {"carrier_id": _carrier(one), "name": one.column("carrier") or _carrier(one)}
    return {"carriers": cleaned(fields | {name: one.column(name) for name in ("service", "country")})}


def shipments(one: Assembly) -> Tables:
    """Shipments, and the carriers that they name."""
    cost = one.column("freight")
    fields = {
        "shipment_id": one.column("shipment_id") or _made_of(one, "shipments", "order_id", "shipped_at"),
        "order_id": one.column("order_id"),
        "carrier_id": _carrier(one),
        **{name: one.column(name) for name in ("shipped_at", "promised_on", "delivered_at", "parcels")},
        "cost": cost,
        "currency": one.money() if cost else None,
    }
    return {"shipments": cleaned(fields), **carriers(one)}


def interactions(one: Assembly) -> Tables:
    """Contacts with buyers."""
    kind = one.reading.column("interaction_kind")
    made = ("buyer_id", "buyer_name", "interaction_kind", "occurred_at")
    fields = {
        "interaction_id": one.column("interaction_id") or _made_of(one, "contacts", *made),
        "buyer_id": buyer_id(one),
        "kind": Field(column=kind, values=interaction_kinds(one.texts("interaction_kind"))),
        "occurred_at": one.column("occurred_at"),
        "release_id": one.release,
        "outcome": one.column("outcome"),
    }
    return {"buyer_interactions": cleaned(fields)}


def campaigns(one: Assembly) -> Tables:
    """Campaigns with what was spent, per release or category."""
    made = ("campaign", "started_on", *(("genre",) if one.reading.column("genre") else ()))
    subject = one.release.column if one.release else None
    number = one.column("campaign_id") or _made_of(one, "campaigns", *made)
    if subject and (names := number.join or ((number.column,) if number.column else ())):
        number = Field(join=(*names, subject))  # a campaign for several releases has a row for each
    fields = {
        "campaign_id": number,
        "name": one.column("campaign"),
        "channel": one.column("channel"),
        "release_id": one.release,
        "category": one.column("genre"),
        "started_on": one.column("started_on"),
        "ended_on": one.column("ended_on"),
        "spend": one.column("spend"),
        "currency": one.money(),
    }
    return {"campaigns": cleaned(fields)}
