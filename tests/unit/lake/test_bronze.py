"""The door of bronze: whatever lands is a row or a dead letter, once, whatever its name and order."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests.lake_builders import (
    LINES,
    arrive,
    dead_letters,
    erp_change,
    land,
    load,
    new_session,
    order_line,
    rows,
    stated,
)

DEEP = b'{"op": "c", "after": ' + b"[" * 3000 + b"]" * 3000 + b"}"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def write(lake: Lake, name: str, content: bytes) -> Path:
    path = lake.root / "landing" / "erp" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def placed(lake: Lake) -> list[tuple[int, str]]:
    return [(row["batch_line"], row["payload"]) for row in rows(lake, "bronze/erp_changes")]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"op": "c", ', "json"),
        (b"{}}", "json"),
        (b"NaN", "object"),
        (b'{"op": "c", "x": 1e}', "json"),
        (b'{"op": "\xff"}', "utf8"),
        (b"\x00\x01\x02", "json"),
        ("null,".encode("utf-16"), "utf8"),
        (b"[1, 2]", "object"),
        (b'"text"', "object"),
        (b"42", "object"),
        (b"true", "object"),
        (b"{}", "operation"),
        (b'{"op": {"a": 1}}', "operation"),
        (b'{"op": "z", "source": {"table": "orders"}}', "operation"),
        (b'{"op": "c"}', "source"),
        (b'{"op": "c", "source": []}', "source"),
        (b'{"op": "c", "source": {"table": "../etc"}}', "source"),
        (DEEP, "source"),
    ],
)
def test_a_line_that_is_not_understood_is_a_dead_letter_with_its_bytes(lake: Lake, line: bytes, rule: str) -> None:
    good = stated(1)
    write(lake, "1.jsonl", good.encode() + b"\n" + line + b"\nnull\n")

    landed = arrive(lake)

    assert (landed.rows, landed.dead, landed.total_lines) == (2, 1, 3)
    assert placed(lake) == [(1, good), (3, "null")]
    (dead,) = dead_letters(lake, "bronze/erp_changes")
    assert (dead["batch_line"], dead["rule"], dead["raw"]) == (2, rule, line)
    assert dead["landed_path"] == "erp/1.jsonl"


def test_blank_lines_windows_line_ends_and_a_missing_last_newline(lake: Lake) -> None:
    first, second, third = stated(1), stated(2), stated(3)
    write(lake, "1.jsonl", f"\r\n{first}\r\n\n   \n{second}\r\n{third}".encode())
    landed = arrive(lake)
    assert (landed.rows, landed.dead, landed.total_lines) == (3, 0, 3)
    assert placed(lake) == [(2, first), (5, second), (6, third)]


@pytest.mark.parametrize("name", ["1.jsonl", "1.json"])
def test_a_mark_of_byte_order_is_no_part_of_the_first_line(lake: Lake, name: str) -> None:
    write(lake, name, b"\xef\xbb\xbf" + stated(1).encode())
    assert (arrive(lake).dead, placed(lake)) == (0, [(1, stated(1))])


def test_a_line_of_a_megabyte_lands_whole(lake: Lake) -> None:
    long = stated(1, note="é" * 2**19)
    land(lake, "1.jsonl", [long, stated(2)])
    arrive(lake)
    assert placed(lake)[0] == (1, long)


def test_line_numbers_go_on_across_the_chunks_of_a_file(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.ingest.landing.file.CHUNK_BYTES", 700)
    lines = [stated(number, note="x" * (number * 40)) for number in range(1, 12)]
    lines[4] = "{"
    land(lake, "1.jsonl", lines)
    landed = arrive(lake)
    assert (landed.total_lines, landed.dead) == (11, 1)
    assert placed(lake) == [(number, line) for number, line in enumerate(lines, 1) if line != "{"]


def test_the_order_of_the_files_does_not_matter(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "other")
    contents = {name: [stated(number), "{"] for number, name in enumerate("abc")}
    for name in "abc":
        land(lake, f"{name}.jsonl", contents[name])
        arrive(lake)
    for name in "cba":
        land(other, f"{name}.jsonl", contents[name])
        arrive(other)

    def identity(lake: Lake) -> list[tuple[str, int]]:
        return sorted((row["batch_id"], row["batch_line"]) for row in rows(lake, "bronze/erp_changes"))

    assert identity(lake) == identity(other)
    digest = hashlib.sha256(f"{contents['a'][0]}\n{{\n".encode()).hexdigest()
    assert (digest, 1) in identity(lake)


def test_files_that_are_being_written_are_left_alone(lake: Lake) -> None:
    write(lake, ".1.jsonl.part", b"null\n")
    write(lake, "2.jsonl.part", b"null\n")
    write(lake, ".tmp/3.jsonl", b"null\n")
    write(lake, "empty.jsonl", b"")
    landed = arrive(lake)
    assert (landed.files, landed.total_lines, landed.rows) == (1, 0, 0)


def test_a_landing_folder_that_is_not_there_is_nothing_new(lake: Lake) -> None:
    assert arrive(lake).files == 0


def test_a_kill_between_the_dead_letters_and_bronze_doubles_none(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    land(lake, "1.jsonl", [stated(1), "{"])
    with monkeypatch.context() as patch:
        patch.setattr("lake.delta.table.Table.append", _killed_for("erp_changes"))
        with pytest.raises(KeyboardInterrupt):
            arrive(lake)
    assert len(dead_letters(lake, "bronze/erp_changes")) == 1

    again = arrive(lake)

    assert (again.rows, again.total_lines, again.total_rows, again.total_dead) == (1, 2, 1, 1)


def _killed_for(name: str):
    from lake.delta.table import Table

    append = Table.append

    def killed(self: Table, *args: Any, **kwargs: Any) -> int:
        if self.path.name == name:
            raise KeyboardInterrupt
        return append(self, *args, **kwargs)

    return killed


@pytest.mark.parametrize("ts_ms", [1291191960000000, 9 * 10**15, -(10**14), 9223372036854775807, 10**30, "noon", None])
def test_a_time_that_no_calendar_shows_is_no_time(lake: Lake, ts_ms: int | None) -> None:
    good, odd = stated(1, order_id="1"), erp_change("order_lines", op="u", lsn=2, after=order_line("2"), ts_ms=ts_ms)
    land(lake, "1.jsonl", [good, odd])
    load(lake)

    at = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert [(row["order_id"], row["source_changed_at"]) for row in rows(lake, "silver/lines")] == [
        ("1", at),
        ("2", None),
    ]
    moments = {row["order_id"]: row["valid_from"] for row in rows(lake, "silver/lines_history")}
    assert moments == {"1": at, "2": datetime(1970, 1, 1, tzinfo=UTC)}
    assert lake.table(LINES).read().collect()["source_changed_at"].to_list() == [at, None]


def test_the_session_takes_up_what_it_has_taken_in(lake: Lake) -> None:
    land(lake, "1.jsonl", [stated(1)])
    session = new_session(lake)
    landed = arrive(lake, session)
    assert session.versions["bronze/erp_changes"] == landed.version
