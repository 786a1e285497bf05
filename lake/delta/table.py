"""One Delta table: create, append, overwrite, read, and what changed since.

Merging by key is :mod:`lake.silver.merge`; upkeep is :mod:`lake.maintenance`. A table without a contract (gold, whose
contract is dbt's) is written with the schema of its data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from lake.contract import Contract
from lake.delta.changes import Changes, read_changes
from lake.delta.commits import commit_properties, with_retries
from lake.delta.log import shared_snapshot
from lake.delta.storage import newest_version

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from deltalake import DeltaTable

PartitionValue = str | int | dt.date | None


class SchemaChangedError(RuntimeError):
    """A table's stored schema and its contract disagree in a way that rows cannot be carried over."""


def partition_predicate(column: str, values: Sequence[PartitionValue], prefix: str = "") -> str:
    """The SQL condition that a row lies in one of the partitions; ``false`` for no partition at all."""
    name = f'{prefix}"{column}"' if not prefix else f"{prefix}{column}"
    literals = sorted(_literal(value) for value in set(values) if value is not None)
    parts = [f"{name} in ({', '.join(literals)})"] if literals else []
    if None in values:
        parts.append(f"{name} is null")
    return " or ".join(parts) or "false"


def _literal(value: PartitionValue) -> str:
    if isinstance(value, dt.date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _refuse_outside(table: str, rows: pa.Table, column: str, partitions: Sequence[PartitionValue]) -> None:
    requested = set(partitions)
    counts = rows.column(column).value_counts().to_pylist()
    outside = {str(one["values"]): one["counts"] for one in counts if one["values"] not in requested}
    if outside:
        raise ValueError(
            f"{table}: {sum(outside.values())} of {rows.num_rows} rows lie in partitions of {column} that were not "
            f"requested: {', '.join(sorted(outside)[:5])}; request them too, or leave the rows out"
        )


class Table:
    """A Delta table at ``path``; ``contract`` gives schema, partitioning and which statistics are kept."""

    def __init__(self, path: Path, contract: Contract | None = None) -> None:
        self.path = Path(path)
        self.contract = contract

    @property
    def name(self) -> str:
        """``layer/name``, as the table is called everywhere."""
        return f"{self.path.parent.name}/{self.path.name}"

    def exists(self) -> bool:
        """Whether a first version has been committed."""
        return newest_version(self.path) >= 0

    def snapshot(self, version: int | None = None) -> DeltaTable:
        """The table as it stood at ``version`` (default: now), the caller's own: a write may go through it."""
        from deltalake import DeltaTable

        return DeltaTable(str(self.path), version=version)

    def shared(self, version: int | None = None) -> DeltaTable:
        """The same, opened once for all who only read."""
        return shared_snapshot(self.path, version)

    def version(self) -> int:
        """The newest version; -1 when the table does not exist."""
        return newest_version(self.path)

    def row_count(self, version: int | None = None) -> int:
        """How many rows the version holds, from the log alone; tombstones count."""
        import pyarrow as pa

        counts = pa.table(self.shared(version).get_add_actions(flatten=True)).column("num_records")
        return sum(count.as_py() for count in counts)

    def transactions(self, *apps: str, version: int | None = None) -> dict[str, int]:
        """The versions of the named application transactions that stand in the snapshot."""
        if not self.exists():
            return {}
        snapshot = self.shared(version)
        found = {app: snapshot.transaction_version(app) for app in apps}
        return {app: value for app, value in found.items() if value is not None}

    def create(
        self, schema: pa.Schema | None = None, partition_by: Sequence[str] = (), statistics: Sequence[str] = ()
    ) -> None:
        """Make the table if it is not there, or bring a contract's new nullable columns to it.

        Raises:
            SchemaChangedError: a stored column is gone from the contract or has another type there.
        """
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import CommitFailedError

        contract = self.contract
        if contract is not None:
            schema, partition_by, statistics = contract.arrow_schema, contract.partition_by, contract.statistics
        assert schema is not None, f"{self.name}: a table without a contract is created with its first rows' schema"
        if self.exists():
            if contract is not None:
                self._evolve(schema)
            return
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            DeltaTable.create(
                str(self.path),
                schema,
                mode="ignore",
                partition_by=list(partition_by),
                configuration={
                    "delta.dataSkippingStatsColumns": ",".join(statistics) or schema.field(0).name,
                    "delta.setTransactionRetentionDuration": "interval 30 days",
                    # As in Spark. delta-rs waits for 100 commits, and every look at a table reads the log since.
                    "delta.checkpointInterval": "10",
                },
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        except CommitFailedError:
            if not self.exists():  # another process that makes it at this moment is no fault
                raise

    def _evolve(self, wanted: pa.Schema) -> None:
        from lake.delta.evolution import added_columns, difference

        stored = self.shared().schema()
        if lines := difference(stored, wanted):
            raise SchemaChangedError(
                f"{self.name}: the contract no longer fits the stored table:\n  "
                + "\n  ".join(lines)
                + f"\nmigrate it (what `lacquer migrate --table {self.name} --dry-run` says), or restore the contract"
            )
        if new := added_columns(stored, wanted):
            with_retries(self.path, lambda snapshot: snapshot.alter.add_columns(new))

    def append(
        self,
        rows: pa.Table,
        transactions: Mapping[str, int],
        *,
        snapshot: DeltaTable,
        expiring: Mapping[str, int] | None = None,
    ) -> int:
        """Append through ``snapshot``, once per set of transactions.

        Args:
            rows: what to append.
            transactions: application transactions of the source, topic and partition -> offset; where every one of
                them stands already, nothing is appended.
            snapshot: the table as read before the write; refused by Delta if a transaction was taken since.
            expiring: transactions that a checkpoint may drop after the table's retention.

        Returns:
            The version that holds the rows.
        """
        from deltalake import write_deltalake

        identity = {**transactions, **(expiring or {})}
        standing = (snapshot.transaction_version(app) for app in identity)
        if identity and all(at is not None and at >= to for at, to in zip(standing, identity.values(), strict=True)):
            return snapshot.version()
        properties = commit_properties(snapshot, transactions, serial=False, expiring=expiring)
        write_deltalake(snapshot, rows, mode="append", commit_properties=properties)
        return snapshot.version()

    def overwrite(
        self,
        rows: pa.Table,
        partitions: Sequence[PartitionValue] | None = None,
        transactions: Mapping[str, int] | None = None,
        *,
        partition_by: Sequence[str] = (),
    ) -> int:
        """Replace the requested partitions (None: the whole table) by ``rows``, which may be none.

        Returns:
            The version that holds the rows.

        Raises:
            ValueError: rows lie outside the requested partitions, or partitions are asked of an unpartitioned table.
        """
        from deltalake import write_deltalake

        self.create(rows.schema, partition_by)

        def attempt(snapshot: DeltaTable) -> int:
            properties = commit_properties(snapshot, transactions or {}, serial=True)
            if partitions is None:
                write_deltalake(snapshot, rows, mode="overwrite", schema_mode="overwrite", commit_properties=properties)
                return snapshot.version()
            columns = snapshot.metadata().partition_columns
            if not columns:
                raise ValueError(f"{self.name} has no partitions, so none can be requested")
            _refuse_outside(self.name, rows, columns[0], partitions)
            predicate = partition_predicate(columns[0], partitions)
            write_deltalake(
                snapshot,
                rows,
                mode="overwrite",
                schema_mode="merge",
                predicate=predicate,
                commit_properties=properties,
            )
            return snapshot.version()

        return with_retries(self.path, attempt)

    def changes(self, since: int) -> Changes:
        """What was added and removed after version ``since`` (-1: from the beginning)."""
        version = self.version()
        if since > version:
            return Changes(version=version, complete=False)
        return read_changes(self.path, since, version)

    def read(self, version: int | None = None) -> pl.LazyFrame:
        """The table's rows, lazily; of a merged table only the keys that are not deleted."""
        import polars as pl

        if quote(str(self.path)) != str(self.path):  # polars does not decode the addresses that delta-rs gives
            from lake.delta.views import reading_connection, snapshot_sql

            rows: pl.DataFrame = reading_connection().sql(snapshot_sql(self.shared(version))).pl()
            return rows.lazy()
        frame = pl.scan_delta(str(self.path), version=version)
        if "is_deleted" in frame.collect_schema().names():
            frame = frame.filter(~pl.col("is_deleted")).drop("is_deleted", "is_carried")
        return frame
