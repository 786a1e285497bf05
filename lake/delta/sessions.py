"""A run's view of the lake: the versions pinned at its start, advanced only by what it writes itself.

Pins are rows of a Delta table, so that each step of a run sees the same in whatever process it runs, and so that
vacuum keeps the files. Versions only grow; a session's version of a table is the greatest it has pinned.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.commits import commit_properties, with_retries
from lake.delta.log import entry_of
from lake.delta.table import Table
from lake.delta.views import literal, reading_connection, snapshot_sql

if TYPE_CHECKING:
    from deltalake import DeltaTable

PINS = Contract(
    name="pins",
    layer="lake",
    grain="one row per run and table version that the run holds",
    key=("run_id", "table_name", "version"),
    partition_by=("run_id",),
    columns=(
        Column("run_id", "string", "the run"),
        Column("table_name", "string", "layer and name, silver/orders"),
        Column("version", "int64", "the Delta version"),
        Column("is_own", "bool", "written by the run itself, rather than found at its start"),
        Column("pinned_at", "timestamp", "moment of the pin"),
    ),
)
OPEN = 16  # sessions that a process keeps at hand
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Session:
    """The versions that one run works on. Opening it twice gives the same pins.

    Args:
        root: of the lake.
        run_id: the run.
        newest: asked for the newest version of every table, where the run has no pins yet.
        published: the versions that readers see.
    """

    def __init__(
        self, root: Path, run_id: str, newest: Callable[[], Mapping[str, int]], published: Mapping[str, int]
    ) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"run id {run_id!r}: use letters, digits, - and _, at most 64")
        self.run_id = run_id
        self._table = Table(root / "lake" / PINS.name, PINS)
        self._own: DeltaTable | None = None
        self._published = published
        self._read()
        if not self.versions:
            self._table.create()
            self._take_up(with_retries(self._table.path, partial(self._pin_once, newest)))

    def _pin_once(self, newest: Callable[[], Mapping[str, int]], snapshot: DeltaTable) -> list[tuple[str, int, bool]]:
        """Pin what is newest, unless the run has pins; one that was closed and goes on begins anew."""
        if not self._pins(snapshot):
            app = f"pinned:{self.run_id}"
            taken = {app: (snapshot.transaction_version(app) or 0) + 1}
            self._append(newest().items(), own=False, snapshot=snapshot, expiring=taken)
        return self._pins(snapshot)

    def _pins(self, snapshot: DeltaTable) -> list[tuple[str, int, bool]]:
        """Table, greatest pinned version, and whether the run has written it."""
        sql = (
            f"select table_name, max(version), bool_or(is_own) from ({snapshot_sql(snapshot)}) "
            f"where run_id = {literal(self.run_id)} group by table_name"
        )
        return reading_connection().execute(sql).fetchall()

    def _append(
        self,
        versions: Iterable[tuple[str, int]],
        *,
        own: bool,
        snapshot: DeltaTable,
        expiring: Mapping[str, int] | None = None,
    ) -> None:
        import pyarrow as pa
        from deltalake import write_deltalake

        now = dt.datetime.now(dt.UTC)
        rows = [
            {"run_id": self.run_id, "table_name": key, "version": version, "is_own": own, "pinned_at": now}
            for key, version in versions
        ]
        properties = commit_properties(snapshot, {}, serial=False, expiring=expiring)
        data = pa.Table.from_pylist(rows, PINS.arrow_schema)
        write_deltalake(snapshot, data, mode="append", commit_properties=properties)

    def reload(self) -> None:
        """Read the pins anew if anybody has written since, as another process of the same run may have done."""
        if entry_of(self._table.path, self._table.version()) != self._seen:
            self._read()

    def _read(self) -> None:
        version = self._table.version()
        self._seen = entry_of(self._table.path, version)
        self._take_up(self._pins(self._table.shared(version)) if version >= 0 else [])

    def _take_up(self, pins: list[tuple[str, int, bool]]) -> None:
        self.versions: dict[str, int] = {key: version for key, version, _ in pins}
        self.written: set[str] = {key for key, _, own in pins if own}

    def advance(self, key: str, version: int) -> None:
        """Take up a version that this run has written, or found to be what it would have written."""
        pinned = self.versions.get(key, -1)
        if pinned >= version and (key in self.written or self._published.get(key, -1) >= pinned):
            return
        if self._own is None:
            self._own = self._table.snapshot()
        # An append fits whatever others have written since, so all of a session's go through one snapshot.
        with_retries(self._table.path, partial(self._advance_once, key, version), self._own)
        self.versions[key] = max(version, self.versions.get(key, -1))
        self.written.add(key)

    def _advance_once(self, key: str, version: int, snapshot: DeltaTable) -> None:
        before = snapshot.version()
        self._append([(key, version)], own=True, snapshot=snapshot)
        is_alone = self._seen is not None and self._seen.version == before and snapshot.version() == before + 1
        self._seen = entry_of(self._table.path, snapshot.version()) if is_alone else None

    def catch_up(self, read: Mapping[str, int], published: Mapping[str, int]) -> None:
        """Take up published versions that another run has already used for a table of ours: none is made anew of less.

        Args:
            read: the versions that the stored table was computed from.
            published: what readers see by now.
        """
        newer = {key: at for key, at in read.items() if self.versions.get(key, -1) < at <= published.get(key, -1)}
        if newer:
            self._own = None
            with_retries(self._table.path, lambda at: self._append(newer.items(), own=False, snapshot=at))
            self.versions |= newer

    def began_with(self) -> dict[str, int]:
        """The versions that were pinned at the start, by table; what the run has made itself is not among them."""
        if self._table.version() < 0:
            return {}
        sql = (
            f"select table_name, min(version) from ({snapshot_sql(self._table.shared())}) "
            f"where run_id = {literal(self.run_id)} and not is_own group by table_name"
        )
        return dict(reading_connection().execute(sql).fetchall())

    def close(self) -> None:
        """Give the pins back, so that vacuum may take what only this run held."""
        with_retries(self._table.path, lambda at: at.delete(f"run_id = {literal(self.run_id)}"))


_open: dict[tuple[int, Path, str], Session] = {}


def open_session(
    root: Path, run_id: str, newest: Callable[[], Mapping[str, int]], published: Callable[[], Mapping[str, int]]
) -> Session:
    """The run's session, for each of its steps; a process reads the pins again only where others have written."""
    key = os.getpid(), root, run_id
    if key in _open:
        _open[key].reload()
    if key not in _open or not _open[key].versions:
        while len(_open) >= OPEN:
            del _open[next(iter(_open))]
        _open[key] = Session(root, run_id, newest, published())
    return _open[key]


def pinned_versions(root: Path) -> dict[str, set[int]]:
    """Versions held by open sessions, by table."""
    table = Table(root / "lake" / PINS.name, PINS)
    held: dict[str, set[int]] = {}
    if table.exists():
        rows = reading_connection().execute(f"select table_name, version from ({snapshot_sql(table.shared())})")
        for key, version in rows.fetchall():
            held.setdefault(key, set()).add(version)
    return held


def unpublished_work(root: Path, tables: Collection[str], published: Mapping[str, int]) -> set[str]:
    """Runs whose sessions have written one of the tables at a version that is newer than what readers see."""
    table = Table(root / "lake" / PINS.name, PINS)
    if not table.exists():
        return set()
    sql = f"select distinct run_id, table_name, version from ({snapshot_sql(table.shared())}) where is_own"
    rows = reading_connection().execute(sql).fetchall()
    return {run for run, key, version in rows if key in tables and version > published.get(key, -1)}


def open_sessions(root: Path) -> dict[str, dt.datetime]:
    """Runs that hold pins, each with the moment of its latest."""
    table = Table(root / "lake" / PINS.name, PINS)
    if not table.exists():
        return {}
    sql = f"select run_id, max(pinned_at) from ({snapshot_sql(table.shared())}) group by run_id order by run_id"
    return dict(reading_connection().execute(sql).fetchall())
