"""Messages of Debezium for tests, and one call that brings them through bronze into silver."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from assets.bronze import fields
from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from assets.silver import FEEDS
from assets.silver.order_lines import ORDER_LINES
from lake.ingest.bronze import take_in
from lake.ingest.pulls.truncated import take_in_with_truncated
from lake.ingest.streams.appending import StreamTable
from lake.ingest.streams.debezium.decoding import Debezium
from lake.ingest.streams.debezium.encodings import Encoding
from lake.ingest.streams.messages import Batch, messages_schema
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from lake.silver.refresh import refresh
from tests.lake_builders import new_session, rows

TOPIC = "shop.public.order_lines"
PLACED = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
MICROS = int(PLACED.timestamp()) * 1_000_000 + 123_456
ROW = {
    "order_id": "A1",
    "line_no": 1,
    "sku": "R7",
    "item_category": "product",
    "order_type": "sale",
    "created_at": "2026-03-29T01:30:00.123456Z",
    "qty": 3,
    "price": "12.05",
    "currency": "EUR",
}
# 1205 in two's complement.
BASE64 = base64.b64encode((1205).to_bytes(2, "big", signed=True)).decode()
POSTGRES = {
    "connector": "postgresql",
    "schema": "public",
    "table": "order_lines",
    "lsn": 100,
    "ts_ms": 5,
    "snapshot": "false",
}


def envelope(op: str, row: Mapping[str, Any], source: Mapping[str, Any] = POSTGRES, **more: Any) -> dict[str, Any]:
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return {**sides, "source": dict(source), "op": op, "ts_ms": 6, "transaction": None, **more}


class Feeding:
    """Messages of a topic into bronze and silver, as if a broker had sent them."""

    def __init__(self, lake: Lake, encodings: Mapping[str, Encoding]) -> None:
        self.lake, self.offset = lake, 0
        self.table = StreamTable(lake, ERP_CHANGES, DOOR, decode=Debezium(encodings, fields.FIELDS))

    def send(self, *values: object, key: object = None, topic: str = TOPIC) -> None:
        import pyarrow as pa

        encoded = [None if value is None else json.dumps(value).encode() for value in values]
        count, name = len(encoded), None if key is None else json.dumps(key).encode()
        offsets = list(range(self.offset, self.offset + count))
        columns = [[topic] * count, [0] * count, offsets, [name] * count, encoded, [None] * count]
        messages = pa.table(
            [pa.array(one, field.type) for one, field in zip(columns, messages_schema(), strict=True)],
            schema=messages_schema(),
        )
        ends = {(topic, 0): self.offset + count}
        self.table.append(Batch(messages, {(topic, 0): self.offset}, ends))
        self.offset += count

    def lines(self) -> list[dict[str, Any]]:
        """The live rows of silver, after the truncations and a refresh; nothing may be lost on the way."""
        session, feed = new_session(self.lake), FEEDS["order_lines"]
        folder = self.lake.root / "landing" / "erp"
        landed = take_in_with_truncated(take_in, fields.KEYS, self.lake, session, ERP_CHANGES, DOOR, folder)
        assert landed.is_balanced
        done = refresh(self.lake, session, ORDER_LINES, feed)
        found = balance(self.lake, self.lake.table(ORDER_LINES), ORDER_LINES, feed, done.version)
        assert found.passed, found.words
        return sorted(rows(self.lake, "silver/order_lines"), key=lambda row: (row["order_id"], row["line_number"]))


MYSQL = {
    "connector": "mysql",
    "db": "shop",
    "table": "order_lines",
    "file": "binlog.000003",
    "pos": 154,
    "row": 0,
    "gtid": None,
}
SQLSERVER = {
    "connector": "sqlserver",
    "schema": "dbo",
    "table": "order_lines",
    "change_lsn": "00000027:00000758:0003",
    "commit_lsn": "00000027:00000758:0005",
    "event_serial_no": 1,
}
