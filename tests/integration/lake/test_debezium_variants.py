"""Each way in which Debezium writes a change ends as the same row of silver."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lake.ingest.streams.debezium.encodings import Encoding
from lake.lakehouse import Lake
from tests.debezium_builders import BASE64, MICROS, MYSQL, PLACED, POSTGRES, ROW, SQLSERVER, TOPIC, Feeding, envelope


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def schema_of(row_fields: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"field": part, "type": "struct", "fields": row_fields} for part in ("before", "after")]
    return {"type": "struct", "name": f"{TOPIC}.Envelope", "fields": parts}


def semantic(field: str, type_: str, name: str, **parameters: str) -> dict[str, Any]:
    return {"field": field, "type": type_, "name": name, "parameters": parameters}


DECIMAL = "org.apache.kafka.connect.data.Decimal"
TIMES = {
    "io.debezium.time.MicroTimestamp": MICROS,
    "io.debezium.time.NanoTimestamp": MICROS * 1000,
    "io.debezium.time.ZonedTimestamp": "2026-03-29T01:30:00.123456Z",
    "io.debezium.time.IsoTimestamp": "2026-03-29T01:30:00.123456Z",
}
WRAPPED = {
    name: {
        "schema": schema_of([semantic("created_at", "int64", name), semantic("price", "bytes", DECIMAL, scale="2")]),
        "payload": envelope("c", {**ROW, "created_at": value, "price": BASE64}),
    }
    for name, value in TIMES.items()
}
STRUCT = {"scale": 2, "value": BASE64}
UNIONS = {
    "before": None,
    "after": {
        f"{TOPIC}.Value": {
            **ROW,
            "sku": {"string": "R7"},
            "qty": {"int": 3},
            "price": {"bytes": (1205).to_bytes(2, "big").decode("latin-1")},
            "created_at": {"long": MICROS},
        }
    },
    "source": {"io.debezium.connector.postgresql.Source": {**POSTGRES, "lsn": {"long": 100}, "table": "order_lines"}},
    "op": "c",
    "ts_ms": {"long": 6},
}
ORACLE = {
    "connector": "oracle",
    "schema": "SHOP",
    "table": "ORDER_LINES",
    "scn": "28001",
    "commit_scn": "28005",
    "ts_ms": 5,
}
VARIANTS: dict[str, Any] = {
    "plain": envelope("c", ROW),
    "snapshot": envelope("r", ROW, {**POSTGRES, "snapshot": "first"}),
    "incremental snapshot": envelope("r", ROW, {**POSTGRES, "snapshot": "incremental"}),
    "update": envelope("u", ROW),
    "millis, micros and nanos by size": envelope("c", {**ROW, "created_at": MICROS}),
    "nanos by size": envelope("c", {**ROW, "created_at": MICROS * 1000}),
    "scaled struct": envelope("c", {**ROW, "price": STRUCT}),
    "wrapper without a schema": {"schema": None, "payload": envelope("c", {**ROW, "price": STRUCT})},
    "unions": UNIONS,
    "mysql": envelope("c", ROW, MYSQL),
    "sqlserver": envelope("c", ROW, SQLSERVER),
    "oracle": envelope("c", {name.upper(): value for name, value in ROW.items()}, ORACLE),
    **{f"wrapped, {name}": document for name, document in WRAPPED.items()},
}


COLUMNS = ("order_id", "line_number", "release_id", "quantity", "unit_price", "ordered_at")


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_is_the_same_row(name: str, lake: Lake) -> None:
    feeding = Feeding(lake, {"order_lines": Encoding("order_lines", decimals={"price": 2})} if name == "unions" else {})
    feeding.send(VARIANTS[name])
    (line,) = feeding.lines()
    found = {
        name: line[name] for name in ("order_id", "line_number", "release_id", "quantity", "unit_price", "ordered_at")
    }
    assert found == {
        "order_id": "A1",
        "line_number": 1,
        "release_id": "R7",
        "quantity": 3,
        "unit_price": Decimal("12.0500"),
        "ordered_at": PLACED,
    }
