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
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract
from lake.delta.views import snapshot_sql
from lake.ingest.restarts import SKEW, Extent, contradicting, earlier_break, gap_begin, later_break
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
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNSETTLED = (
    "rows are later than others by the clock and lower by their position, as logs that began anew came in pieces and "
    "late; which state counts is not sure: land a snapshot of the table"
)
Stored = Callable[[str, "tuple[int, int] | None"], "Extent | None"]
BEGINNING = -62_135_596_800_000_000  # the first moment of the year 1


@dataclass
class Epochs:
    """The epochs of one bronze table's sources, as far as they are known, and what bronze holds of each source.

    Attributes:
        known: source -> (begin, shift), the earliest first.
        stored: answers the extent of what bronze holds of a source, between two moments where they are given; None for
            nothing.
        found: epochs that are not on record yet, by source and begin, with how each was found.
        unsettled: source -> rows whose position and moment still contradict those of others.
    """

    known: dict[str, list[tuple[int, int]]]
    stored: Stored
    found: dict[tuple[str, int], str] = field(default_factory=dict)
    unsettled: dict[str, int] = field(default_factory=dict)
    _extents: dict[str, Extent | None] = field(default_factory=dict)
    _rows: dict[str, list[tuple[Numbers, Numbers]]] = field(default_factory=dict)

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
        import numpy as np

        if source not in self._extents:
            self._extents[source] = self.stored(source, None)
        before, order = self._extents[source], np.argsort(moments, kind="stable")
        for _ in range(len(raw) + 1):  # each round settles one contradiction
            shifted = raw + self._shifts(source, moments)
            rows = shifted[order], moments[order]
            if not any(settle(source, before, *rows) for settle in (self._extend, self._add_earlier, self._add_later)):
                break
        self._count_unsettled(source, before, *rows)
        self._extents[source] = Extent.of(shifted, moments) | before
        self._rows.setdefault(source, []).append((shifted, moments))
        return shifted

    def _count_unsettled(self, source: str, before: Extent | None, positions: Numbers, moments: Numbers) -> None:
        """Count rows whose place is not sure: pieces of several logs that came too late to be told apart."""
        if not self.known.get(source):
            return
        first, last = int(moments[0]), int(moments[-1])
        is_late = before is not None and first <= before.last
        sooner = self._between(source, BEGINNING, first - SKEW) if is_late else None
        later = self._between(source, last + SKEW, before.last + 1) if is_late and before else None
        self.unsettled[source] = self.unsettled.get(source, 0) + contradicting(positions, moments, sooner, later)

    def _shifts(self, source: str, moments: Numbers) -> Numbers:
        import numpy as np

        epochs = self.known.get(source)
        if not epochs:
            return np.zeros(len(moments), np.int64)
        begins, shifts = np.array([begin for begin, _ in epochs]), np.array([0, *(shift for _, shift in epochs)])
        return np.asarray(shifts[np.searchsorted(begins, moments, side="right")], np.int64)

    def _extend(self, source: str, _: Extent | None, positions: Numbers, moments: Numbers) -> bool:
        """Whether rows lie before the begin of an epoch and are of it: then it began earlier."""
        known = self.known.get(source, [])
        for place, (begin, shift) in enumerate(known):
            since = known[place - 1][0] if place else BEGINNING
            if begin == BEGINNING or not ((moments >= since) & (moments < begin)).any():
                continue
            old = self._between(source, since, begin)
            if (earlier := gap_begin(positions, moments, old, begin)) is not None:
                self._add(source, earlier, shift, "rows that came late show that an epoch began earlier")
                return True
        return False

    def _between(self, source: str, since: int, begin: int) -> Extent | None:
        """What is stored from ``since`` until ``begin``, and what came in this time."""
        found = self.stored(source, (since, begin))
        for positions, moments in self._rows.get(source, []):
            within = (moments >= since) & (moments < begin)
            if within.any():
                found = Extent.of(positions[within], moments[within]) | found
        return found

    def _add_earlier(self, source: str, before: Extent | None, positions: Numbers, moments: Numbers) -> bool:
        """Whether rows are earlier than what is stored, and yet beyond it: then they are of an epoch before."""
        count = earlier_break(positions, moments, before) if before else None
        if before is None or count is None:
            return False
        low = min([before.low, *positions[count:].tolist()])
        begin = min([before.first, *moments[count:].tolist()])
        down, base = low - int(positions[:count].max()) - ROOM, int(self._shifts(source, moments[count - 1 :])[0])
        for since, shift in [one for one in self.known.get(source, []) if one[0] < begin]:
            self._add(source, since, shift + down, "an epoch before late rows")
        if not any(since == BEGINNING for since, _ in self.known.get(source, [])):
            self._add(source, BEGINNING, down, "a late file has higher positions at earlier moments")
        if not any(since == begin for since, _ in self.known[source]):
            self._add(source, begin, base, "what was stored before that late file")
        return True

    def _add_later(self, source: str, before: Extent | None, positions: Numbers, moments: Numbers) -> bool:
        """Whether from some row on all are later than what came before, and all positions lower."""
        place = later_break(positions, moments, before)
        if place is None:
            return False
        top = max([*positions[:place].tolist(), *([before.high] if before else [])])
        base = int(self._shifts(source, moments[place : place + 1])[0])
        shift = base + top - int(positions[place:].min()) + ROOM
        self._add(source, int(moments[place]), shift, f"positions went back from {top} to {positions[place]}")
        return True

    def _add(self, source: str, begin: int, shift: int, words: str) -> None:
        epochs = [one for one in self.known.get(source, []) if one[0] != begin]
        self.known[source] = sorted([*epochs, (begin, shift)])
        self.found[source, begin] = words

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the epochs that were found."""
        told = []
        for (source, begin), words in self.found.items():
            if words.startswith("positions"):
                at = f"{_moment(begin):%Y-%m-%dT%H:%M:%S}Z"
                told.append(f"{source}: {words} at {at}; a new epoch begins and outranks the earlier one")
            elif words.startswith("a late"):
                told.append(f"{source}: {words}; they are taken for an epoch before")
        return (*told, *(f"{source}: {count:,} {_UNSETTLED}" for source, count in self.unsettled.items() if count))


def extent(
    con: duckdb.DuckDBPyConnection, snapshot: DeltaTable, source: str, between: tuple[int, int] | None
) -> Extent | None:
    """Positions and moments of what bronze holds of a source, between two moments where they are given."""
    moment = "epoch_us(changed_at)"
    within = f"and {moment} >= {between[0]} and {moment} < {between[1]}" if between else ""
    found = con.execute(
        f"select min(position), max(position), min({moment}), max({moment}) from ({snapshot_sql(snapshot)}) "
        f"where source = $source and position is not null and changed_at is not null {within}",
        {"source": source},
    ).fetchall()[0]
    return None if found[0] is None else Extent(*found)


def read_epochs(lake: Lake, table_name: str, stored: Stored) -> Epochs:
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
    rows: list[dict[str, Any]] = [
        {"table_name": table_name, "source": source, "begins_at": _moment(begin)}
        | {"shift": dict(epochs.known[source])[begin], "note": words, "noted_at": now}
        for (source, begin), words in epochs.found.items()
    ]
    found = {(row["source"], row["begins_at"]) for row in rows}

    def revised(standing: list[dict[str, Any]]) -> list[dict[str, Any]]:
        others = [one for one in standing if one["table_name"] != table_name]
        own = [one for one in standing if one["table_name"] == table_name]
        return [*others, *(one for one in own if (one["source"], one["begins_at"]) not in found), *rows]

    lake.journal(POSITION_EPOCHS).revise(revised)


def _moment(microseconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=microseconds)
