"""By which number files name a release: of several identifiers the one that the product list and the sales share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lake.importing.identifiers import IdentifierError, ean13, plain_identifier
from lake.importing.mapping import Field
from lake.importing.proposal import Reading

IDENTIFIERS = ("sku", "ean", "catalogue_number", "isrc")
STATING, NAMING = ("products",), ("lines", "stock", "prices", "campaigns", "interactions")


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
    known = {text.lstrip("0") for one in products if chosen for text in _values(one, chosen)}
    made = [_field(one, chosen, known) for one in readings]
    return _padded(readings, made)


def _shared(products: Sequence[Reading], others: Sequence[Reading]) -> str | None:
    """The identifier of the product lists that other files use most."""
    best, most = None, 0.3
    for name in IDENTIFIERS:
        known = {text.lstrip("0") for one in products for text in _values(one, name)}
        shares = [_best_column(one, known)[1] for one in others]
        share = sum(shares) / len(shares) if shares else 0.0
        if share > most + 0.01:
            best, most = name, share
    return best


def _best_column(one: Reading, known: set[str]) -> tuple[str, float]:
    """The column of the file whose values are most often among the known, and how often; what was guessed wins ties."""
    guessed = {guess.column for name, guess in one.guesses.items() if name in IDENTIFIERS}
    best, most = "", 0.0
    for column in sorted(one.profiles, key=lambda column: column not in guessed):
        values = {text.lstrip("0") for text in _texts(one, column, is_ean=column == one.column("ean"))}
        share = len(values & known) / len(values) if values else 0.0
        if share > most + 0.05:
            best, most = column, share
    return best, most


def _values(one: Reading, name: str) -> list[str]:
    column = one.column(name)
    return _texts(one, column, is_ean=name == "ean") if column else []


def _texts(one: Reading, column: str, *, is_ean: bool) -> list[str]:
    found = []
    for text in one.profiles[column].values:
        try:
            found.append(ean13(text) if is_ean else plain_identifier(text))
        except IdentifierError:
            continue
    return found


def _field(one: Reading, chosen: str | None, known: set[str]) -> Field | None:
    names = [name for name in IDENTIFIERS if name in one.guesses]
    column, share = _best_column(one, known) if one.kind in NAMING else ("", 0.0)
    if share < 0.5 and not names:
        title = one.column("title")
        return Field(id_of=title) if title else None
    if share < 0.5:
        name = chosen if chosen in names else names[0]
        column = one.guesses[name].column
    return Field(column=column, ean=column == one.column("ean"), isrc=column == one.column("isrc"))


def _padded(readings: Sequence[Reading], fields: Sequence[Field | None]) -> list[Field | None]:
    """Fill up the zeros that some of the files lost, to the one length that the others have."""
    texts = [
        [text for text in _texts(one, field.column, is_ean=False) if text.isdigit()] if field and field.column else []
        for one, field in zip(readings, fields, strict=True)
    ]
    lengths = {len(text) for some in texts for text in some if any(other.startswith("0") for other in some)}
    if len(lengths) != 1:
        return list(fields)
    (length,) = lengths
    return [
        replace(field, pad=length)
        if field and some and not field.ean and any(len(text) < length for text in some)
        else field
        for field, some in zip(fields, texts, strict=True)
    ]
