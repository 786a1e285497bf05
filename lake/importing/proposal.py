"""Propose a mapping: what kind of file it is, which column means what, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lake.importing.concepts import name_score, plain
from lake.importing.identifiers import IdentifierError, ean13, isrc
from lake.importing.kinds import kind_of
from lake.importing.layout import Layout, Profile, profile

# Kind of file -> concepts that its columns may mean; of two that want one column, the earlier wins a tie.
CONCEPTS: dict[str, tuple[str, ...]] = {
    "lines": (
        "order_id", "line_no", "ordered_at", "buyer_id", "buyer_name", "buyer_kind", "country", "region",
        "email", "phone",
        "address", "contact_name", "sku", "ean", "catalogue_number", "isrc", "title", "artist", "label",
        "genre", "format",
        "quantity", "unit_price", "unit_price_gross", "line_total", "line_total_gross", "tax_rate", "discount_percent",
        "currency", "channel",
        "status", "order_type", "release_date", "unit_cost",
    ),
    "orders": ("order_id", "ordered_at", "buyer_id", "country", "currency", "channel", "status", "order_type",
    "buyer_name"),
    "products": (
        "sku", "ean", "catalogue_number", "isrc", "title", "artist", "artist_id", "label", "label_id",
        "genre", "format",
        "release_date", "release_year", "list_price", "unit_cost", "currency", "published", "on_hand", "warehouse",
        "supplier", "lead_days", "least_order", "royalty_percent",
    ),
    "stock": (
        "sku", "ean", "on_hand", "warehouse", "stock_date", "reserved", "incoming", "received", "shipped",
        "returned", "title",
        "catalogue_number",
    ),
    "prices": ("sku", "ean", "catalogue_number", "country", "valid_from", "list_price", "currency", "title"),
    "buyers": (
        "buyer_id", "buyer_name", "buyer_kind", "country", "region", "contact_name", "email", "phone", "address",
    ),
    "campaigns": (
        "campaign_id", "campaign", "spend", "started_on", "ended_on", "sku", "ean", "catalogue_number", "genre",
        "channel", "currency",
    ),
    "interactions": (
        "interaction_id", "interaction_kind", "occurred_at", "buyer_id", "buyer_name", "sku", "ean",
        "catalogue_number", "outcome",
    ),
    "shipments": (
        "shipment_id", "order_id", "carrier_id", "carrier", "shipped_at", "promised_on", "delivered_at", "parcels",
        "freight", "currency", "service",
    ),
    "carriers": ("carrier_id", "carrier", "service", "country"),
    "artists": ("artist_id", "artist", "genre", "country"),
    "labels": ("label_id", "label", "country"),
}  # fmt: skip
NUMERIC = {
    "quantity", "unit_price", "unit_price_gross", "line_total", "line_total_gross", "tax_rate", "list_price",
    "unit_cost", "discount_percent",
    "spend", "freight", "parcels", "lead_days", "least_order", "royalty_percent",
    "on_hand", "reserved", "incoming", "received", "shipped", "returned", "line_no", "release_year",
}  # fmt: skip
DATES = {
    "ordered_at", "release_date", "stock_date", "valid_from", "started_on", "ended_on", "shipped_at", "promised_on",
    "delivered_at", "occurred_at",
}  # fmt: skip
_NUMBERED = re.compile(r"id|n[ro°]\b|num|zip|plz|code|year|jahr|#|%", re.IGNORECASE)
_CURRENCIES = re.compile("[A-Z]{3}")
_ORDER_NAME = re.compile(r"#?[A-Z]{0,4}-?\d+")
INTERACTION = re.compile(
    "visit|besuch|meeting|call|anruf|telefon|phone|appel|mail|muster|sample|echantillon|enquir|inquir|anfrage|demande"
)
_OTHER_DAYS = re.compile(
    "ship|deliver|liefer|versand|livr|exped|due|faellig|echeance|birth|geburt|releas|veroeff|ersch|sortie|street|modif|"
    "update|aender|valid|gueltig|expir|paid|bezahl|paye|contact|kontakt|visit|besuch"
)
LEAST = 0.55


@dataclass(frozen=True)
class Guess:
    """A column that means a concept: by its name, its content or both, and how sure that is, from 0 to 1."""

    concept: str
    column: str
    confidence: float
    reason: str


@dataclass(frozen=True)
class Reading:
    """A file as it was understood: its kind, its columns' profiles, and what they mean."""

    kind: str
    profiles: Mapping[str, Profile]
    guesses: Mapping[str, Guess]

    def column(self, concept: str) -> str | None:
        """The column that means the concept."""
        found = self.guesses.get(concept)
        return found.column if found else None


def read_columns(layout: Layout) -> dict[str, Profile]:
    """Profiles of all columns; where day and month could be swapped, American columns say which is first."""
    names = {plain(name) for name in layout.names}
    american = bool(names & {"state", "zip", "zip code", "postal code"}) or any("$" in name for name in layout.names)
    sample = {name: layout.column(name) for name in layout.names}
    american = american or any("$" in text for texts in sample.values() for text in texts[:50])
    found = {}
    for name, values in sample.items():
        dated = max(name_score(concept, name) for concept in DATES) >= 0.6 or bool(
            re.search(r"dat[eu]|day|tag\b|_at$| at$|termin", name, re.IGNORECASE)
        )
        found[name] = profile(name, values, named_date=dated, month_first=american)
    settled = [form for one in found.values() if one.settled for form in one.formats if form.startswith(("%m/", "%d/"))]
    if settled and settled[0].startswith("%m/") != american:
        for name, one in found.items():
            if not one.settled:
                found[name] = profile(name, sample[name], named_date=True, month_first=settled[0].startswith("%m/"))
    return found


def read_file(layout: Layout) -> Reading:
    """What kind of file it is, and what its columns mean."""
    profiles = read_columns(layout)
    readings = {kind: _assign(concepts, profiles) for kind, concepts in CONCEPTS.items()}
    kind = kind_of({kind: set(guesses) for kind, guesses in readings.items()})
    return Reading(kind, profiles, readings[kind])


def _assign(concepts: Sequence[str], profiles: Mapping[str, Profile]) -> dict[str, Guess]:
    """One column for each concept and one concept for each column, the surest first."""
    scored = []
    for place, concept in enumerate(concepts):
        for at, (name, one) in enumerate(profiles.items()):
            by_name = name_score(concept, name)
            confidence, reason = _with_content(concept, one, by_name)
            if confidence >= LEAST:
                scored.append((-confidence, place, at, Guess(concept, name, round(confidence, 2), reason)))
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for *_, guess in sorted(scored, key=lambda one: one[:3]):
        if guess.concept not in found and guess.column not in taken:
            found[guess.concept] = guess
            taken.add(guess.column)
    if "quantity" in concepts and "quantity" not in found and (count := _counting(profiles, taken)):
        found["quantity"] = Guess("quantity", count, LEAST, "its content, for want of another")
    if (
        "order_id" in found
        and "ordered_at" in concepts
        and "ordered_at" not in found
        and (day := _dated(profiles, taken))
    ):
        found["ordered_at"] = Guess("ordered_at", day, LEAST, "its content, for want of another")
    return {concept: found[concept] for concept in concepts if concept in found}


def _dated(profiles: Mapping[str, Profile], taken: set[str]) -> str | None:
    """The first column of dates that nothing else claims, and whose name speaks of no other day."""
    for name, one in profiles.items():
        if name not in taken and one.is_date and one.filled > 0.9 and not _OTHER_DAYS.search(plain(name)):
            return name
    return None


def _counting(profiles: Mapping[str, Profile], taken: set[str]) -> str | None:
    """The first column that nothing else claims and that holds small whole numbers."""
    for name, one in profiles.items():
        numbers = name not in taken and one.is_numeric and not one.is_date and len(one.values) > 1
        if numbers and all(re.fullmatch(r"-?\d{1,4}-?\D*", text) for text in one.values) and not _NUMBERED.search(name):
            return name
    return None


def _with_content(concept: str, one: Profile, by_name: float) -> tuple[float, str]:
    """How sure a column means a concept, its name and its content taken together."""
    if not one.values:
        return 0.0, "empty"
    if concept == "order_id" and plain(one.name) == "name":  # Shopify's name of an order
        return (
            (0.85, "its content")
            if _share(one.values, lambda text: bool(_ORDER_NAME.fullmatch(text))) > 0.9
            else (0, "")
        )
    content = _content(concept, one)
    if content is None:
        return by_name * 0.9, "its name"
    if content <= 0:
        return 0.0, "its content speaks against it"
    if by_name >= 0.4:
        return min(1.0, by_name * 0.85 + 0.15 * content), "its name and content"
    return (0.6, "its content") if concept in ("ean", "isrc", "email", "currency") and content >= 0.95 else (0.0, "")


def _content(concept: str, one: Profile) -> float | None:
    """The share of values that can mean the concept; None where any text can."""
    values = one.values[:300]
    if concept in NUMERIC:
        return one.numbers if one.numbers >= 0.6 and not (one.is_date and not one.is_numeric) else 0.0
    if concept in DATES:
        return 1.0 if one.is_date else 0.0
    if concept == "ean":
        return _share(values, lambda text: bool(ean13(text)) and len(re.sub(r"\D", "", text)) >= 11)
    if concept == "isrc":
        return _share(values, lambda text: bool(isrc(text)))
    if concept == "interaction_kind":
        said = sum(1 for text in values if INTERACTION.search(plain(text))) / len(values)
        return said if said >= 0.5 and len(values) <= 40 else 0.0
    if concept == "email":
        return _share(values, lambda text: bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", text)))
    if concept == "currency":
        return _share(values, lambda text: bool(_CURRENCIES.fullmatch(text.strip().upper())))
    if concept == "country":
        return _share(values, lambda text: not any(letter.isdigit() for letter in text))
    if concept in ("title", "artist", "label", "genre", "buyer_name", "buyer_kind"):
        return 0.0 if one.is_date else max(0.3, 1 - one.numbers) if concept == "title" else 1 - one.numbers
    return 0.0 if concept in ("order_id", "sku", "buyer_id") and one.is_date and not one.is_numeric else None


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    def holds(text: str) -> bool:
        try:
            return test(text)
        except IdentifierError:
            return False

    return sum(map(holds, values)) / len(values) if values else 0.0
