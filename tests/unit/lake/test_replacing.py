"""Rows of a key are replaced as a whole, whatever stood there, and nobody else's."""

from pathlib import Path

import polars as pl
import pytest

from lake.contract import Column, Contract
from lake.delta.replacing import replace_rows
from lake.delta.table import Table

NOTES = Contract(
    name="notes",
    grain="one row per song and note",
    key=("song", "note"),
    columns=(
        Column("song", "string", "the song"),
        Column("note", "int32", "number of the note"),
        Column("pitches", "float64[]", "what sounds", nullable=True),
    ),
)


def rows(song: str, *notes: int) -> list[dict[str, object]]:
    return [{"song": song, "note": note, "pitches": [float(note), 0.5]} for note in notes]


def standing(table: Table) -> list[tuple[object, ...]]:
    return pl.DataFrame(table.read().collect()).sort("song", "note").rows()


def test_replacing_twice_is_replacing_once(tmp_path: Path) -> None:
    table = Table(tmp_path / "silver" / "notes", NOTES)
    replace_rows(table, "song", ["a", "b"], [*rows("a", 1, 2, 3), *rows("b", 1)])
    for _ in range(2):
        replace_rows(table, "song", ["a"], rows("a", 1, 5))
    assert standing(table) == [("a", 1, [1.0, 0.5]), ("a", 5, [5.0, 0.5]), ("b", 1, [1.0, 0.5])]
    replace_rows(table, "song", ["a", "c"], [])
    assert standing(table) == [("b", 1, [1.0, 0.5])]


def test_a_quote_in_a_key_is_text(tmp_path: Path) -> None:
    table = Table(tmp_path / "silver" / "notes", NOTES)
    replace_rows(table, "song", ["o'hara", "x' or '1'='1"], rows("o'hara", 1))
    replace_rows(table, "song", ["x' or '1'='1"], [])
    assert standing(table) == [("o'hara", 1, [1.0, 0.5])]


def test_nothing_is_written_for_nobody_and_strays_are_refused(tmp_path: Path) -> None:
    table = Table(tmp_path / "silver" / "notes", NOTES)
    assert replace_rows(table, "song", [], []) == 0
    with pytest.raises(ValueError, match=r"silver/notes: rows of \['b'\] were not asked to be replaced"):
        replace_rows(table, "song", ["a"], rows("b", 1))
