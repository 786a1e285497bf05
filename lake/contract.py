"""Contracts: what a table holds, said once.

From a contract come the Delta schema, the table's SQL, the blocking checks, the dbt source and the data dictionary.
What a contract does not say is how its rows are computed beyond one short expression a column; that is a transform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from lake.types import arrow_type, duckdb_type

if TYPE_CHECKING:
    import pyarrow as pa

Layer = Literal["lake", "bronze", "silver", "gold"]
History = Literal["none", "scd2"]
# What every table is checked for by its contract: the name of the check and what it expects.
CONTRACT_CHECKS = {
    "schema": "the stored schema is the contract's",
    "unique_keys": "no key stands twice",
    "nulls": "no required value is missing",
    "bounds": "every number is finite and within its bounds",
    "allowed_values": "every value is one of those allowed",
}


@dataclass(frozen=True)
class Column:
    """One column: name, logical type (see :mod:`lake.types`), and a description a stranger understands.

    Attributes:
        source: dotted place in the source's document, ``artist.artistId``; None for a derived column.
        sql: a short expression over the other columns; excludes ``source``.
        unit: the unit of measurement, ``units``, ``EUR``, ``s``.
        nullable: whether a row may lack the value. A required value that is missing is a dead letter.
        minimum, maximum: inclusive bounds.
        allowed: the only values that may occur.
        personal: a natural person's data; stored as a keyed pseudonym only.
        free_text: prose that may name people; e-mails, phones and names in it are masked (:mod:`lake.masking`).
        default: the text taken when the source does not send the field at all.
        renamed_from: what the column was called before; ``lacquer migrate`` renames it where it is stored so.
    """

    name: str
    type: str
    description: str
    source: str | None = None
    sql: str | None = None
    unit: str | None = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    personal: bool = False
    default: str | None = None
    renamed_from: str | None = None
    free_text: bool = False

    def __post_init__(self) -> None:
        duckdb_type(self.type)
        if self.source and self.sql:
            raise ValueError(f"column {self.name}: give source or sql, not both")
        if self.personal and self.type != "string":
            raise ValueError(f"column {self.name}: personal data is kept as a pseudonym, so its type is string")

    @property
    def protection(self) -> str | None:
        """The SQL function (:func:`lake.personal.install_pseudonym`) that the value goes through; None: as it is."""
        return "pseudonym" if self.personal else "masked" if self.free_text else None


@dataclass(frozen=True)
class Rule:
    """A condition that a row must meet to enter the table; rows that do not become dead letters with ``reason``."""

    name: str
    sql: str
    reason: str
    columns: tuple[str, ...]


# What the storage core adds to every table that is merged by key.
POSITION = Column("source_position", "int64", "position of the change in its source; the greatest wins")
CHANGED_AT = Column("source_changed_at", "timestamp", "moment of the change in its source", nullable=True)
IS_DELETED = Column("is_deleted", "bool", "tombstone: the key was deleted in the source")
IS_CARRIED = Column("is_carried", "bool", "some value was carried over from an earlier change")


@dataclass(frozen=True)
class Contract:
    """What one table holds. ``grain`` says what a row is, ``key`` what makes it unique.

    Attributes:
        latest_by: column whose greatest value wins per key; None for append-only and overwritten tables.
        partition_by: columns of the Delta partitioning.
        references: column -> table whose key it is.
        rules: row conditions beyond the columns' own.
        history: ``scd2`` makes a second table ``<name>_history``.
        freshness_hours: hours since the table last changed, after which a check warns.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    layer: Layer = "silver"
    latest_by: str | None = None
    partition_by: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    history: History = "none"
    freshness_hours: int | None = None
    owner: str = "team:data-engineering"
    description: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{self.name}: columns declared twice: {', '.join(doubled)}")
        for what, wanted in (("key", self.key), ("partition_by", self.partition_by), ("references", self.references)):
            if unknown := [name for name in wanted if name not in names]:
                raise ValueError(f"{self.name}: {what} names columns that the contract lacks: {', '.join(unknown)}")
        # Merging compares keys with =, which never matches a null; a table that is overwritten may have one.
        if nullable := [name for name in self.key if self.is_merged and self[name].nullable]:
            raise ValueError(f"{self.name}: key columns cannot be nullable: {', '.join(nullable)}")
        if len(self.partition_by) > 1:
            raise ValueError(f"{self.name}: at most one partition column, for partitions are requested by one value")

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def is_merged(self) -> bool:
        """Whether the latest change per key wins (silver), rather than rows being appended or overwritten."""
        return self.latest_by is not None

    @property
    def partition(self) -> Column | None:
        """The partition column, if the table has one."""
        return self[self.partition_by[0]] if self.partition_by else None

    @cached_property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns of the Delta table: the contract's own, then what merging by key needs."""
        return (*self.columns, POSITION, CHANGED_AT, IS_DELETED, IS_CARRIED) if self.is_merged else self.columns

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The Delta table's schema. Only keys are required in storage, for a tombstone has nothing else."""
        import pyarrow as pa

        required = {column.name for column in self.columns if not column.nullable}
        if self.is_merged:
            required = {*self.key, POSITION.name, IS_DELETED.name, IS_CARRIED.name}
        return pa.schema(
            pa.field(column.name, arrow_type(column.type), nullable=column.name not in required)
            for column in self.stored_columns
        )

    def arrow_rows(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Rows, each by column, in the Delta table's types; what a row leaves out is null."""
        import pyarrow as pa

        return pa.Table.from_pylist([dict(row) for row in rows], self.arrow_schema)

    @property
    def public_columns(self) -> tuple[Column, ...]:
        """The columns that readers see: without the tombstone flags."""
        return (*self.columns, POSITION, CHANGED_AT) if self.is_merged else self.columns

    @property
    def statistics(self) -> tuple[str, ...]:
        """Columns whose minimum and maximum may stand in the log: keys, positions, partitions; never a name."""
        named = (*self.key, *((POSITION.name,) if self.is_merged else ()), *self.partition_by)
        personal = {column.name for column in self.columns if column.personal}
        return tuple(dict.fromkeys(name for name in named if name not in personal))
