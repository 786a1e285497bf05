"""What is asked of the ERP's database, whichever it is: one consistent snapshot, with every value as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

Row = dict[str, str | None]
Key = tuple[str, ...]


@dataclass(frozen=True)
class SourceTable:
    """A table of the ERP that is pulled.

    Attributes:
        name: as it is called in the lake, ``order_lines``.
        relation: table or view in the database, with its schema.
        key: its key columns.
        watermark: column that grows with every change: a moment, a day, or a counter.
        look_back: how far behind the watermark a pull looks for what came late: a duration, or a number of a counter.
        all_keys: whether each pull compares all keys, to find what was deleted or came late any time before.
        day: column by whose days the table is reconciled; None: it is not.
        sums: columns, or products of columns, that are summed when it is reconciled.
    """

    name: str
    relation: str
    key: tuple[str, ...]
    watermark: str
    look_back: dt.timedelta | int
    all_keys: bool = False
    day: str | None = None
    sums: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Window:
    """The rows whose watermark is greater than ``after`` and not greater than ``until``; None does not bound.

    ``with_unmarked`` adds the rows without a watermark.
    """

    after: str | None
    until: str | None = None
    with_unmarked: bool = False


class SourceSnapshot(Protocol):
    """One consistent state of the database: every question is answered from it."""

    def now(self) -> dt.datetime:
        """The database's clock when the snapshot was taken."""

    def newest(self, table: SourceTable, not_after: dt.datetime) -> str | None:
        """The greatest watermark, of moments and days none later than ``not_after``; None for a table without any."""

    def earlier(self, table: SourceTable, watermark: str) -> str:
        """The watermark that lies the table's ``look_back`` before."""

    def rows(self, table: SourceTable, window: Window) -> Iterator[list[Row]]:
        """The window's rows in batches, by watermark and key."""

    def rows_of(self, table: SourceTable, keys: Sequence[Key]) -> Iterator[list[Row]]:
        """The rows with these keys, in batches."""

    def keys(self, table: SourceTable) -> Iterator[list[Row]]:
        """Key and watermark of every row, in batches."""
