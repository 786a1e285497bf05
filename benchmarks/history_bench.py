"""How long a history takes for 1,000 changed keys among 2 million versions: ``python -m benchmarks.history_bench``.

Bronze is written directly: 500,000 keys with four changes each. The reference writes the same rows as a whole.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from lake.bronze import bronze_contract
from lake.contract import Column, Contract
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.lakehouse import Lake
from lake.silver.history import history_contract, refresh_history
from lake.silver.sql import Feed

CHANGES = bronze_contract("changes", "one row per change", "Changes of the benchmark.")
ITEMS = Contract(
    name="items",
    grain="one row per item",
    key=("item_id",),
    latest_by="source_position",
    history="scd2",
    columns=(
        Column("item_id", "string", "the item", source="item_id"),
        Column("title", "string", "its name", source="title"),
        Column("price", "decimal(12, 4)", "its price", source="price"),
        Column("genre", "string", "its genre", source="genre", nullable=True),
        Column("changed_on", "date", "day of the change", source="changed_on"),
    ),
)
FEED = Feed("changes", "items", ("after",), ("before",))
STEP = 1_000_000


def changes_sql(first: int, count: int, keys: int, spread: int) -> str:
    """The SELECT of ``count`` changes from position ``first`` on; a key every ``spread``."""
    moment = "timestamptz '2020-01-01 00:00:00Z' + to_seconds(p)"
    row = (
        f"json_object('after', json_object('item_id', printf('I%07d', (p * {spread}) % {keys}), 'title', 'item ' || p, "
        "'price', printf('%d.50', p % 90), 'genre', 'g' || (p % 12), 'changed_on', '2020-01-01'))"
    )
    values = {
        "batch_id": f"'{uuid4().hex}'",
        "batch_line": "p",
        "landed_path": "'bench.jsonl'",
        "source": "'items'",
        "op": "'u'",
        "position": "p",
        "changed_at": moment,
        "arrived_at": moment,
        "payload": row,
    }
    chosen = [f"{values.get(column.name, 'null')} as {column.name}" for column in CHANGES.columns]
    return f"select {', '.join(chosen)} from range({first}, {first + count}) as u(p)"


def append(lake: Lake, sql: str) -> None:
    """Append the rows to bronze in one commit."""
    rows = duckdb_connection().sql(sql).to_arrow_table().cast(CHANGES.arrow_schema)
    table = lake.table(CHANGES)
    table.create()
    table.append(rows, {}, snapshot=table.snapshot())


def timed(lake: Lake, *, in_full: bool = False) -> tuple[str, int, int]:
    """Seconds by the clock and of all processors, keys, versions of one refresh, in a session of its own."""
    session = lake.session(uuid4().hex)
    began, worked = time.perf_counter(), time.process_time()
    done = refresh_history(lake, session, ITEMS, FEED, in_full=in_full)
    seconds = f"{time.perf_counter() - began:.1f} s ({time.process_time() - worked:.1f} CPU s)"
    session.close()
    return seconds, done.keys, done.versions


def main() -> None:
    """Build, change, measure, compare with a history made in full."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--touched", type=int, default=1_000)
    chosen = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="history-bench-"))
    try:
        lake, keys = Lake(root), chosen.rows // 4
        for first in range(0, chosen.rows, STEP):
            append(lake, changes_sql(first, min(STEP, chosen.rows - first), keys, 1))
        seconds, count, versions = timed(lake)
        print(f"made in full: {seconds}, {count:,} keys, {versions:,} versions")
        table = Table(lake.path("silver/items_history"), history_contract(ITEMS))
        for touched in (chosen.touched, 1):
            append(lake, changes_sql(chosen.rows * 2 + touched, touched, keys, keys // max(touched, 2) + 1))
            before = set(table.snapshot().file_uris())
            seconds, count, versions = timed(lake)
            kept = before & set(table.snapshot().file_uris())
            print(f"{count:,} touched: {seconds}, {versions:,} versions, {len(kept)} of {len(before)} files kept")
        con = duckdb_connection()
        con.execute(f"create temp table incremental as {snapshot_sql(table.snapshot())}")
        seconds, _, versions = timed(lake, in_full=True)
        whole = snapshot_sql(table.snapshot())
        one, other = "from incremental", f"from ({whole})"
        unlike = f"({one} except {other}) union all ({other} except {one})"
        differing = con.execute(f"select count(*) from ({unlike})").fetchall()[0][0]
        print(f"reference, made in full again: {seconds}, {versions:,} versions, {differing} differ")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
