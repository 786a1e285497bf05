"""Parquet and Excel as they should not be: types without a text, texts that are none, a value at the end of a sheet."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from lake.lakehouse import Lake
from tests.extract_builders import afters, folder, refused, take


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def land_parquet(lake: Lake, columns: Mapping[str, pa.Array], day: int = 1) -> None:
    pq.write_table(pa.table(dict(columns)), folder(lake) / f"2026-03-0{day}.parquet")


def test_types_that_duckdb_lacks_are_text_all_the_same(lake: Lake) -> None:
    wide = pa.array([Decimal("12345678901234567890123456789012345678901234.5"), None], pa.decimal256(50, 1))
    half = pa.array([1.5, None], pa.float32()).cast(pa.float16())
    view = pa.array(["x", None], pa.string_view())
    land_parquet(lake, {"id": pa.array(["1", "2"]), "wide": wide, "half": half, "view": view})

    take(lake)

    first, second = afters(lake)
    assert first == {"id": "1", "wide": "12345678901234567890123456789012345678901234.5", "half": "1.5", "view": "x"}
    assert second == {"id": "2", "wide": None, "half": None, "view": None}


def test_a_value_without_a_text_costs_its_file_and_not_the_run(lake: Lake) -> None:
    year_3_000_000 = pa.array([10**14], pa.timestamp("s"))
    land_parquet(lake, {"id": pa.array(["1"]), "at": year_3_000_000})
    land_parquet(lake, {"id": pa.array(["2"])}, day=2)

    take(lake)

    assert [row["id"] for row in afters(lake)] == ["2"]
    assert [(line, rule) for line, rule, _ in refused(lake)] == [(1, "unreadable")]


@pytest.mark.parametrize("packed", [False, True])
def test_text_in_parquet_that_is_not_utf8_is_refused_with_its_bytes(lake: Lake, packed: bool) -> None:
    cells = [b"good", b"\xff\xfe", b"", None]
    offsets = pa.py_buffer(b"".join(at.to_bytes(4, "little") for at in (0, 4, 6, 6, 6)))
    texts = pa.Array.from_buffers(pa.string(), 4, [pa.py_buffer(b"\x07"), offsets, pa.py_buffer(b"good\xff\xfe")])
    assert texts.cast(pa.binary()).to_pylist() == cells
    column = texts.dictionary_encode() if packed else texts
    land_parquet(lake, {"id": pa.array(["1", "2", "3", "4"]), "title": column})

    take(lake)

    assert [(row["id"], row["title"]) for row in afters(lake)] == [("1", "good"), ("3", None), ("4", None)]
    assert refused(lake) == [(2, "utf8", b"\xff\xfe")]


def test_columns_that_differ_by_their_case_only_are_refused(lake: Lake) -> None:
    land_parquet(lake, {"sku": pa.array(["1"]), "SKU": pa.array(["2"])})
    take(lake)
    ((line, rule, raw),) = refused(lake)
    assert (line, rule, json.loads(raw)["after"]) == (1, "header", None)


def test_a_stray_value_in_the_last_cell_of_a_sheet_costs_its_file_and_not_the_process(lake: Lake) -> None:
    for day, last in ((1, (1_048_575, 16_383)), (2, (60_000, 3))):
        with xlsxwriter.Workbook(folder(lake) / f"2026-03-0{day}.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["id", "title"])
            sheet.write_row(1, 0, [str(day), "Blue"])
            sheet.write_string(*last, "stray")

    take(lake)

    assert afters(lake) == [{"id": "2", "title": "Blue"}]
    assert sorted((line, rule) for line, rule, _ in refused(lake)) == [(1, "unreadable"), (60_001, "fields")]


def test_a_sheet_that_is_a_bad_header_and_nothing_else_is_a_dead_letter(lake: Lake) -> None:
    with xlsxwriter.Workbook(folder(lake) / "2026-03-01.xlsx") as book:
        book.add_worksheet().write_row(2, 0, ["id", "id"])
    take(lake)
    assert [one[:2] for one in refused(lake)] == [(3, "header")]


def test_a_workbook_that_begins_with_a_chart_gives_its_first_sheet_of_cells(lake: Lake) -> None:
    with xlsxwriter.Workbook(folder(lake) / "2026-03-01.xlsx") as book:
        front, sheet = book.add_chartsheet("Overview"), book.add_worksheet("Lines")
        sheet.write_row(0, 0, ["id", "quantity"])
        sheet.write_row(1, 0, ["1", 12])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Lines!$B$2:$B$2"})
        front.set_chart(chart)

    take(lake)

    assert refused(lake) == []
    assert afters(lake) == [{"id": "1", "quantity": "12"}]


def test_a_workbook_of_nothing_but_a_chart_is_a_dead_letter_and_not_nothing(lake: Lake) -> None:
    with xlsxwriter.Workbook(folder(lake) / "2026-03-01.xlsx") as book:
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Overview!$B$2:$B$2"})
        book.add_chartsheet("Overview").set_chart(chart)

    take(lake)

    assert afters(lake) == []
    assert [(line, rule) for line, rule, _ in refused(lake)] == [(1, "unreadable")]
