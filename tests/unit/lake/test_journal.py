"""What is noted at the same time is all kept; what is noted by its key stands once; a revision loses nobody's row."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lake.contract import Column, Contract
from lake.delta.journal import Journal, Row
from lake.lakehouse import Lake

PRESSINGS = Contract(
    name="pressings",
    layer="lake",
    grain="one row per order to the plant",
    key=("plant", "order_number"),
    columns=(
        Column("plant", "string", "the plant"),
        Column("order_number", "int64", "the order"),
        Column("copies", "int32", "copies ordered", unit="units"),
        Column("said", "string", "what the plant said", nullable=True),
        Column("ordered_at", "timestamp", "moment of the order"),
    ),
)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def order(number: int, copies: int = 300, plant: str = "O'Hara", said: str | None = None) -> Row:
    return {"plant": plant, "order_number": number, "copies": copies, "said": said, "ordered_at": NOON}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Lake(tmp_path).journal(PRESSINGS)


def by_number(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["order_number"])


def test_a_journal_that_was_never_begun_has_no_rows_and_is_not_begun_by_asking(journal: Journal) -> None:
    assert journal.rows() == []
    assert (
        journal.select("select plant, sum(copies) from journal where plant = $plant group by all", {"plant": "x"}) == []
    )
    assert not journal.table.exists()


def test_rows_come_out_as_they_went_in_and_as_they_stood(journal: Journal) -> None:
    first = journal.note([order(1), order(2, said="in May")])
    journal.note([order(1, copies=500)])
    assert by_number(journal.rows(version=first)) == [order(1), order(2, said="in May")]
    asked = journal.select("select sum(copies) from journal where order_number = $number", {"number": 1})
    assert asked == [(800,)]
    assert journal.note([]) == journal.table.version() == first + 1


def test_what_is_left_out_is_null_and_a_required_value_is_not_left_out(journal: Journal) -> None:
    row = order(1)
    del row["said"]
    journal.note([row])
    assert journal.rows() == [order(1)]
    del row["copies"]
    with pytest.raises(Exception, match="copies"):
        journal.note([row])


def test_writers_at_the_same_time_note_a_key_once(journal: Journal) -> None:
    journal.note([order(0)])
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda writer: journal.note_new([order(n, copies=writer) for n in range(writer + 1)]), range(1, 5))
        )
    rows = by_number(journal.rows())
    assert [row["order_number"] for row in rows] == [0, 1, 2, 3, 4]
    assert rows[0] == order(0)
    before = journal.table.version()
    assert journal.note_new([order(3, copies=999)]) == before


def test_a_revision_beside_others_loses_nobodys_row(journal: Journal) -> None:
    journal.note([order(0, copies=0)])

    def one_more_and_another(number: int) -> None:
        def change(rows: list[Row]) -> list[Row]:
            return [row | {"copies": row["copies"] + (row["order_number"] == 0)} for row in rows] + [order(number)]

        journal.revise(change)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_more_and_another, range(1, 5)))
    assert by_number(journal.rows()) == [order(0, copies=4), *map(order, range(1, 5))]
    before = journal.table.version()
    assert journal.revise(lambda rows: rows) == before, "what changes nothing makes no version"
    journal.revise(lambda rows: [])
    assert journal.rows() == []
