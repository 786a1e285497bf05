"""Extracts of the ERP's tables: a CSV, a Parquet or an Excel file becomes rows of bronze, value by value as it was."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from assets.bronze.erp_changes import ERP_CHANGES
from lake.delta.views import duckdb_connection
from lake.ingest.landing.ledger import read_ledger
from lake.ingest.landing.listing import landed_files
from lake.lakehouse import Lake
from tests.extract_builders import afters, folder, refused, take
from tests.lake_builders import LINES, LINES_FEED, load, rows

DAY = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
HEADER = "order_id,line_no,title,category,qty,price,created_at"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_a_csv_is_rows_of_its_folders_table_at_the_day_of_its_name(lake: Lake) -> None:
    body = f"{HEADER}\r\n0001,1,Blue,product,3,02.50,2026-03-01T10:15:00Z\r\n"
    (folder(lake) / "2026-03-01--lines.csv").write_text(body)

    landed = take(lake)

    assert (landed.files, landed.rows, landed.dead, landed.total_lines) == (1, 1, 0, 1)
    (row,) = rows(lake, "bronze/erp_changes")
    assert (row["source"], row["op"], row["position"], row["batch_line"]) == ("order_lines", "r", DAY, 2)
    assert row["changed_at"] == datetime(2026, 3, 1, tzinfo=UTC)
    values = ("0001", "1", "Blue", "product", "3", "02.50", "2026-03-01T10:15:00Z")
    assert json.loads(row["payload"])["after"] == dict(zip(HEADER.split(","), values, strict=True))


def test_the_rows_reach_silver_and_a_later_watermark_wins_whatever_the_files_order(lake: Lake) -> None:
    place = folder(lake, options="watermark: changed\n")
    line = "7,1,{title},product,3,2.50,2026-03-01T10:15:00Z,{changed}\n"
    newer = f"{HEADER},changed\n" + line.format(title="Newer", changed="2026-03-02 08:00:00.000002+00")
    older = f"{HEADER},changed\n" + line.format(title="Older", changed="2026-03-02T08:00:00.000001Z")
    (place / "a.csv").write_text(newer)
    (place / "b.csv").write_text(older)

    take(lake)
    load(lake, LINES, LINES_FEED)

    (row,) = rows(lake, "silver/lines")
    assert (row["title"], row["unit_price"], row["source_changed_at"].microsecond) == ("Newer", Decimal("2.5000"), 0)
    assert row["source_position"] == int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp()) * 1_000_000 + 2


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("2026-03-01.csv", b"a,a\n1,2\n", "header"),
        ("2026-03-01.csv", b"a,\n1,2\n", "header"),
        ("lines.csv", b"a,b\n1,2\n", "moment"),
        ("2026-13-01.csv", b"a,b\n1,2\n", "moment"),
        ("2026-03-01.parquet", b"PAR1 but not really", "unreadable"),
        ("2026-03-01.xlsx", b"PK\x03\x04 but not really", "unreadable"),
        ("2026-03-01.csv.gz", b"\x1f\x8b but not really", "unreadable"),
        ("2026-03-01.docx", b"a letter", "unreadable"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(lake: Lake, name: str, content: bytes, rule: str) -> None:
    (folder(lake) / name).write_bytes(content)
    landed = take(lake)
    assert (landed.rows, landed.dead) == (0, 1)
    assert [one[1] for one in refused(lake)] == [rule]


def test_parquet_keeps_decimals_moments_and_nulls(lake: Lake) -> None:
    moment = datetime(2026, 3, 1, 9, 15, 0, 123456, tzinfo=UTC)
    table = pa.table(
        {
            "order_id": ["007", None],
            "line_no": pa.array([1, 2], pa.int64()),
            "price": pa.array([Decimal("11.5000"), Decimal("0.0001")], pa.decimal128(12, 4)),
            "berlin": pa.array([moment, None], pa.timestamp("us", "Europe/Berlin")),
            "naive": pa.array([moment.replace(tzinfo=None)] * 2, pa.timestamp("us")),
            "day": pa.array([date(2026, 3, 1)] * 2),
            "flag": [True, False],
            "ratio": [0.1, float("nan")],
            'odd "name"': pa.array(["a", "b"]).dictionary_encode(),
        }
    )
    pq.write_table(table, folder(lake) / "2026-03-01T0915--lines.parquet")

    take(lake)

    first, second = rows(lake, "bronze/erp_changes")
    assert (first["batch_line"], first["position"]) == (1, DAY + 33_300_000_000)
    assert json.loads(first["payload"])["after"] == {
        "order_id": "007",
        "line_no": "1",
        "price": "11.5000",
        "berlin": "2026-03-01 09:15:00.123456+00",
        "naive": "2026-03-01 09:15:00.123456",
        "day": "2026-03-01",
        "flag": "true",
        "ratio": "0.1",
        'odd "name"': "a",
    }
    after = json.loads(second["payload"])["after"]
    assert (after["order_id"], after["price"], after["berlin"], after["ratio"]) == (None, "0.0001", None, "nan")


def test_a_sheet_keeps_texts_numbers_and_dates_apart(lake: Lake) -> None:
    path = folder(lake, options="sheet: Lines\n") / "2026-03-01.xlsx"
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        book.add_worksheet("Notes").write_row(0, 0, ["not", "this"])
        sheet = book.add_worksheet("Lines")
        when = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, ["order_id", "qty", "price", "created_at"])
        sheet.write_string(1, 0, "00123")
        sheet.write_number(1, 1, 12)
        sheet.write_number(1, 2, 0.1 + 0.2)
        sheet.write_datetime(1, 3, datetime(2026, 3, 1, 10, 15, tzinfo=UTC), when)
        sheet.write_number(3, 0, 1234567890123456)
        sheet.write_number(3, 2, 19.9)
        sheet.write_string(4, 0, "O3")
        sheet.write_string(4, 4, "a remark beside the table")

    landed = take(lake)

    assert afters(lake) == [
        {"order_id": "00123", "qty": "12", "price": "0.3", "created_at": "2026-03-01 10:15:00"},
        {"order_id": "1234567890123456", "qty": None, "price": "19.9", "created_at": None},
    ]
    assert (landed.rows, landed.dead) == (2, 1)
    assert [one[:2] for one in refused(lake)] == [(5, "fields")]


def test_a_day_from_a_sheet_is_a_day_in_silver(lake: Lake) -> None:
    as_day, as_moment = "try_cast('2026-03-01 00:00:00' as date)", "try_cast('2026-03-01 10:15:00' as timestamptz)"
    found = duckdb_connection().execute(f"select {as_day}::varchar, {as_moment}::varchar").fetchall()
    assert found == [("2026-03-01", "2026-03-01 10:15:00+00")]


def test_twice_is_once_and_other_options_are_another_statement(lake: Lake) -> None:
    place = folder(lake)
    path = place / "2026-03-01.csv"
    path.write_text("id,price\n1,2,50\n")
    take(lake)
    again = take(lake)
    assert (again.files, again.total_lines, again.total_dead) == (0, 1, 1)

    (place / "extract.yml").write_text("delimiter: ';'\n")
    assert take(lake).files == 0
    path.touch()
    mended = take(lake)

    assert (mended.rows, mended.total_lines) == (1, 2)
    assert afters(lake) == [{"id,price": "1,2,50"}]


def test_the_same_content_in_two_folders_is_two_tables(lake: Lake) -> None:
    for table in ("orders", "buyers"):
        (folder(lake, table) / "2026-03-01.csv").write_text("id\n1\n")
    assert take(lake).rows == 2
    assert sorted(row["source"] for row in rows(lake, "bronze/erp_changes")) == ["buyers", "orders"]


def test_a_kill_between_bronze_and_the_ledger_counts_the_rows_again(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder(lake) / "2026-03-01.csv").write_text("id,title\n1,a\n2\n3,c\n")
    with monkeypatch.context() as patch:
        patch.setattr("lake.ingest.bronze.write_ledger", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take(lake)
    again = take(lake)
    assert (again.rows, again.total_lines, again.total_rows, again.total_dead) == (0, 3, 2, 1)
    assert read_ledger(lake, lake.table(ERP_CHANGES)).lines == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("delimeter: ','\n", "unknown options delimeter"),
        ("kind: full\n", "kind is full; it is one of delta, snapshot"),
        ("kind: snapshot\n", "a snapshot needs `key"),
        ("encoding: klingon\n", "encoding 'klingon' is unknown"),
        ("delimiter: ', '\n", "one character each"),
        ("- a\n- b\n", "write options as"),
        ("a: [\n", "not YAML"),
        ("columns: [a]\n", "columns maps names"),
    ],
)
def test_options_that_cannot_be_are_errors_that_name_the_file(lake: Lake, options: str, words: str) -> None:
    (folder(lake, options=options) / "2026-03-01.csv").write_text("id\n1\n")
    with pytest.raises(ValueError, match="extract") as error:
        take(lake)
    assert words in str(error.value)


def test_the_sidecar_waits_for_nobody_and_files_under_way_are_left_alone(lake: Lake) -> None:
    place = folder(lake, options="kind: delta\n")
    (place / ".2026-03-01.csv.part").write_text("id\n")
    (place / "2026-03-01.csv").write_text("id\n1\n")
    assert [file.path.name for file in landed_files(lake.root / "landing" / "erp")] == ["2026-03-01.csv"]


def test_the_watermark_is_no_field_that_silver_should_know(lake: Lake) -> None:
    body = f"{HEADER},changed,colour\n7,1,Blue,product,3,2.50,2026-03-01T10:15:00Z,2026-03-02T08:00:00Z,red\n"
    (folder(lake, options="watermark: changed\n") / "a.csv").write_text(body)
    take(lake)
    assert load(lake, LINES, LINES_FEED).unknown == ("colour",)


RETURNS = "order_id,line_no,item_category,order_type,qty"
SIGNED = [
    "1,1,product,sale,3",
    "2,1,product,cancellation,3",
    "3,1,service,cancellation,1",
    "4,1,product,cancellation,+2.0",
]


@pytest.mark.parametrize(
    ("options", "right"), [("returns: positive\n", ["3", "-3", "1", "-2.0"]), (None, ["3", "3", "1", "+2.0"])]
)
def test_the_sign_of_returns_is_what_the_folder_declares(lake: Lake, options: str | None, right: list[str]) -> None:
    body = "\n".join([RETURNS, *SIGNED, "5,1,product,cancellation,-4"]) + "\n"
    (folder(lake, options=options) / "2026-03-01.csv").write_text(body)
    take(lake)

    assert [row["qty"] for row in afters(lake)] == [*right, *(["-4"] if options is None else [])]
    letters = [(line, rule, json.loads(raw)["after"]["qty"]) for line, rule, raw in refused(lake)]
    assert letters == ([] if options is None else [(6, "sign", "-4")])


def test_an_unknown_sign_of_returns_is_refused(lake: Lake) -> None:
    (folder(lake, options="returns: sometimes\n") / "2026-03-01.csv").write_text(f"{RETURNS}\n")
    with pytest.raises(ValueError, match="returns is sometimes; it is one of negative, positive"):
        take(lake)
