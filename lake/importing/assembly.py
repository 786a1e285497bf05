"""What a table's fields are made of: columns of the file, constants for what it lacks, and notes of what is assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lake.importing.concepts import plain
from lake.importing.grid import Source
from lake.importing.layout import Layout
from lake.importing.mapping import Field
from lake.importing.proposal import Reading

SERVICES = (
    "^(versand|porto|fracht|shipping|postage|frais de port|port|livraison|handling|gutschein|voucher|gift card|rabatt|"
    "discount|remise|bearbeitungsgeb|transport)"
)
RETURNS = "gutschrift|storno|retour|rueckgabe|rückgabe|credit|refund|return|cancel|avoir|annul|^(re|g2|cr|zre|s1|rk)$"
KINDS = {
    "chain": r"kette|chain|filialist|chaine|grande surface|key account|gms|mass",
    "streaming": r"stream|digital|dsp|plateforme|download",
    "wholesale": r"gross|wholesale|distribut|export|vertrieb|one.?stop",
    "shop": r"laden|shop|store|haendler|handel|magasin|disquaire|retail|indie|detail|fach",
}
DSPS = re.compile(
    r"spotify|apple music|itunes|deezer|tidal|amazon music|youtube|qobuz|napster|soundcloud", re.IGNORECASE
)


@dataclass
class Assembly:
    """One file on its way to a mapping.

    ``notes`` says what was assumed and deserves a look; ``headers`` is the pattern and reading of a file of orders
    without lines, in which the day of this file's orders may stand.
    """

    source: Source
    layout: Layout
    reading: Reading
    release: Field | None
    currency: str
    notes: list[str] = field(default_factory=list)
    headers: tuple[str, Reading] | None = None

    def column(self, concept: str, **more: object) -> Field | None:
        """The field of a concept's column, with its date formats; None where the file has none."""
        name = self.reading.column(concept)
        if name is None:
            return None
        formats = self.reading.profiles[name].formats
        return Field(column=name, format=formats, **more)  # type: ignore[arg-type]

    def looked_up(self, concept: str) -> Field | None:
        """The field of a concept that stands in the file of orders; None where there is none."""
        key = self.reading.column("order_id")
        if self.headers is None or key is None:
            return None
        pattern, other = self.headers
        there, value = other.column("order_id"), other.column(concept)
        if there is None or value is None:
            return None
        return Field(column=key, lookup=(pattern, there, value), format=other.profiles[value].formats)

    def or_constant(self, concept: str, value: str, note: str = "") -> Field:
        """The field of the concept, or a constant, of which a note is taken."""
        found = self.column(concept)
        if found is None and note:
            self.notes.append(f"{self.source.path.name}: {note}")
        return found or Field(constant=value)

    def money(self) -> Field:
        """The currency: of its column, of the sign in a price, or that of the import."""
        if found := self.column("currency"):
            return found if self.filled("currency") else Field(column=found.column, default=self.currency)
        signs = [one.currency for one in self.reading.profiles.values() if one.currency]
        if signs:
            return Field(constant=max(set(signs), key=signs.count))
        self.notes.append(f"{self.source.path.name}: no column of currencies; {self.currency} is assumed")
        return Field(constant=self.currency)

    def filled(self, concept: str) -> bool:
        """Whether the concept's column has a value in every sampled row."""
        name = self.reading.column(concept)
        return name is not None and self.reading.profiles[name].filled >= 0.9999

    def texts(self, concept: str) -> tuple[str, ...]:
        """Distinct values of the concept's column."""
        name = self.reading.column(concept)
        return self.reading.profiles[name].values if name else ()


def decimal_of(source: Source, reading: Reading) -> str:
    """The decimal sign of the file's numbers; of a workbook either, as only its texts have a comma."""
    if source.form != "csv":
        return "either"
    used = [reading.profiles[guess.column].decimal for guess in reading.guesses.values()]
    votes = [one for one in used if one] or [one.decimal for one in reading.profiles.values() if one.decimal]
    if votes:
        return max(set(votes), key=lambda sign: (votes.count(sign), sign == ","))
    return "," if source.delimiter == ";" else "."


def kind_values(texts: Sequence[str]) -> dict[str, str]:
    """Kinds of buyers in the file's words -> in the lake's; what says nothing is left out."""
    found = {}
    for text in texts:
        for kind, pattern in KINDS.items():
            if re.search(pattern, plain(text)):
                found[text] = kind
                break
    return found


def cleaned(fields: Mapping[str, Field | None]) -> dict[str, Field]:
    """The fields that there are."""
    return {name: one for name, one in fields.items() if one is not None}
