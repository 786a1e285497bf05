"""Stock by release, warehouse and day; books that cannot have been are refused."""

from pathlib import Path
from typing import Any

from assets.bronze.erp_changes import erp_changes
from assets.silver.inventory import inventory
from tests.unit.silver.landed import ask, change, letters, take_in


def books(day: str, on_hand: int, **more: Any) -> dict[str, Any]:
    return {
        "sku": "R1", "warehouse": "RTM", "stock_date": day, "on_hand": on_hand, "reserved": 0, "incoming": 0,
        "received": 0, "shipped": 0, "returned": 0, **more,
    }  # fmt: skip


def test_a_day_is_kept_once_as_last_corrected_and_each_warehouse_has_its_own(tmp_path: Path) -> None:
    rows = [
        (1, books("2026-02-28", 10, received=10)),
        (3, books("2026-03-01", 5, shipped=5)),
        (2, books("2026-03-01", 6, shipped=4)),
        (4, books("2026-03-01", 7, warehouse="MAN")),
        (5, books("2026-03-02", 9)),
    ]
    changes = [change("inventory", row, lsn) for lsn, row in rows]
    key = {name: rows[-1][1][name] for name in ("sku", "warehouse", "stock_date")}
    changes.append(change("inventory", key, 6, op="d"))
    done = take_in(tmp_path, "erp", changes, erp_changes, inventory)
    assert (done["rows_out"], done["superseded"], done["deleted"]) == (3, 2, 1)
    assert ask(
        tmp_path,
        "select stock_date::text, warehouse, on_hand, shipped, stock_month::text from silver.inventory order by all",
    ) == [
        ("2026-02-28", "RTM", 10, 0, "2026-02-01"),
        ("2026-03-01", "MAN", 7, 0, "2026-03-01"),
        ("2026-03-01", "RTM", 5, 5, "2026-03-01"),
    ]


def test_impossible_books_are_dead_letters(tmp_path: Path) -> None:
    bad = [
        books("2026-03-01", -1),
        books("2026-03-01", 3, received=10),
        books("2026-03-01", 3, shipped=-2),
        {**books("2026-03-01", 3), "on_hand": "2.5"},
        books("not a day", 3),
        books("2026-03-01", 0, received=-4),
        books("0001-01-01", 3),
    ]
    changes = [change("inventory", row, lsn) for lsn, row in enumerate(bad, start=1)]
    take_in(tmp_path, "erp", changes, erp_changes, inventory)
    assert letters(tmp_path) == [
        ("on_hand is no int32", "2.5"),
        ("shipped is below 0", "-2"),
        ("stock_date is no date", "not a day"),
        ("stock_date lies outside of the years 2000 to 2049, which dim_date holds", "0001-01-01"),
        ("the day's movements leave less than nothing at its opening", "-1"),
        ("the day's movements leave less than nothing at its opening", "3"),
    ]
    assert ask(tmp_path, "select on_hand, received from silver.inventory") == [(0, -4)]


def test_the_greatest_stocks_there_can_be_do_not_end_the_run(tmp_path: Path) -> None:
    most, least = 2**31 - 1, -(2**31)
    rows = [books("2026-03-01", most, shipped=most), books("2026-03-02", most, received=least, returned=most)]
    take_in(tmp_path, "erp", [change("inventory", row, lsn) for lsn, row in enumerate(rows)], erp_changes, inventory)
    assert ask(tmp_path, "select on_hand, received, shipped, returned from silver.inventory order by stock_date") == [
        (most, 0, most, 0),
        (most, least, 0, most),
    ]
