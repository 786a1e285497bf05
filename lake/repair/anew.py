"""Put a new table in a damaged one's place, and keep the damaged one aside.

The new table's version goes on from the damaged one's, so that no consumer takes it for a state that it has read
before. What the old table's commits said beside rows (reading positions, counters) is gone with it: whoever fills the
table begins from the start.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.commits import with_retries
from lake.delta.storage import LOG, newest_version, write_empty_commits
from lake.delta.table import Table
from lake.delta.views import duckdb_instance, snapshot_sql
from lake.lakehouse import Lake
from lake.repair.damage import Damage, data_file

if TYPE_CHECKING:
    import pyarrow as pa

ASIDE = "damaged"


@dataclass(frozen=True)
class Shape:
    """What a table is created from: its schema, its partition column, the columns with statistics."""

    schema: pa.Schema
    partition_by: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()

    @classmethod
    def of(cls, contract: Contract) -> Shape:
        """That of a contract."""
        return cls(contract.arrow_schema, contract.partition_by, contract.statistics)


def folder_aside(lake: Lake) -> Path:
    """A new folder for what one repair sets aside."""
    return lake.root / ASIDE / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}Z"


def begin_anew(
    lake: Lake, key: str, shape: Shape, aside: Path, *, reached: int = -1, rows: pa.Table | None = None
) -> None:
    """Set the table aside and put a new one in its place, at the version that the old one had reached, or later.

    Args:
        lake: the lake.
        key: the table.
        shape: what the new one is created from.
        aside: the folder that the old one is moved to.
        reached: a version that readers know, where the folder no longer tells.
        rows: rows of the old one to begin with.
    """
    path = lake.path(key)
    reached = max(reached, newest_version(path))
    new = Table(aside / "new" / key)
    new.create(shape.schema, shape.partition_by, shape.statistics)
    write_empty_commits(new.path, reached)
    snapshot = new.snapshot()
    snapshot.create_checkpoint()
    if rows is not None and rows.num_rows:
        new.append(rows.cast(shape.schema), {}, snapshot=snapshot)
    if path.exists():
        (aside / key).parent.mkdir(parents=True, exist_ok=True)
        path.rename(aside / key)
    path.parent.mkdir(parents=True, exist_ok=True)
    new.path.rename(path)


def readable_rows(lake: Lake, key: str, damages: list[Damage], aside: Path) -> pa.Table | None:
    """The rows of the files that can be read; None where the log cannot, so that nobody knows which files count.

    The others are moved aside, and a commit takes them out of the table.
    """
    if any(not one.file or one.file.startswith(LOG) for one in damages):
        return None
    table = Table(lake.path(key))
    for one in damages:
        path = data_file(table.path, one.file)
        if path.exists():
            target = aside / "files" / key / one.file
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    with_retries(table.path, lambda snapshot: snapshot.repair(dry_run=False))
    return duckdb_instance().sql(snapshot_sql(table.snapshot(), tombstones=True)).to_arrow_table()


def stored_shape(lake: Lake, key: str) -> Shape:
    """The shape of a table whose log can be read."""
    import pyarrow as pa

    snapshot = Table(lake.path(key)).snapshot()
    metadata = snapshot.metadata()
    kept = metadata.configuration.get("delta.dataSkippingStatsColumns", "")
    schema = pa.schema(snapshot.schema().to_arrow())
    return Shape(schema, tuple(metadata.partition_columns), tuple(filter(None, kept.split(","))))
