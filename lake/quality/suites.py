"""What a suite of expectations is: a question about a table that a business person would ask, and what is expected.

Suites go beyond contracts, which say what a value may be: they say what a distributor's data looks like. How an
expectation is evaluated is Great Expectations' business (``resources.suites``); here are plain values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

TABLE_NAME = re.compile(r"\b(bronze|silver|gold)\.(\w+)")


@dataclass(frozen=True)
class Expectation:
    """One expectation.

    Attributes:
        kind: as Great Expectations calls it, without ``expect_``.
        because: why it is expected, in one sentence that a person of the business understands.
        arguments: the expectation's arguments: column, bounds, ``mostly``.
    """

    kind: str
    because: str
    arguments: Mapping[str, Any]


def expect(kind: str, because: str, /, **arguments: Any) -> Expectation:
    """An expectation, in the order in which a person reads it."""
    return Expectation(kind, because, arguments)


@dataclass(frozen=True)
class Suite:
    """Expectations of one table, and the rows that they look at.

    Attributes:
        name: of the suite and, behind ``suite_``, of its check.
        table: ``layer/name``, the table that the check belongs to.
        question: what the suite answers.
        query: SQL of DuckDB over tables named with their layer; decimals cast to double.
        row: columns of the query that name a row.
        partition: column that names the table's partition, where it has one.
        expectations: what is expected of the rows.
    """

    name: str
    table: str
    question: str
    query: str
    row: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    partition: str | None = None

    @property
    def check(self) -> str:
        """The name of the suite's check."""
        return f"suite_{self.name}"

    @property
    def tables(self) -> list[str]:
        """The keys of the tables that the query reads."""
        return sorted({f"{layer}/{name}" for layer, name in TABLE_NAME.findall(self.query)})

    def missing(self, versions: Mapping[str, int]) -> list[str]:
        """The tables that it needs and a state lacks."""
        return [key for key in self.tables if key not in versions]

    def fingerprint(self, versions: Mapping[str, int]) -> str:
        """What a result rests on: the versions of the tables and the suite itself."""
        stands_on = [(key, versions[key]) for key in self.tables]
        return sha256(repr((stands_on, self)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Finding:
    """What came of one expectation.

    Attributes:
        kind, because, arguments: of the expectation.
        passed: whether it is met.
        observed: what was seen, in words.
        rows: how many rows were looked at.
        unexpected: how many of them are not as expected.
        partitions: number of unexpected rows by partition, the most first.
        examples: some unexpected rows: the columns that name them, and the value.
    """

    kind: str
    because: str
    arguments: dict[str, Any]
    passed: bool
    observed: str
    rows: int = 0
    unexpected: int = 0
    partitions: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)

    @property
    def column(self) -> str:
        """The column, or the pair of columns, that it is about."""
        given = self.arguments
        pair = [given[name] for name in ("column", "column_A", "column_B") if name in given]
        return ", ".join(pair or given.get("column_list", []))

    @property
    def expected(self) -> str:
        """The expectation in words: kind and arguments."""
        words = self.kind.replace("_", " ")
        rest = {name: value for name, value in self.arguments.items() if not name.startswith("column")}
        return " ".join([words, *(f"{name}={value}" for name, value in rest.items())])

    def __str__(self) -> str:
        where = f" in {', '.join(list(self.partitions)[:3])}" if self.partitions else ""
        return f"{self.column or 'rows'}: {self.expected}: {self.observed}{where}"


def by_partition(rows: list[Mapping[str, Any]], partition: str | None) -> dict[str, int]:
    """Number of rows by partition, the most first."""
    if partition is None:
        return {}
    return dict(Counter(as_text(row[partition]) for row in rows).most_common())


def as_text(value: object) -> str:
    """A value of a row; of a day without a time only the day."""
    return str(value).removesuffix(" 00:00:00")
