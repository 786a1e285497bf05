"""Commits in a wrong order, one a name: each loses, doubles or shows something when a process dies in between.

A campaign that does not find every one of them proves nothing. They are planted in the process that works, never in
the lake's own code.
"""

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.crash import work


def _split(rows_first: bool) -> None:
    """Bronze commits its rows and what identifies them apart."""
    from lake.delta.table import Table

    whole = Table.append

    def append(self: Table, rows: Any, transactions: Any, *, snapshot: Any, expiring: Any = None) -> int:
        if self.path.name != "chaos_events":
            return whole(self, rows, transactions, snapshot=snapshot, expiring=expiring)
        parts = [(rows, {}, None), (rows.slice(0, 0), transactions, expiring)]
        for part, taken, gone in parts if rows_first else reversed(parts):
            whole(self, part, taken, snapshot=snapshot, expiring=gone)
        return snapshot.version()

    Table.append = append  # type: ignore[method-assign]


def _ledger_first() -> None:
    """The ledger knows the files before bronze has them."""
    bronze: Any = importlib.import_module("lake.ingest.bronze")

    grouped = bronze.grouped

    def noted(files: Any, size: Any, most: Any) -> Any:
        from lake.lakehouse import Lake

        for group in grouped(files, size, most):
            root = group[0].path.parents[2]
            named = [(file.sha256(), file) for file in group]
            lake = Lake(root)
            bronze.write_ledger(lake, lake.table(work.EVENTS), named, {sha: file.lines() for sha, file in named})
            yield group

    bronze.grouped = noted


def _letters_after() -> None:
    """Dead letters are written after the rows that they were left out of."""
    from lake.delta.table import Table

    bronze: Any = importlib.import_module("lake.ingest.bronze")

    whole, write = Table.append, bronze.write_dead_letters
    waiting: list[Callable[[], int]] = []

    def later(table: Any, rows: Any) -> int:
        waiting.append(partial(write, table, rows))
        return 0

    def append(self: Table, *given: Any, **named: Any) -> int:
        version = whole(self, *given, **named)
        if self.path.name == "chaos_events":
            while waiting:
                waiting.pop()()
        return version

    bronze.write_dead_letters = later
    Table.append = append  # type: ignore[method-assign]


def _silver_split(rows_first: bool) -> None:
    """Silver commits its rows and its reading position apart."""
    refresh: Any = importlib.import_module("lake.silver.refresh")

    whole = refresh.write

    def write(con: Any, contract: Any, snapshot: Any, rows: Any, transactions: Any) -> int:
        def position() -> None:
            from deltalake import write_deltalake

            from lake.delta.commits import commit_properties

            properties = commit_properties(snapshot, transactions, serial=True)
            write_deltalake(snapshot, contract.arrow_schema.empty_table(), mode="append", commit_properties=properties)

        if not rows_first:
            position()
        version = whole(con, contract, snapshot, rows, {})
        if rows_first:
            position()
        return snapshot.version() or version

    refresh.write = write


def _published_in_two() -> None:
    """The published versions are emptied before they are written."""
    deltalake: Any = importlib.import_module("deltalake")
    whole = deltalake.write_deltalake

    def write(target: Any, data: Any, **named: Any) -> None:
        if isinstance(target, deltalake.DeltaTable) and Path(target.table_uri).name == "published":
            whole(target, data.slice(0, 0), mode="overwrite")
        whole(target, data, **named)

    deltalake.write_deltalake = write


def _sums_marked_first() -> None:
    """Gold says what it is made of before it holds it."""
    whole = work.write_sums

    def write_sums(root: Path, version: int) -> int:
        from lake.delta.table import Table

        table = Table(root / work.SUMS)

        def write(rows: Any, partitions: Any, made_of: Any) -> int:
            if table.exists():
                table.overwrite(table.snapshot().to_pyarrow_table(), partitions, made_of)
            return table.overwrite(rows, partitions, {})

        return whole(root, version, write)

    setattr(work, "write_sums", write_sums)  # noqa: B010 (mypy)


def _export_in_place() -> None:
    """The export is written under its own name, bit by bit."""
    import os
    import signal

    export_files: Any = importlib.import_module("resources.pim.export_files")

    def write(target: Path, body: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = not target.exists()
        target.write_bytes(body[: len(body) // 2])
        if fresh:
            os.kill(os.getpid(), signal.SIGKILL)
        target.write_bytes(body)

    export_files.write_whole = write


Order = dict[str, bool]
# The bug, what plants it, and the wrong order that the work itself is asked for.
BUGS: dict[str, tuple[Callable[[], None] | None, Order]] = {
    "bronze: rows before identity": (partial(_split, True), {}),
    "bronze: identity before rows": (partial(_split, False), {}),
    "ledger before bronze": (_ledger_first, {}),
    "dead letters after bronze": (_letters_after, {}),
    "silver: position before rows": (partial(_silver_split, False), {}),
    "silver: rows before position": (partial(_silver_split, True), {}),
    "gold: mark before rows": (_sums_marked_first, {}),
    "published before gold": (None, {"publish_first": True}),
    "published table by table": (None, {"one_by_one": True}),
    "published emptied first": (_published_in_two, {}),
    "export in place": (_export_in_place, {}),
}
