"""Journals: what the lake did and has to know again, as typed rows beside the data.

What the rows mean, and their contracts, is said by a module a subject, most of them in :mod:`lake.journals`; how rows
come in and out stands here. Each verb is one commit at most, and what it decides, it decides on the very rows
that its commit is accepted on, whoever else writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.contract import Contract
from lake.delta.commits import commit_properties, with_retries
from lake.delta.table import Table
from lake.delta.views import empty_sql, quoted, reading_connection, snapshot_sql

if TYPE_CHECKING:
    from deltalake import DeltaTable

Row = dict[str, Any]

# Taken by entries that rest on what was read, so that of two such on one snapshot only the first is accepted.
READ = "journal"


class Journal:
    """The rows of a table with a contract, each a dictionary by column."""

    def __init__(self, table: Table) -> None:
        assert table.contract is not None, f"{table.name}: the rows of a journal are those of a contract"
        self.table = table
        self.contract: Contract = table.contract

    def select(
        self, query: str, parameters: Mapping[str, object] | None = None, *, version: int | None = None
    ) -> list[tuple[Any, ...]]:
        """What a query says of the relation ``journal``; one that was never begun has no rows.

        Args:
            query: a SELECT, or what follows its FROM.
            parameters: by name.
            version: of the table (default: now).
        """
        snapshot = self.table.shared(version) if self.table.exists() else None
        return self._select(snapshot, query, parameters)

    def rows(self, *, version: int | None = None) -> list[Row]:
        """Every row, as the journal stands at the version (default: now)."""
        return self._named(self.select(self._all, version=version))

    def note(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Append rows, and make the table where there is none; the version that holds them."""
        self.table.create()
        if not rows:
            return self.table.version()
        data = self.contract.arrow_rows(rows)
        return with_retries(self.table.path, lambda snapshot: self.table.append(data, {}, snapshot=snapshot))

    def note_new(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Append those rows whose key is not on record; the version that holds them."""
        self.table.create()
        key = self.contract.key

        def attempt(snapshot: DeltaTable) -> int:
            known = set(self._select(snapshot, f"select {', '.join(map(quoted, key))} from journal"))
            new = [row for row in rows if tuple(row[name] for name in key) not in known]
            if not new:
                return snapshot.version()
            taken = {READ: (snapshot.transaction_version(READ) or 0) + 1}
            return self.table.append(self.contract.arrow_rows(new), taken, snapshot=snapshot)

        return with_retries(self.table.path, attempt)

    def revise(self, change: Callable[[list[Row]], Sequence[Mapping[str, Any]]]) -> int:
        """Put what ``change`` makes of the rows in their place; the version that holds them.

        It may be asked more than once: another writer who was faster has left other rows.
        """
        from deltalake import write_deltalake

        self.table.create()

        def attempt(snapshot: DeltaTable) -> int:
            standing = self._named(self._select(snapshot, self._all))
            revised = [dict(row) for row in change([dict(row) for row in standing])]
            if revised != standing:
                data, properties = self.contract.arrow_rows(revised), commit_properties(snapshot, {}, serial=True)
                write_deltalake(snapshot, data, mode="overwrite", commit_properties=properties)
            return snapshot.version()

        return with_retries(self.table.path, attempt)

    @property
    def _all(self) -> str:
        return f"select {', '.join(quoted(column.name) for column in self.contract.columns)} from journal"

    def _named(self, rows: Sequence[tuple[Any, ...]]) -> list[Row]:
        names = [column.name for column in self.contract.columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _select(
        self, snapshot: DeltaTable | None, query: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        rows = snapshot_sql(snapshot) if snapshot else empty_sql(self.contract)
        # Inlined, or DuckDB would read the journal whole before it chooses from it.
        sql = f"with journal as not materialized ({rows}) {query}"
        return reading_connection().execute(sql, parameters or {}).fetchall()
