"""CSV as the world writes it: delimiters, marks, encodings, commas; and broken rows, which cost only themselves."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests.extract_builders import afters, folder, refused, take
from tests.lake_builders import rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize(
    ("name", "body", "options"),
    [
        ("semicolon.csv", 'a;b\n"x;1";é\n', None),
        ("tab.tsv", "a\tb\nx;1\té\n", None),
        ("pipe.csv", "a|b\nx;1|é\n", None),
        ("mark.csv", b'\xef\xbb\xbfa,b\n"x;1",\xc3\xa9\n', None),
        ("wide.csv", "a,b\n\"x;1\",é\n".encode("utf-16"), None),
        ("declared.csv", "a,b\n'x;1',é\n".encode("cp1252"), "encoding: cp1252\nquote: \"'\"\n"),
        ("told.csv", b'\xef\xbb\xbfsep=|\r\na|b\r\n"x;1"|\xc3\xa9\r\n', None),
        ("told in quotes.csv", '"sep=;"\na;b\n"x;1";é\n', None),
        ("told a tab.csv", "\nSEP=\t\na\tb\nx;1\té\n", None),
        ("told in vain.csv", "sep=;\na,b\nx;1,é\n", 'delimiter: ","\n'),
        ("packed.csv.gz", gzip.compress("a,b\nx;1,é\n".encode(), mtime=0), None),
        ("packed.csv.zst", pa.compress("a,b\nx;1,é\n".encode(), codec="zstd", asbytes=True), None),
        ("blank.csv", "\n\na,b\n\nx;1,é\n   \n", None),
        ("renamed.csv", "Größe;b\nx;1;é\n".replace("x;1", '"x;1"'), "columns: {Größe: a}\n"),
        ("nothing.csv", "a,b,c\nx;1,é,NULL\n", "nulls: [NULL]\n"),
        ("returns.csv", "a,b\rx;1,é\r", None),
        ("two lines.csv", '"a";"b\nof it"\n"x;1";é\n', "columns: {'b\\nof it': b}\n".replace("'", '"')),
    ],
)  # fmt: skip
def test_a_csv_is_read_as_it_is_written(lake: Lake, name: str, body: str | bytes, options: str | None) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    (folder(lake, "buyers", options) / f"2026-03-01--{name}").write_bytes(content)
    take(lake)
    (row,) = afters(lake)
    assert {name: value for name, value in row.items() if value is not None} == {"a": "x;1", "b": "é"}
    assert row.get("c") is None


def test_decimal_commas_are_read_where_they_are_declared_and_nowhere_else(lake: Lake) -> None:
    place = folder(lake, options="decimal_comma: [price]\n")
    (place / "2026-03-01.csv").write_text("order_id;price\n1.234;1.234,50\n1,2;-7,5\n3;12\n4;1.23.4\n5;n/a\n6;\n")
    take(lake)
    assert [(row["order_id"], row["price"]) for row in afters(lake)] == [
        ("1.234", "1234.50"),
        ("1,2", "-7.5"),
        ("3", "12"),
        ("4", "1.23.4"),
        ("5", "n/a"),
        ("6", None),
    ]


def test_a_bad_row_is_a_dead_letter_with_its_line_and_its_bytes_and_costs_no_other(lake: Lake) -> None:
    lines = [
        b"order_id,title",
        b'1,7" single',
        b'2,"said ""so"", twice\nand went"',
        b"3,too,many",
        b"4",
        b'5,"closed" late',
        b"6,\xff\xfe",
        b'7,"never closed',
        b"8,good",
        b"9,also good",
    ]
    (folder(lake) / "2026-03-01.csv").write_bytes(b"\n".join(lines) + b"\n")

    landed = take(lake)

    assert [(row["order_id"], row["title"]) for row in afters(lake)] == [
        ("1", '7" single'),
        ("2", 'said "so", twice\nand went'),
        ("8", "good"),
        ("9", "also good"),
    ]
    assert refused(lake) == [
        (5, "fields", b"3,too,many"),
        (6, "fields", b"4"),
        (7, "csv", b'5,"closed" late'),
        (8, "utf8", b"6,\xff\xfe"),
        (9, "csv", b'7,"never closed'),
    ]
    assert (landed.total_lines, landed.total_rows, landed.total_dead) == (9, 4, 5)
    assert [row["batch_line"] for row in rows(lake, "bronze/erp_changes")] == [2, 3, 10, 11]


def test_a_quote_that_is_never_closed_does_not_swallow_a_long_file(lake: Lake) -> None:
    body = 'id,title\n0,"open\n' + "".join(f"{number},x\n" for number in range(1, 1001))
    (folder(lake) / "2026-03-01.csv").write_text(body)
    landed = take(lake)
    assert (landed.rows, landed.dead) == (1000, 1)


def test_a_packed_file_that_breaks_off_gives_the_rows_before_and_says_so(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lake.ingest.landing.extracts.cells.BATCH_ROWS", 1000)
    body = "id,title\n" + "".join(f"{number},{number * 7919 % 1000}\n" for number in range(20_000))
    packed = gzip.compress(body.encode(), mtime=0)
    (folder(lake) / "2026-03-01.csv.gz").write_bytes(packed[: len(packed) // 2])
    landed = take(lake)
    assert landed.dead == 1
    assert [int(row["id"]) for row in afters(lake)] == list(range(landed.rows))
    assert landed.rows > 1000


@pytest.mark.parametrize("body", [b'a,"b\r\n', b"a,,c", b'<p class="a">no table</p>,"\n', b"a,A\n"])
def test_a_file_that_is_all_header_and_no_good_one_is_a_dead_letter_and_not_nothing(lake: Lake, body: bytes) -> None:
    (folder(lake) / "2026-03-01.csv").write_bytes(body)
    landed = take(lake)
    assert (landed.total_lines, landed.total_rows, landed.total_dead) == (1, 0, 1)
    assert refused(lake)[0][2] == body.rstrip()


def test_names_that_differ_by_their_case_only_are_refused_and_do_not_end_the_run(lake: Lake) -> None:
    (folder(lake) / "2026-03-01.csv").write_text("Sku,SKU\n1,2\n")
    take(lake)
    assert refused(lake) == [(2, "header", b"1,2")]


def test_a_line_without_an_end_costs_itself_and_is_not_held_whole(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.ingest.landing.extracts.records.LONGEST_BYTES", 1000)
    body = b"id,title\n1,a\n2," + b"x" * 50_000 + b"\n3,c\n4," + b"," * 5_000
    (folder(lake) / "2026-03-01.csv.gz").write_bytes(gzip.compress(body, mtime=0))
    take(lake)
    assert [row["id"] for row in afters(lake)] == ["1", "3"]
    assert [(line, rule, len(raw)) for line, rule, raw in refused(lake)] == [(3, "csv", 1001), (5, "csv", 1001)]


@pytest.mark.parametrize("body", ["a,b\n,\nx,1\n , \n,\n", "a,b\n,\n,\n,\n"], ids=["among rows", "alone"])
def test_blank_rows_are_skipped_and_counted(lake: Lake, body: str) -> None:
    (folder(lake, "buyers", None) / "2026-03-01.csv").write_text(body)
    landed = take(lake)

    assert (landed.rows, landed.dead, landed.is_balanced) == (body.count("x"), 0, True)
    assert landed.notes == ("erp/extracts/buyers/2026-03-01.csv: 3 blank rows are skipped",)
    assert refused(lake) == []
