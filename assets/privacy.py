"""The record of processing (GDPR, article 30), written from the contracts: which personal data is where, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assets.checks import every_contract
from assets.silver import FEEDS
from lake.contract import Contract
from lake.silver.sql import Feed


@dataclass(frozen=True)
class Purpose:
    """Whose data a table holds, and why."""

    people: str
    why: str


PURPOSES = {
    "buyers": Purpose("contacts of buyers", "to join and count contacts without knowing them"),
    "reviews": Purpose("authors of published reviews", "to weigh reviews by author and to analyse what they say"),
    "mentions": Purpose("people named in posts", "to analyse what posts say of releases and artists"),
    "sales_feedback": Purpose("people who corrected a figure", "to know which corrections one person made"),
}
AS_CAME = "as it came; who may read the lake's folder reads it"
PROTECTIONS = {
    "pseudonym": "keyed pseudonym (HMAC-SHA256), or empty without LACQUER_PSEUDONYM_KEY",
    "masked": "e-mails, phones and names of people masked",
}


@dataclass(frozen=True)
class Holding:
    """A column that holds personal data, and what protects it."""

    table: str
    column: str
    description: str
    source: str
    purpose: Purpose
    protection: str
    retention_days: int


def holdings(retention: Mapping[str, int]) -> list[Holding]:
    """Every column that holds personal data, by table, and the bronze table that it comes from.

    All assets must be imported.

    Args:
        retention: days that unused versions stay, by layer.
    """
    found = [one for contract in _protected() for one in _of(contract, retention[contract.layer])]
    people: dict[str, set[str]] = {}
    for contract in _protected():
        if contract.name in FEEDS:
            people.setdefault(FEEDS[contract.name].bronze, set()).add(PURPOSES[contract.name].people)
    for bronze, of in people.items():
        purpose = Purpose(", ".join(sorted(of)), "to compute silver again and to show where a number came from")
        words = "the lines as they landed"
        found.append(Holding(f"bronze/{bronze}", "payload", words, "all", purpose, AS_CAME, retention["bronze"]))
    return sorted(found, key=lambda one: (one.table, one.column))


def protected_columns() -> dict[str, list[str]]:
    """By table, its columns of pseudonyms. All assets must be imported."""
    return {
        f"{contract.layer}/{contract.name}": [column.name for column in contract.columns if column.personal]
        for contract in _protected()
    }


def with_pseudonyms() -> list[tuple[Contract, Feed]]:
    """The silver tables that hold pseudonyms, with the feeds they are made from; their histories go with them."""
    found = [contract for contract in _protected() if any(column.personal for column in contract.columns)]
    return [(contract, FEEDS[contract.name]) for contract in found if contract.name in FEEDS]


def _protected() -> list[Contract]:
    """Contracts beyond bronze with columns that are protected."""
    every = (contract for _, contract in sorted(every_contract().items()) if contract.layer != "bronze")
    return [contract for contract in every if any(column.protection for column in contract.columns)]


def _of(contract: Contract, days: int) -> Iterator[Holding]:
    purpose, key = PURPOSES[contract.name.removesuffix("_history")], f"{contract.layer}/{contract.name}"
    for column in contract.columns:
        if column.protection is not None:
            protection = PROTECTIONS[column.protection]
            yield Holding(key, column.name, column.description, column.source or "", purpose, protection, days)


def as_markdown(found: list[Holding]) -> str:
    """The record as a page."""
    head = "| table | column | what | field of the source | whose data | why | protection | unused versions stay |"
    lines = [
        "# Record of processing",
        "",
        "Personal data in the lake (GDPR, article 30), written from its contracts. The days are those of the settings",
        "`LACQUER_RETENTION_..._DAYS`; on the page of the documentation, of their defaults.",
        "",
        head,
    ]
    lines.append("|" + "---|" * 8)
    for one in found:
        cells = (one.table, one.column, one.description, one.source, one.purpose.people, one.purpose.why)
        lines.append(f"| {' | '.join(cells)} | {one.protection} | {one.retention_days} days |")
    return "\n".join(lines) + "\n"
