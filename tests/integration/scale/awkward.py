"""Rows on which engines like to differ, read by both; prints what came of them. Run in the environment of Spark."""

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from deltalake import write_deltalake

from lake.bronze import bronze_contract
from lake.contract import Column, Contract, Rule
from lake.silver.sql import Feed
from resources.spark.agreement import Engines
from resources.spark.session import open_spark

TEXTS = {
    "whole": ["12", " 12 ", "\t12\n", "12.0", "12.5", "1e3", "1_000", "+5", "-0", ".5", "5.", "", "  ", "2147483648",
              "12abc", "10e-1", "9" * 23, "\u0661\u0662", "\u00a012", "1__0", "_1"],
    "big": ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e18"],
    "price": ["2.5", "2.55555", "2.00005", "-2.00005", "1_0.5", "123456789", "12345678.99995", "1E+2", "1e-9", "1,5",
              "NaN", "0x1", "-1"],
    "share": ["1.5", "1d", "1f", "NaN", "inf", "-Infinity", "1e400", "1e-400", "1_0", "0x1p3", "+1", "0.1", "-0.0"],
    "flag": ["true", "TRUE", "t", "1", "yes", "Y", "on", "0", "f", "no", "off", " true ", "2", ""],
    "day": ["2024-01-05", "2024-1-5", "2024/01/05", "2024", "2024-01", "2024-02-30", "2023-02-29", "2024-02-29",
            " 2024-01-05 ", "2024-01-05T23:00:00-05:00", "2024-01-05T24:00:00", "2024-01-05T25:00:00",
            "2024-01-05 10:00", "2024-01-05T", "20240105", "0001-01-01", "9999-12-31", "10000-01-01", "24-1-5",
            "2024-01/05", "epoch", "2024-01-05Z", "infinity"],
    "moment": ["2010-12-01T08:26:00Z", "2010-12-01 08:26:00", "2010-12-01", "2010-12-01T08:26",
               "2010-12-01T08:26:00+02:00", "2010-12-01T08:26:00+02", "2010-12-01T08:26:00-0230",
               "2010-12-01T08:26:00 UTC", "2010-12-01T08:26:00.1234567Z", "2010-12-01T08:26:00.9999999",
               "2010-12-01T08:26:00.5Z", "2010-12-01T08:26:00.Z", "2010-12-01T24:00:00", "2010-12-01T08:26:60",
               "2010", "2010-12-01T8:6:1Z", "2010-12-01t08:26:00z", "1291191960", "2010-02-30T00:00:00Z",
               "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "2010-12-01T08:26:00+19:00",
               "2010-12-01T08", "2010-12-01T08:26:00,5Z", "2010-03-28T02:30:00", "2010-12-01T08:26:00+02:00:30"],
    "title": ["Blue", "", " ", "null", "gift", "it's \"quoted\"", "back\\slash", "\u00e9\U0001f600", "a\nb", "%_"],
    "unit": ["x/5", "x/5\n", "x/0", "5", "", "a/b/c", "/2"],
    "name": ["Ada", "", "\u00c5sa", "a" * 200],
}  # fmt: skip
KINDS = {"whole": "int32", "big": "int64", "price": "decimal(12, 4)", "share": "float64", "flag": "bool",
         "day": "date", "moment": "timestamp", "title": "string", "unit": "string", "name": "string"}  # fmt: skip
AWKWARD = Contract(
    name="awkward",
    grain="one row per text",
    key=("row_id",),
    latest_by="source_position",
    columns=(
        Column("row_id", "string", "which text", source="id"),
        *(
            Column(name, kind, "a text", source=f"deep.{name}", nullable=True, personal=name == "name")
            for name, kind in KINDS.items()
        ),
        Column("is_large", "bool", "derived", sql="price > 100", nullable=True),
        Column("month", "date", "derived", sql="date_trunc('month', moment)", nullable=True),
        Column("rate", "float64", "derived", sql="share / try_cast(split_part(unit, '/', 2) as double)", nullable=True),
    ),
    rules=(
        Rule("no_gifts", "title <> 'gift'", "a gift is no order", ("title",)),
        Rule("of_letters", "regexp_full_match(unit, '[a-z]/[0-9]')", "not letter and digit", ("unit",)),
    ),
)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FEED = Feed("awkward_changes", "awkward", ("after",), ("before",))
BRONZE = bronze_contract("awkward_changes", "one row per change", "Awkward changes.")


def payloads() -> Iterator[tuple[str, str]]:
    """Operation and payload of each row: texts one at a time, numbers as JSON, what is missing, deletions."""
    number = 0
    for name, texts in TEXTS.items():
        for text in texts:
            number += 1
            yield "c", json.dumps({"after": {"id": f"{number}", "deep": {name: text}}})
    for share in ("1.5", "0", "-2", "0.0"):
        for unit in ("x/0", "x/2", "x/3"):
            number += 1
            yield "c", json.dumps({"after": {"id": f"{number}", "deep": {"share": share, "unit": unit}}})
    for value in (12, -7, 2.5, True, False, None):
        number += 1
        yield "c", json.dumps({"after": {"id": f"{number}", "deep": {"whole": value, "price": value, "flag": value}}})
    yield "c", json.dumps({"after": {"id": "  ", "deep": None}})
    yield "c", json.dumps({"after": None})
    yield "c", json.dumps({"after": {"id": "u", "deep": {"whole": "__debezium_unavailable_value"}}})
    yield "d", json.dumps({"before": {"id": "1"}, "after": None})
    yield "d", json.dumps({"before": {"id": ""}, "after": None})


def main(root: Path) -> None:
    """Write the rows as bronze, let both engines read them, print the result as JSON."""
    rows = [
        {"source": "awkward", "op": op, "position": at or None, "payload": payload, "batch_id": "b", "batch_line": at,
         "landed_path": "p", "arrived_at": NOW}
        for at, (op, payload) in enumerate(payloads())
    ]  # fmt: skip
    write_deltalake(root / "bronze" / BRONZE.name, BRONZE.arrow_rows(rows).select([c.name for c in BRONZE.columns]))
    spark = open_spark()
    engines = Engines(spark, root, {f"bronze/{BRONZE.name}": 0})
    found = engines.silver(AWKWARD, FEED)
    spark.sql("create or replace temporary function lq_date(t string) returns date return try_cast(t as date)")
    without = engines.silver(AWKWARD, FEED)
    spark.stop()
    print(json.dumps({"rows": found.rows, "columns": found.columns, "only": [found.only_duckdb, found.only_spark],
                      "with_own_casts": without.only_spark, "examples": found.examples}))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
