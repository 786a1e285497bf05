"""A `.json` file is a document, a list of documents or one a line; files are read whatever the bytes of their names."""

import os
from pathlib import Path

import pytest

from lake.ingest.landing.file import documents_in
from lake.lakehouse import Lake
from tests.lake_builders import arrive, dead_letters, land, loaded, rows, stated

MARK = "\ufeff".encode()


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b'{"a": 1}\n{"a": 2}\n', [b'{"a": 1}', b'{"a": 2}', b""]),
        (b'{\n "a": 1\n}\n', None),
        (b'{"a": 1}', None),
        (b'[{"a": 19.90}, {"a":\n "x,]"}\n]', [b'{"a": 19.90}', b'{"a":  "x,]"}']),
        (b'[{"a": 1}, {"a"', None),
        (b"[]", None),
        (b"[\xff]", None),
        (b"no json\nat all", None),
    ],
)
def test_what_a_file_holds(content: bytes, lines: list[bytes] | None) -> None:
    assert documents_in(content) == lines


@pytest.mark.parametrize("as_list", [True, False])
def test_each_document_is_a_row_or_a_dead_letter(tmp_path: Path, *, as_list: bool) -> None:
    lake = Lake(tmp_path)
    lines = [stated(number, order_id=str(number)) for number in range(1, 30)] + ['{"op": "?"}']
    (tmp_path / "landing" / "erp").mkdir(parents=True)
    text = "[" + ",\n".join(lines) + "]" if as_list else "\n".join(lines)
    (tmp_path / "landing" / "erp" / "sink.json").write_text(text)

    landed = arrive(lake)

    assert (landed.rows, landed.dead, landed.is_balanced) == (29, 1, True)
    assert [one["batch_line"] for one in dead_letters(lake, "bronze/erp_changes")] == [30]


def test_a_name_that_is_no_utf8_is_read_and_shown_with_its_bytes(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    land(lake, "2010-12-01.jsonl", [stated(1)])
    name = b"2010-12-02--auftr\xe4ge.jsonl"
    (tmp_path / "landing" / "erp" / os.fsdecode(name)).write_text(stated(2, order_id="2") + "\n")

    loaded(lake, [stated(3, order_id="3")])

    assert [row["order_id"] for row in rows(lake, "silver/lines")] == ["1", "2", "3"]
    assert "erp/2010-12-02--auftr\\xe4ge.jsonl" in {row["landed_path"] for row in rows(lake, "bronze/erp_changes")}
    assert arrive(lake).files == 0


def test_several_documents_without_newlines_are_as_many_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    texts = [stated(number, order_id=str(number), title="a } { b }{ c") for number in range(1, 7)]
    land(lake, "2010-12-01.jsonl", [texts[0] + texts[1] + f"{texts[2]} {texts[3]}"])
    (lake.root / "landing/erp/2010-12-02.jsonl").write_text(texts[4] + texts[5])  # without a newline at the end

    landed = arrive(lake)

    assert (landed.rows, landed.dead, landed.is_balanced) == (6, 0, True)
    found = {(row["landed_path"][-8:-6], row["batch_line"]): row["payload"] for row in rows(lake, "bronze/erp_changes")}
    places = [("01", 1), ("01", 2), ("01", 3), ("01", 4), ("02", 1), ("02", 2)]
    assert found == dict(zip(places, texts, strict=True))


def test_among_other_lines_one_with_several_documents_is_refused_by_its_number(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    texts = [stated(number, order_id=str(number)) for number in range(1, 5)]
    land(lake, "2010-12-01.jsonl", [texts[0], texts[1] + texts[2], texts[3], "{} {} {"])

    landed = arrive(lake)

    assert (landed.rows, landed.dead, landed.is_balanced) == (2, 2, True)
    assert [row["batch_line"] for row in rows(lake, "bronze/erp_changes")] == [1, 3]
    letters = dead_letters(lake, "bronze/erp_changes")
    assert [(one["batch_line"], one["rule"]) for one in letters] == [(2, "json"), (4, "json")]
