"""Small lakes for tests: landing lines of the ERP's shape, a table of order lines, and one call that loads them.

The door and the contract here are the tests' own, so that tests of the storage core know no asset. What a right
answer is stands elsewhere: ``tests/lake_oracle.py``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from lake.bronze import bronze_contract
from lake.contract import Column, Contract, Rule
from lake.dead_letters import DEAD_LETTERS
from lake.delta.sessions import Session
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest.bronze import Landed, take_in
from lake.ingest.envelopes import Door
from lake.lakehouse import Lake
from lake.silver.history import refresh_history
from lake.silver.refresh import Refreshed, refresh
from lake.silver.sql import Feed

UNAVAILABLE = "__debezium_unavailable_value"

CHANGES = bronze_contract("erp_changes", "one row per change event", "Envelopes as they came.")
DOOR = Door(
    schema=(
        '{"op": "VARCHAR", "ts_ms": "VARCHAR", "source": {"table": "VARCHAR", "lsn": "VARCHAR"}, '
        '"after": {"buyer_id": "VARCHAR"}}'
    ),
    source="case when json_type(text) = 'NULL' then 'tombstone' else doc.source.table end",
    op="case when json_type(text) = 'NULL' then 't' else doc.op end",
    position="try_cast(doc.source.lsn as bigint)",
    changed_at="try(epoch_ms(try_cast(doc.ts_ms as bigint)))",
    entity_key="doc.after.buyer_id",
    faults=(("op is null or op not in ('c', 'u', 'd', 'r', 't')", "operation", "unknown operation"),),
)
LINES = Contract(
    name="lines",
    grain="one row per order and line",
    key=("order_id", "line_number"),
    latest_by="source_position",
    partition_by=("order_month",),
    history="scd2",
    columns=(
        Column("order_id", "string", "order", source="order_id"),
        Column("line_number", "int32", "line, from 1", source="line_no", minimum=1),
        Column("title", "string", "what was sold", source="title"),
        Column("note", "string", "a remark", source="note", nullable=True),
        Column("category", "string", "goods or service", source="category", allowed=("product", "service")),
        Column("quantity", "int32", "units", source="qty"),
        Column("unit_price", "decimal(12, 4)", "price", source="price", minimum=0),
        Column("ordered_at", "timestamp", "moment of the order", source="created_at"),
        Column("is_product", "bool", "goods", sql="category = 'product'"),
        Column("is_return", "bool", "gives units back", sql="quantity < 0"),
        Column("order_month", "date", "month of the order", sql="date_trunc('month', ordered_at)"),
    ),
    rules=(Rule("no_gifts", "title <> 'gift'", "a gift is no order", ("title",)),),
)
LINES_FEED = Feed("erp_changes", "order_lines", ("after",), ("before",))


def order_line(order_id: str = "1", line_no: object = 1, **fields: object) -> dict[str, object]:
    """A good row of ``order_lines``; give the fields that differ."""
    row: dict[str, object] = {
        "order_id": order_id,
        "line_no": line_no,
        "title": "Blue",
        "note": None,
        "category": "product",
        "qty": 1,
        "price": "2.5000",
        "created_at": "2010-12-01T08:26:00Z",
    }
    return row | fields


def erp_change(
    table: str,
    *,
    op: str,
    lsn: object,
    after: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
    ts_ms: int | None = 1291191960000,
) -> str:
    """One change event as Debezium writes it for Postgres."""
    source = {"version": "3.7.0.Final", "connector": "postgresql", "name": "erp", "table": table, "lsn": lsn}
    return json.dumps({"before": before, "after": after, "op": op, "source": source | {"ts_ms": ts_ms}, "ts_ms": ts_ms})


def stated(lsn: object, op: str = "u", **fields: Any) -> str:
    """The change that states an order line."""
    return erp_change("order_lines", op=op, lsn=lsn, after=order_line(**fields))


def deleted(lsn: object, order_id: str = "1", line_no: object = 1, **more: Any) -> str:
    """The change that deletes an order line; of ``before`` only the key is true."""
    before = {"order_id": order_id, "line_no": line_no, "qty": 0, "title": ""}
    return erp_change("order_lines", op="d", lsn=lsn, before=before, **more)


def land(lake: Lake, name: str, lines: Iterable[str | bytes], stream: str = "erp") -> Path:
    """Write a landing file of the lines, each ended by a newline."""
    folder = lake.root / "landing" / stream
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path


def new_session(lake: Lake) -> Session:
    """The session of a run that has just begun."""
    return lake.session(uuid4().hex)


def arrive(lake: Lake, session: Session | None = None, door: Door = DOOR, contract: Contract = CHANGES) -> Landed:
    """Take in what has landed for the ERP."""
    return take_in(lake, session or new_session(lake), contract, door, lake.root / "landing" / "erp")


def load(
    lake: Lake, contract: Contract = LINES, feed: Feed = LINES_FEED, *, pseudonym_key: str | None = None
) -> Refreshed:
    """A whole run: take in what has landed, refresh the table and its history."""
    session = new_session(lake)
    arrive(lake, session)
    done = refresh(lake, session, contract, feed, pseudonym_key=pseudonym_key)
    if contract.history == "scd2":
        refresh_history(lake, session, contract, feed, pseudonym_key=pseudonym_key)
    return done


def loaded(lake: Lake, *files: Sequence[str | bytes], contract: Contract = LINES, feed: Feed = LINES_FEED) -> Refreshed:
    """Land the files and load them, one run each; the last run's answer."""
    before = len(list((lake.root / "landing").rglob("*.jsonl")))
    for number, lines in enumerate(files, before):
        land(lake, f"2010-12-01--{number:04}.jsonl", lines)
        done = load(lake, contract, feed)
    return done


def rows(lake: Lake, key: str, *, tombstones: bool = False) -> list[dict[str, Any]]:
    """The rows of a table as readers see them, sorted; with ``tombstones``, all that is stored."""
    from lake.delta.table import Table

    con = duckdb_connection()
    answer = con.execute(f"{snapshot_sql(Table(lake.path(key)).snapshot(), tombstones=tombstones)} order by all")
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def dead_letters(lake: Lake, refused_by: str) -> list[dict[str, Any]]:
    """The dead letters of one table, in the order of their lines."""
    if not lake.table(DEAD_LETTERS).exists():
        return []
    return [row for row in rows(lake, "bronze/dead_letters") if row["table_name"] == refused_by]
