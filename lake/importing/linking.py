"""By which number files name a release: of several identifiers the one that the product list and the sales share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lake.importing.identifiers import IdentifierError, ean13, plain_identifier
from lake.importing.mapping import Field
from lake.importing.proposal import Reading

IDENTIFIERS = ("sku", "ean", "catalogue_number", "isrc")
STATING, NAMING = ("products",), ("lines", "stock", "prices")


def link_releases(readings: Sequence[Reading]) -> list[Field | None]:
    """How each file states ``release_id``; None where it has no column for it.

    Where a product list and other files have several identifiers, the pair with most values in common is taken. Zeros
    that one of them lost are filled up.
    """
    products = [one for one in readings if one.kind in STATING]
    others = [one for one in readings if one.kind in NAMING]
    chosen = _shared(products, others) or next(
        (name for name in IDENTIFIERS for one in products if name in one.guesses), None
    )
    known = {text for one in products if chosen for text in _values(one, chosen)}
    return [_field(one, chosen, known) for one in readings]


def _shared(products: Sequence[Reading], others: Sequence[Reading]) -> str | None:
    """The identifier of the product lists that other files use most."""
    best, most = None, 0.3
    for name in IDENTIFIERS:
        known = {text.lstrip("0") for one in products for text in _values(one, name)}
        shares = [max((_overlap(one, other, known) for other in IDENTIFIERS), default=0.0) for one in others]
        share = sum(shares) / len(shares) if shares else 0.0
        if share > most + 0.01:
            best, most = name, share
    return best


def _overlap(one: Reading, name: str, known: set[str]) -> float:
    values = {text.lstrip("0") for text in _values(one, name)}
    return len(values & known) / len(values) if values else 0.0


def _values(one: Reading, name: str) -> list[str]:
    column = one.column(name)
    found = []
    for text in one.profiles[column].values if column else ():
        try:
            found.append(ean13(text) if name == "ean" else plain_identifier(text))
        except IdentifierError:
            continue
    return found


def _field(one: Reading, chosen: str | None, known: set[str]) -> Field | None:
    names = [name for name in IDENTIFIERS if name in one.guesses]
    if not names:
        title = one.column("title")
        return Field(id_of=title) if title else None
    if one.kind in STATING:
        name = chosen if chosen in names else names[0]
    else:
        stripped = {text.lstrip("0") for text in known}
        name = max(names, key=lambda name: (_overlap(one, name, stripped), -IDENTIFIERS.index(name)))
    column = one.guesses[name].column
    lengths = {len(text) for text in known if text.isdigit()}
    values = _values(one, name)
    lost = bool(known) and len(lengths) == 1 and sum(text in known for text in values) < 0.5 * len(values)
    if name == "ean":
        return Field(column=column, ean=True)
    if name == "isrc":
        return Field(column=column, isrc=True)
    return Field(column=column, pad=lengths.pop() if lost and any(text.startswith("0") for text in known) else 0)


def common_values(readings: Mapping[str, Reading], concept: str) -> list[str]:
    """The values that any file has of a concept, most frequent first."""
    return [
        text for one in readings.values() if (column := one.column(concept)) for text in one.profiles[column].values
    ]
