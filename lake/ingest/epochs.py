"""Epochs of a source's positions: they begin anew after a failover, with a new cluster, or when their unit changes.

A position orders changes within one log only. Where all that follows is later by the source's clock and lower by its
position, a new epoch begins; where a late file is earlier by the clock and higher by its position, it belongs to an
epoch before. The positions of an epoch are shifted as a whole, so that a later epoch outranks an earlier one. An epoch
is on record before rows of it are appended: a rerun after a kill, and a late row, get the same shift.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.views import snapshot_sql
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa
    from deltalake import DeltaTable

    Numbers = npt.NDArray[np.int64]

POSITION_EPOCHS = Contract(
    name="position_epochs",
    layer="lake",
    grain="one row per bronze table, source and epoch of its positions",
    description="Rows whose moment of change is at or after `begins_at` have `shift` added to their source's position.",
    key=("table_name", "source", "begins_at"),
    columns=(
        Column("table_name", "string", "bronze table"),
        Column("source", "string", "table of the source"),
        Column("begins_at", "timestamp", "first moment of change of the epoch"),
        Column("shift", "int64", "what is added to the positions of the source"),
        Column("note", "string", "how it was found"),
        Column("noted_at", "timestamp", "moment it was found"),
    ),
)
# Room for rows of an epoch that come late, beyond those that are known: 8,192 binlog files, or 32 TiB of a log.
ROOM = 1 << 45
# By how much clocks of one log may contradict its positions, in microseconds.
SKEW = 10_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BEGINNING = -62_135_596_800_000_000  # the first moment of the year 1


@dataclass(frozen=True)
class Extent:
    """The positions and moments, in microseconds since 1970, of the rows of one source."""

    low: int
    high: int
    first: int
    last: int

    def __or__(self, other: Extent | None) -> Extent:
        if other is None:
            return self
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Extent(min(self.low, other.low), max(self.high, other.high), first, last)


@dataclass
class Epochs:
    """The epochs of one bronze table's sources, as far as they are known, and what bronze holds of each source.

    Attributes:
        known: source -> (begin, shift), the earliest first.
        stored: answers the extent of what bronze holds of a source; None for nothing.
        found: epochs that are not on record yet, by source and begin, with how each was found.
    """

    known: dict[str, list[tuple[int, int]]]
    stored: Callable[[str], Extent | None]
    found: dict[tuple[str, int], str] = field(default_factory=dict)
    _extents: dict[str, Extent | None] = field(default_factory=dict)

    def renumbered(self, rows: pa.Table) -> pa.Table:
        """The rows of one file, in its order, with the positions of their epochs."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        sources = rows.column("source").combine_chunks().dictionary_encode()
        whole = pc.and_(pc.is_valid(rows.column("position")), pc.is_valid(rows.column("changed_at")))
        usable = whole.combine_chunks().to_numpy(zero_copy_only=False)
        positions = pc.fill_null(rows.column("position"), 0).to_numpy().copy()
        moments = pc.fill_null(rows.column("changed_at").cast(pa.int64()), 0).to_numpy()
        codes, changed = sources.indices.to_numpy(), False
        for code, source in enumerate(sources.dictionary.to_pylist()):
            at = np.flatnonzero((codes == code) & usable)
            if len(at):
                renumbered = self._of_source(source, positions[at], moments[at])
                changed |= bool((renumbered != positions[at]).any())
                positions[at] = renumbered
        if not changed:
            return rows
        column = pa.array(positions, pa.int64(), mask=pc.is_null(rows.column("position")).to_numpy())
        return rows.set_column(rows.column_names.index("position"), "position", column)

    def _of_source(self, source: str, raw: Numbers, moments: Numbers) -> Numbers:
        if source not in self._extents:
            self._extents[source] = self.stored(source)
        before = self._extents[source]
        shifted = raw + self._shifts(source, moments)
        is_earlier = before is not None and self._add_earlier(source, before, shifted, moments)
        if is_earlier or self._add_later(source, before, shifted, moments):
            shifted = raw + self._shifts(source, moments)
        low, high, first, last = shifted.min(), shifted.max(), moments.min(), moments.max()
        self._extents[source] = Extent(int(low), int(high), int(first), int(last)) | before
        return shifted

    def _shifts(self, source: str, moments: Numbers) -> Numbers:
        import numpy as np

        epochs = self.known.get(source)
        if not epochs:
            return np.zeros(len(moments), np.int64)
        begins, shifts = np.array([begin for begin, _ in epochs]), np.array([0, *(shift for _, shift in epochs)])
        return np.asarray(shifts[np.searchsorted(begins, moments, side="right")], np.int64)

    def _add_earlier(self, source: str, before: Extent, positions: Numbers, moments: Numbers) -> bool:
        """Whether all rows are earlier than what is stored, and yet beyond it: then they are of an epoch before."""
        if moments.max() + SKEW >= before.first or positions.min() <= before.high:
            return False
        base = int(self._shifts(source, moments[:1])[0])
        shift = base + before.low - int(positions.max()) - ROOM
        self._add(source, BEGINNING, shift, "a late file has higher positions at earlier moments")
        self._add(source, before.first, base, "what was stored before that late file")
        return True

    def _add_later(self, source: str, before: Extent | None, positions: Numbers, moments: Numbers) -> bool:
        """Whether from some row on all are later than what came before, and all positions lower."""
        import numpy as np

        top = np.maximum.accumulate(positions)
        latest = np.maximum.accumulate(moments)
        top, latest = np.concatenate([top[:1], top[:-1]]), np.concatenate([latest[:1], latest[:-1]])
        if before is not None:
            top[0], latest[0] = before.high, before.last
            top, latest = np.maximum.accumulate(top), np.maximum.accumulate(latest)
        to_come = np.maximum.accumulate(positions[::-1])[::-1]
        earliest = np.minimum.accumulate(moments[::-1])[::-1]
        places = np.flatnonzero((earliest > latest + SKEW) & (to_come < top))
        if not len(places):
            return False
        place = places[0]
        base = int(self._shifts(source, earliest[place : place + 1])[0])
        shift = base + int(top[place]) - int(positions[place:].min()) + ROOM
        words = f"positions went back from {top[place]} to {positions[place]}"
        self._add(source, int(earliest[place]), shift, words)
        return True

    def _add(self, source: str, begin: int, shift: int, words: str) -> None:
        epochs = [one for one in self.known.get(source, []) if one[0] != begin]
        self.known[source] = sorted([*epochs, (begin, shift)])
        self.found[source, begin] = words

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the epochs that were found."""
        return tuple(
            f"{source}: {words} at {_moment(begin):%Y-%m-%dT%H:%M:%S}Z; a new epoch begins and outranks the earlier one"
            for (source, begin), words in self.found.items()
            if words.startswith("positions")
        ) + tuple(
            f"{source}: {words}; they are taken for an epoch before"
            for (source, _), words in self.found.items()
            if words.startswith("a late")
        )


def extent(con: duckdb.DuckDBPyConnection, snapshot: DeltaTable, source: str) -> Extent | None:
    """Positions and moments of what bronze holds of a source."""
    found = con.execute(
        "select min(position), max(position), epoch_us(min(changed_at)), epoch_us(max(changed_at)) "
        f"from ({snapshot_sql(snapshot)}) where source = $source and position is not null and changed_at is not null",
        {"source": source},
    ).fetchall()[0]
    return None if found[0] is None else Extent(*found)


def read_epochs(lake: Lake, table_name: str, stored: Callable[[str], Extent | None]) -> Epochs:
    """The epochs on record of a bronze table."""
    rows = lake.journal(POSITION_EPOCHS).select(
        "select source, begins_at, shift from journal where table_name = $name order by all", {"name": table_name}
    )
    known: dict[str, list[tuple[int, int]]] = {}
    for source, begins, shift in rows:
        known.setdefault(source, []).append(((begins - EPOCH) // dt.timedelta(microseconds=1), shift))
    return Epochs(known, stored)


def note_epochs(lake: Lake, table_name: str, epochs: Epochs) -> None:
    """Put the epochs that were found on record."""
    if not epochs.found:
        return
    now = dt.datetime.now(dt.UTC)
    rows = [
        {
            "table_name": table_name,
            "source": source,
            "begins_at": _moment(begin),
            "shift": dict(epochs.known[source])[begin],
            "note": words,
            "noted_at": now,
        }
        for (source, begin), words in epochs.found.items()
    ]
    lake.journal(POSITION_EPOCHS).note_new(rows)


def _moment(microseconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=microseconds)
