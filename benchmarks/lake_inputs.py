"""What the lake's figures work on: bronze with ERP changes, a lake with a big table, landed event files.

Rows are pseudo-random and the same each time: hashes of their number. Prices, quantities and keys have the widths of
real ones; a payload is a Debezium envelope of a row with eleven fields.
"""

import os
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake.lakehouse import Lake

FIRST_MONTH = "2009-12-01"


@dataclass(frozen=True)
class Scale:
    """How many rows: changes in bronze, rows that stand, changes merged into them, events that land."""

    changes: int
    standing: int
    merged: int
    events: int
    months: int = 24


SCALES = {
    "tiny": Scale(changes=20_000, standing=12_000, merged=500, events=4_000, months=6),
    "full": Scale(changes=10_000_000, standing=5_700_000, merged=100_000, events=1_000_000),
}
BRONZE = "erp_changes"
SOURCE = "order_lines"
COMMITS = 5


def changes_sql(numbers: str, months: int) -> str:
    """Bronze rows of the changes that the SELECT ``numbers`` lists: ``i``, the change, and ``n``, the order line.

    Each order has three lines and stands in one month, so that a key never moves.
    """
    return f"""
with fields as (
  select i, n, hash(i) as h, 'K' || lpad((n // 3)::varchar, 8, '0') as order_id, n % 3 + 1 as line_no,
    timestamp '{FIRST_MONTH} 08:00:00' + to_months((hash(n // 3) % {months})::int)
      + to_minutes((hash(n // 3) % 38000)::int) as created_at
  from ({numbers})
), texts as (
  select i, created_at, '{{"before":null,"after":{{"order_id":"' || order_id || '","line_no":' || line_no
    || ',"sku":"R' || lpad((h % 50000)::varchar, 6, '0') || '","item_category":"product","order_type":"sale","qty":'
    || (h % 48 + 1) || ',"price":"' || (h % 4000) // 100 || '.' || lpad((h % 100)::varchar, 2, '0')
    || '","currency":"EUR","created_at":"' || strftime(created_at, '%Y-%m-%dT%H:%M:%SZ')
    || '","note":"change ' || i || '","warehouse":"W' || h % 9
    || '"}},"op":"u","source":{{"version":"3.7.0.Final","connector":"postgresql","name":"erp","ts_ms":'
    || 1290000000000 + i || ',"db":"erp","schema":"public","table":"{SOURCE}","txId":' || 600000 + i // 20
    || ',"lsn":' || 1000 + i || '}},"ts_ms":' || 1290000000000 + i + 40 || '}}' as payload
  from fields
)
select '{SOURCE}' as source, 'u' as op, 1000 + i as position, to_timestamp((1290000000000 + i) / 1000.0) as changed_at,
  null::varchar as entity_key, payload, 'batch-' || i // 1000000 as batch_id, i % 1000000 + 1 as batch_line,
  'erp/changes.jsonl' as landed_path, timestamptz '2010-12-01 00:00:00Z' as arrived_at
from texts"""


def append_changes(lake: "Lake", sql: str) -> None:
    """Append the rows of the SELECT to bronze, in one commit."""
    from lake.bronze import bronze_contract
    from lake.delta.commits import with_retries
    from lake.delta.views import duckdb_connection

    contract = bronze_contract(BRONZE, "one row per change", "")
    table = lake.table(contract)
    table.create()
    rows = duckdb_connection().sql(sql).to_arrow_table().cast(contract.arrow_schema)
    with_retries(table.path, lambda snapshot: table.append(rows, {}, snapshot=snapshot))


def lake_with_changes(root: Path, scale: Scale) -> None:
    """A lake whose bronze holds ``scale.changes`` changes of about 37% as many keys, in a few commits."""
    from lake.lakehouse import Lake

    keys = int(scale.changes * 0.4)
    edges = [scale.changes * part // COMMITS for part in range(COMMITS + 1)]
    for first, last in pairwise(edges):
        numbers = f"select i, (hash(i * 7 + 1) % {keys})::bigint as n from range({first}, {last}) as t(i)"
        append_changes(Lake(root), changes_sql(numbers, scale.months))


def refresh_lines(lake: "Lake", run_id: str) -> None:
    """Bring the table of order lines up to bronze."""
    from assets.silver.order_lines import ORDER_LINES
    from lake.silver.refresh import refresh
    from lake.silver.sql import Feed

    feed = Feed(BRONZE, SOURCE, ("after", "payload.after"), ("before", "payload.before"))
    refresh(lake, lake.session(run_id), ORDER_LINES, feed)


def lake_with_standing(root: Path, scale: Scale) -> None:
    """A lake whose silver table holds ``scale.standing`` rows, and whose bronze holds ``scale.merged`` changes more.

    The changes concern orders of two months only.
    """
    from lake.lakehouse import Lake

    lake = Lake(root)
    edges = [scale.standing * part // COMMITS for part in range(COMMITS + 1)]
    for first, last in pairwise(edges):
        append_changes(lake, changes_sql(f"select i, i as n from range({first}, {last}) as t(i)", scale.months))
    refresh_lines(lake, "standing")
    numbers = (
        f"select {scale.standing} + row_number() over () - 1 as i, n from range({scale.standing}) as t(n) "
        f"where hash(n // 3) % {scale.months} < 2 order by hash(n) limit {scale.merged}"
    )
    append_changes(lake, changes_sql(numbers, scale.months))


def events_sql(first: int, last: int) -> str:
    """Lines of signal events ``first`` to ``last``; every thousandth is broken."""
    return f"""
select case when i % 1000 = 999 then '{{"event_id": "broken' else
  '{{"event_id":"E' || i || '","kind":"plays","entity_type":"release","entity_id":"R'
  || lpad((hash(i) % 50000)::varchar, 6, '0') || '","value":' || hash(i) % 100000 || '.5,"unit":"plays","region":"'
  || ['DE', 'FR', 'GB', 'US'][(hash(i) % 4 + 1)::int] || '","occurred_at":"'
  || strftime(timestamp '2010-12-01' + to_seconds(i), '%Y-%m-%dT%H:%M:%SZ') || '","source":"streams"}}' end as line
from range({first}, {last}) as t(i)"""


def landed_events(folder: Path, scale: Scale) -> None:
    """Landed files of events, ten of them."""
    from lake.delta.views import duckdb_connection, literal

    folder.mkdir(parents=True)
    edges = [scale.events * part // 10 for part in range(11)]
    for number, (first, last) in enumerate(pairwise(edges)):
        path = folder / f"2010-12-01--events-{number}.jsonl"
        duckdb_connection().execute(
            f"copy ({events_sql(first, last)}) to {literal(str(path))} "
            "(format csv, header false, quote '', escape '', delimiter '\x01')"
        )


def copy_of(lake: Path, target: Path) -> Path:
    """A lake of its own for one case: the same files by hard link, which no writer of Delta changes in place."""
    shutil.copytree(lake, target, copy_function=os.link)
    return target
