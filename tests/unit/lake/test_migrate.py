"""A stored table carried over to a contract that contradicts it: nothing is lost, and it is the one or the other."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.contract import Column, Contract
from lake.delta.table import SchemaChangedError, Table
from lake.lakehouse import Lake
from lake.migrate import MigrationError, differences, is_due, misfits, rewrite, rewrite_from
from lake.silver.bronze_files import position_app
from lake.silver.dry_run import rehearse_rebuild
from lake.silver.history import history_contract, refresh_history
from lake.silver.integrity import balance, stored_schema
from lake.silver.refresh import refresh
from lake.tally import Tally
from tests.lake_builders import LINES, LINES_FEED, dead_letters, land, load, loaded, new_session, rows, stated

CHANGES = [
    stated(1, note="12"),
    stated(2, note=" 7 "),
    stated(3, order_id="2", note="seven"),
    stated(4, order_id="3", note=None),
    stated(5, order_id="4", qty="many", note="1"),
]


def with_column(contract: Contract, old: str, **changes: Any) -> Contract:
    columns = tuple(replace(one, **changes) if one.name == old else one for one in contract.columns)
    key, parts = (
        tuple(changes.get("name", old) if one == old else one for one in names)
        for names in (contract.key, contract.partition_by)
    )
    return replace(contract, columns=columns, key=key, partition_by=parts)


NUMBERED = with_column(LINES, "note", type="int32")
RENAMED = with_column(LINES, "note", name="remark", renamed_from="note")
NEW_KEY = with_column(LINES, "order_id", name="order_number", renamed_from="order_id")
NEW_MONTH = with_column(LINES, "order_month", name="month", renamed_from="order_month")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    loaded(lake, CHANGES)
    return lake


def migrated(lake: Lake, contract: Contract) -> Tally:
    session = new_session(lake)
    done = refresh(lake, session, contract, LINES_FEED, migrate=True)
    refresh_history(lake, session, contract, LINES_FEED, migrate=True)
    assert_sound(lake, contract)
    return done.totals


def assert_sound(lake: Lake, contract: Contract) -> None:
    table, past = lake.table(contract), history_contract(contract)
    found = balance(lake, table, contract, LINES_FEED, table.version())
    assert found.passed, found.words
    for one, of in ((table, contract), (lake.table(past), past)):
        assert not is_due(one)
        assert stored_schema(one, of, one.version()).passed
    assert table.snapshot().metadata().partition_columns == list(contract.partition_by)


@pytest.mark.parametrize("contract", [NUMBERED, RENAMED, NEW_KEY, NEW_MONTH], ids=["type", "name", "key", "partition"])
def test_silver_is_as_if_its_contract_had_always_been_this_one(lake: Lake, tmp_path: Path, contract: Contract) -> None:
    with pytest.raises(SchemaChangedError, match=r"lacquer migrate --table silver/lines --dry-run"):
        load(lake, contract)
    before = lake.table(LINES).version()

    migrated(lake, contract)

    other = Lake(tmp_path / "other")
    loaded(other, CHANGES, contract=contract)
    for key in ("silver/lines", "silver/lines_history"):
        assert rows(lake, key) == rows(other, key)
    places = [[(one["batch_line"], one["reason"]) for one in dead_letters(at, "silver/lines")] for at in (lake, other)]
    assert places[0] == places[1]
    assert {"note", "order_id"} <= set(Table(lake.path("silver/lines")).snapshot(before).schema().to_arrow().names)
    assert lake.table(contract).snapshot().metadata().configuration["delta.dataSkippingStatsColumns"].split(",") == [
        *contract.statistics
    ]
    land(lake, "2011.jsonl", [stated(9, order_id="9", note="3")])
    assert load(lake, contract).batch == Tally(read=1, applied=1)
    assert_sound(lake, contract)


def test_what_does_not_cast_is_told_beforehand_and_becomes_a_dead_letter(lake: Lake) -> None:
    before = lake.versions()
    read, dead = rehearse_rebuild(lake, NUMBERED, LINES_FEED)
    assert (read, dead.column("batch_line").to_pylist()) == (5, [3, 5])
    assert lake.versions() == before
    assert differences(lake.table(NUMBERED)) == [
        'note: stored as PrimitiveType("string"), the contract says PrimitiveType("integer")'
    ]
    assert migrated(lake, NUMBERED) == Tally(read=5, applied=2, superseded=1, dead=2)
    assert [(one["value"], one["reason"]) for one in dead_letters(lake, "silver/lines")] == [
        ("seven", "note is no int32"),
        ("many", "quantity is no int32"),
    ]


def test_a_second_time_and_after_a_kill_between_table_and_history(lake: Lake) -> None:
    refresh(lake, new_session(lake), NUMBERED, LINES_FEED, migrate=True)
    assert is_due(lake.table(history_contract(NUMBERED)))
    migrated(lake, NUMBERED)
    before = lake.versions()
    migrated(lake, NUMBERED)
    assert lake.versions() == before


def test_a_table_that_has_read_nothing_is_carried_over(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.table(LINES).create()
    assert not is_due(lake.table(LINES))
    refresh(lake, new_session(lake), NUMBERED, LINES_FEED, migrate=True)
    assert not is_due(lake.table(NUMBERED))


def test_from_a_version_on_rows_are_carried_over_and_later_changes_read_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    loaded(lake, [stated(1, note="12"), stated(2, order_id="2", qty="many")])
    version = lake.table(LINES).version()
    loaded(lake, [stated(3, order_id="3", note="three"), stated(4, order_id="4", note="4")])

    rewrite_from(lake.table(NUMBERED), version, position_app(LINES_FEED))
    assert [(row["order_id"], row["note"]) for row in rows(lake, "silver/lines")] == [("1", 12)]
    assert migrated(lake, NUMBERED) == Tally(read=4, applied=2, dead=2)

    assert [(row["order_id"], row["note"]) for row in rows(lake, "silver/lines")] == [("1", 12), ("4", 4)]
    reasons = sorted(one["reason"] for one in dead_letters(lake, "silver/lines"))
    assert reasons == ["note is no int32", "quantity is no int32"]
    with pytest.raises(MigrationError, match="leave out --from-version"):
        rewrite_from(lake.table(NUMBERED), 0, position_app(LINES_FEED))


BOOK = Contract(
    "book",
    "one row per thing",
    (
        Column("id", "string", "identity"),
        Column("price", "decimal(12, 4)", "price"),
        Column("note", "string", "a remark", nullable=True),
    ),
    ("id",),
    layer="lake",
)


def book(folder: Path, *things: tuple[str, str, str | None]) -> Table:
    table = Table(folder / "lake" / "book", BOOK)
    table.create()
    ids, prices, notes = zip(*things, strict=True)
    columns = {"id": ids, "price": [Decimal(price) for price in prices], "note": notes}
    table.append(pa.table(columns).cast(BOOK.arrow_schema), {}, snapshot=table.snapshot())
    return table


def test_a_table_without_bronze_is_rewritten(tmp_path: Path) -> None:
    table = book(tmp_path, ("1", "2.5000", "7"), ("2", "3.0000", None))
    wider = with_column(with_column(BOOK, "price", type="decimal(18, 2)"), "note", name="pages", renamed_from="note")
    table = Table(table.path, with_column(wider, "pages", type="int32"))
    assert differences(table)[0] == "pages: is stored as note"

    rewrite(table)

    assert not is_due(table)
    assert rows(Lake(tmp_path), "lake/book") == [
        {"id": "1", "price": Decimal("2.50"), "pages": 7},
        {"id": "2", "price": Decimal("3.00"), "pages": None},
    ]


def test_where_something_would_be_lost_nothing_is_written(tmp_path: Path) -> None:
    table = book(tmp_path, ("1", "2.5050", "7"), ("2", "3.0000", "seven"))
    narrow = with_column(with_column(BOOK, "price", type="decimal(18, 2)"), "note", type="int32")
    narrower = Table(table.path, narrow)
    assert [(one.column, one.rows, one.examples) for one in misfits(narrower)] == [
        ("price", 1, ("(1) 2.5050",)),
        ("note", 1, ("(2) seven",)),
    ]
    with pytest.raises(MigrationError, match=r"(?s)price: 1 values are no decimal\(18, 2\) exactly.*note: 1 values"):
        rewrite(narrower)
    lost = Table(table.path, replace(BOOK, columns=BOOK.columns[:2]))
    with pytest.raises(MigrationError, match=r"note: would be lost; .* allow it with --drop note"):
        rewrite(lost)
    assert table.version() == 1
    rewrite(lost, drop=["note"])
    assert not is_due(lost)
