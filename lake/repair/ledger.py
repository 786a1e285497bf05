"""What bronze can be read from again, and the ledger of landed files made anew from bronze."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from lake.dead_letters import DEAD_LETTERS, letters_sql
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest.balance import BATCH_PREFIX, STREAMED
from lake.ingest.landing.ledger import LANDED_FILES
from lake.ingest.landing.listing import landed_files
from lake.lakehouse import Lake


def streamed(lake: Lake, key: str) -> int:
    """Messages of topics that the bronze table holds; its log can be read."""
    return Table(lake.path(key)).transactions(STREAMED).get(STREAMED, 0)


def gone_files(lake: Lake, key: str, folder: Path) -> list[str]:
    """Files that the ledger knows of a bronze table and whose content no longer lies in the landing folder."""
    known = lake.journal(LANDED_FILES).select(
        "select batch_id, landed_path, bytes, modified_ns from journal where table_name = $name", {"name": key}
    )
    there = landed_files(folder)
    same = {(file.name, file.bytes, file.modified_ns) for file in there}
    found = {sha for sha, *file in known if tuple(file) in same}
    if {sha for sha, *_ in known} - found:
        found |= {file.sha256() for file in there}
    return sorted({name for sha, name, *_ in known if sha not in found})


def forget_files(lake: Lake, key: str) -> None:
    """Take a bronze table's files out of the ledger, so that they are read again."""
    lake.journal(LANDED_FILES).revise(lambda rows: [row for row in rows if row["table_name"] != key])


def ledger_rows(lake: Lake, key: str, folder: Path) -> list[dict[str, Any]]:
    """The ledger's rows of a bronze table, from its own rows, its dead letters and the landing folder.

    A file that has gone since counts with the lines that bronze and the dead letters have of it.
    """
    table, letters = Table(lake.path(key)), lake.table(DEAD_LETTERS)
    sql = f"select batch_id, landed_path from ({snapshot_sql(table.snapshot())})"
    if letters.exists():
        sql += f" union all select batch_id, landed_path from ({letters_sql(letters.snapshot(), key)})"
    batches = duckdb_connection().execute(
        f"select batch_id, min(landed_path), count(*) from ({sql}) "
        f"where not starts_with(batch_id, '{BATCH_PREFIX}') group by batch_id"
    )
    counted = {sha: (path, lines) for sha, path, lines in batches.fetchall()}
    now, rows = dt.datetime.now(dt.UTC), []
    for file in landed_files(folder):
        if (sha := file.sha256()) in counted:
            rows.append(_row(key, sha, (file.name, file.bytes, file.modified_ns), file.lines(), now))
    there = {row["batch_id"] for row in rows}
    gone = {sha: found for sha, found in counted.items() if sha not in there}
    return [*rows, *(_row(key, sha, (path or "", 0, 0), lines, now) for sha, (path, lines) in sorted(gone.items()))]


def _row(key: str, sha: str, file: tuple[str, int, int], lines: int, now: dt.datetime) -> dict[str, Any]:
    values = (key, sha, *file, lines, now)
    return dict(zip((column.name for column in LANDED_FILES.columns), values, strict=True))
