"""Exports: the same figures as the lake, in every format, harmless to spreadsheets, in the reader's scope."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.lakehouse import Lake
from serving.exports.cells import harmless
from serving.exports.tables import csv_lines, exportable, write_parquet, write_xlsx
from serving.queries.publications import Publications
from serving.queries.reader import Reader
from serving.queries.scopes import Scope
from tests import serving_lake

FORMULAS = ["=1+1", "+49 30 1", "-2", "@cmd", "\tx", "＝1", "plain", '=HYPERLINK("http://x")']


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def reader(lake: Lake) -> Reader:
    rows = pa.table({"release_id": ["R1"] * len(FORMULAS), "note": FORMULAS, "n": range(len(FORMULAS))})
    serving_lake.republish(lake, "gold/notes", rows)
    return Publications(lake).reader()


def read_csv(reader: Reader, name: str) -> list[dict[str, str]]:
    text = b"".join(csv_lines(reader, name)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def read_xlsx(path: Path) -> list[dict[str, Any]]:
    import fastexcel

    return fastexcel.read_excel(path).load_sheet(0).to_polars().to_dicts()


def test_csv_has_every_line_to_the_cent(reader: Reader) -> None:
    rows = read_csv(reader, "fct_order_line")
    told = sorted((row["order_id"], row["line_number"], Decimal(row["house_revenue"])) for row in rows)
    assert told == sorted((order, str(line), Decimal(money)) for order, line, _, _, _, money, _ in serving_lake.LINES)


def test_a_workbook_has_numbers_and_dates(reader: Reader, tmp_path: Path) -> None:
    write_xlsx(reader, "fct_order_line", tmp_path / "x.xlsx")
    rows = read_xlsx(tmp_path / "x.xlsx")
    told = sorted((row["order_id"], row["line_number"], row["house_revenue"]) for row in rows)
    assert told == sorted((order, line, float(money)) for order, line, _, _, _, money, _ in serving_lake.LINES)
    assert {str(row["order_date"])[:10] for row in rows} == {str(line[-1]) for line in serving_lake.LINES}


def test_parquet_has_the_types_of_the_lake(reader: Reader, tmp_path: Path) -> None:
    write_parquet(reader, "fct_order_line", tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.schema.field("house_revenue").type == pa.decimal128(18, 4)
    assert sum(table["house_revenue"].to_pylist()) == sum(Decimal(line[5]) for line in serving_lake.LINES)


def test_no_text_is_a_formula_in_a_spreadsheet(reader: Reader, tmp_path: Path) -> None:
    assert [row["note"] for row in read_csv(reader, "notes")] == [
        *(f"'{one}" for one in FORMULAS[:6]),
        "plain",
        f"'{FORMULAS[7]}",
    ]
    write_xlsx(reader, "notes", tmp_path / "x.xlsx")
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        sheets = b"".join(book.read(name) for name in book.namelist() if "worksheets" in name)
    assert b"<f>" not in sheets
    assert b"<hyperlink" not in sheets
    assert harmless(["=x", None]) == "'=x, "


def test_a_scope_holds_in_files(lake: Lake, tmp_path: Path) -> None:
    scoped = Publications(lake).reader(Scope(frozenset({"L1"})))
    assert "erp_changes" not in exportable(scoped)
    for name in exportable(scoped):
        write_parquet(scoped, name, tmp_path / "x.parquet")
        table = pq.read_table(tmp_path / "x.parquet")
        for key in {"release_id", "product_id"} & set(table.column_names):
            assert set(table[key].to_pylist()) <= {"R1", "R2"}, name
    assert {row["release_id"] for row in read_csv(scoped, "fct_order_line")} == {"R1"}
