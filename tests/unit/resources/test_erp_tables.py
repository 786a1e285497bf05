"""The list of the ERP's tables: what it may say, and the error that names file, table and field where it may not."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from lake.ingest.pulls.source import SourceTable
from resources.erp_snapshot import as_text
from resources.erp_tables import read_tables


def test_a_table_says_where_it_is_and_how_it_is_pulled_and_compared(tmp_path: Path) -> None:
    path = tmp_path / "erp.yml"
    path.write_text(
        "order_lines: {relation: shop.lines, key: [order_id, line_no], watermark: at, look_back: 3 days,\n"
        "  all_keys: yes, reconcile: {day: created_at, sums: [qty, qty * price]}}\n"
        "stock: {key: sku, watermark: version, look_back: 500}\n"
    )
    lines, stock = read_tables(path)
    assert lines == SourceTable(
        name="order_lines",
        relation="shop.lines",
        key=("order_id", "line_no"),
        watermark="at",
        look_back=dt.timedelta(days=3),
        all_keys=True,
        day="created_at",
        sums=(("qty",), ("qty", "price")),
    )
    assert stock == SourceTable("stock", "stock", ("sku",), "version", 500)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write one entry per table"),
        ("a: [", "while parsing"),
        ("a: b", "say at least key, watermark and look_back"),
        ("a: {key: x, watermark: y}", "a: look_back must be declared"),
        ("a: {key: x, watermark: y, look_back: 3 moons}", "look_back is a duration"),
        ("a: {key: x, watermark: y, look_back: 1 day, all_keys: maybe}", "all_keys is yes or no, not maybe"),
        ("a: {key: x, watermark: y, look_back: 1 day, lookback: 2}", "unknown fields lookback"),
        ("a: {key: x, watermark: y, look_back: 1 day, reconcile: {sums: [q]}}", "reconcile says `day`"),
        ("../a: {key: x, watermark: y, look_back: 1 day}", "a table is named with"),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_file(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "erp.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"erp\.yml") as error:
        read_tables(path)
    assert words in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.yml"):
        read_tables(tmp_path / "none.yml")


def test_values_of_other_databases_are_written_as_postgres_writes_them() -> None:
    values = {
        "true": True,
        "0.0000001000": Decimal("1.000E-7"),
        "2026-03-01 08:15:00+00:00": dt.datetime(2026, 3, 1, 10, 15, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "2026-03-01": dt.date(2026, 3, 1),
        "\\xdead": b"\xde\xad",
        "7": 7,
    }
    assert {as_text(value): value for value in values.values()} == values
