"""Silver by Spark: parses bronze and writes the tables.

Spark runs the same SQL, which a contract gives, in its own dialect, and commits by MERGE. In between DuckDB decides
which change is a key's latest, over what Spark has parsed. Histories and dead letters stay with DuckDB and delta-rs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.changes import AddedFile
from lake.delta.storage import commit_info
from lake.delta.views import literal
from lake.migrate import STATISTICS
from lake.silver.merge import same_key
from lake.silver.sql import Feed, parse_sql
from resources.spark.client import SparkProcess

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = "rows_of_feed"  # as the worker calls them
# With it Spark takes transactions without a moment for expired, and its checkpoints leave them out: reading positions.
EXPIRY = "delta.setTransactionRetentionDuration"


@dataclass(frozen=True)
class SparkSilver:
    """The engine of silver that a process with Spark is."""

    process: SparkProcess

    def parsed(self, contract: Contract, feed: Feed, files: Sequence[AddedFile]) -> str:
        """A relation of DuckDB with the rows that the contract's SQL makes of the files."""
        to, base = self.process.place(), files[0].path.parents[1]  # bronze/<table>/source=…/<file>
        places = [str(file.path) for file in files]
        self.process.do("parse", sql=parse_sql(contract, feed, ROWS), files=places, base=str(base), to=str(to))
        return f"read_parquet({literal(f'{to}/*.parquet')})"

    def write(
        self, path: Path, contract: Contract, serial: int, rows: pa.Table, bound: str, note: str, *, replace: bool
    ) -> None:
        """Commit the rows to the table, with the note as the commit's text.

        Raises:
            CommitFailedError: another serial write came after the snapshot, so that Spark left this one out.
            SparkError: Spark refused the rows.
        """
        import pyarrow.parquet
        from deltalake import DeltaTable
        from deltalake.exceptions import CommitFailedError

        place, on = self.process.place(), same_key(contract, bound) if bound else ""
        pyarrow.parquet.write_table(rows, place)
        if EXPIRY in DeltaTable(str(path)).metadata().configuration:
            self._keep_transactions(path, contract)
        commit = {"on": on, "serial": serial, "note": note, "replace": replace}
        self.process.do("write", table=str(path), rows=str(place), **commit)
        place.unlink()
        if commit_info(path, DeltaTable(str(path)).version()).get("userMetadata") != note:
            raise CommitFailedError(f"{contract.name}: another writer was faster than Spark")

    def _keep_transactions(self, path: Path, contract: Contract) -> None:
        """Let no transaction of the table expire; before that no statistics of partitions, which Spark refuses."""
        from deltalake import DeltaTable

        names = [name for name in contract.statistics if name not in contract.partition_by]
        if names != list(contract.statistics):
            kept = names or [name for name in contract.key if name not in contract.partition_by]
            DeltaTable(str(path)).alter.set_table_properties({STATISTICS: ",".join(kept)})
        self.process.do("unset", table=str(path), name=EXPIRY)
