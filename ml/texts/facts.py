"""Facts of a release that a text may state, each with the column that it comes from."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KINDS = {
    "title": "name",
    "artist_name": "name",
    "label_name": "name",
    "genre": "name",
    "format": "name",
    "release_date": "date",
    "release_year": "year",
    "list_price": "money",
    "currency": "name",
    "bpm": "tempo",
}
FACTS_SQL = f"select release_id, {', '.join(KINDS)} from gold.dim_release where release_id = $release"


@dataclass(frozen=True)
class Fact:
    """A value that may be stated; `kind` says beside which units a number may stand."""

    name: str
    kind: str
    value: str | float | dt.date
    source: str


def facts_of(row: Mapping[str, object], source: str = "gold.dim_release") -> list[Fact]:
    """The facts of a row of the catalogue, without what is empty."""
    facts = []
    for name, kind in KINDS.items():
        value = row.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, int | float | Decimal):
            value = float(value)
        if not isinstance(value, str | float | dt.date):
            raise TypeError(f"{name}: a fact is text, a number or a date, not {type(value).__name__}")
        facts.append(Fact(name, kind, value, f"{source}.{name}"))
    return facts


def fact_from(values: Mapping[str, Any]) -> Fact:
    """The fact from the values that a request keeps of it: name, kind, value and source."""
    value = values["value"]
    if values["kind"] == "date":
        value = dt.date.fromisoformat(value)
    return Fact(values["name"], values["kind"], value, values["source"])
