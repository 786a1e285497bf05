"""One row per key, physically, whatever the key does: move between partitions, go, come back, change late."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from tests.lake_builders import (
    LINES,
    LINES_FEED,
    UNAVAILABLE,
    arrive,
    deleted,
    erp_change,
    load,
    loaded,
    new_session,
    order_line,
    rows,
    stated,
)

DECEMBER, JANUARY = "2010-12-01T08:26:00Z", "2011-01-15T10:00:00Z"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_a_key_that_moves_to_another_month_stands_once(lake: Lake) -> None:
    loaded(
        lake,
        [stated(1, created_at=DECEMBER), stated(2, order_id="2", created_at=JANUARY)],
        [stated(3, created_at=JANUARY)],
        [stated(4, created_at=DECEMBER, qty=9)],
    )

    stored = rows(lake, "silver/lines", tombstones=True)
    assert [(row["order_id"], row["order_month"], row["quantity"]) for row in stored] == [
        ("1", date(2010, 12, 1), 9),
        ("2", date(2011, 1, 1), 1),
    ]


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in three runs"])
def test_a_late_older_change_does_not_resurrect_a_deleted_row(lake: Lake, *, together: bool) -> None:
    files = [[stated(1, "c")], [deleted(5)], [stated(3, created_at=JANUARY)]]
    loaded(lake, *([[line for file in files for line in file]] if together else files))

    assert rows(lake, "silver/lines") == []
    assert lake.table(LINES).read().collect().is_empty()
    (tombstone,) = rows(lake, "silver/lines", tombstones=True)
    assert (tombstone["is_deleted"], tombstone["source_position"]) == (True, 5)


def test_a_row_comes_back_with_a_newer_change(lake: Lake) -> None:
    loaded(lake, [stated(1, "c")], [deleted(2)], [stated(3, "c", qty=4)])
    assert [(row["quantity"], row["source_position"]) for row in rows(lake, "silver/lines")] == [(4, 3)]


def test_a_tombstone_holds_the_key_and_the_position_only_whatever_came_before(lake: Lake, tmp_path: Path) -> None:
    loaded(lake, [stated(1, "c", title="Blue")], [deleted(2)])
    other = Lake(tmp_path / "other")
    loaded(other, [deleted(2)], [stated(1, "c", title="Blue")])

    (tombstone,) = rows(lake, "silver/lines", tombstones=True)
    assert rows(other, "silver/lines", tombstones=True) == [tombstone]
    held = {name for name, value in tombstone.items() if value is not None}
    assert held == {"order_id", "line_number", "source_position", "source_changed_at", "is_deleted", "is_carried"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_of_a_tie_the_later_delivery_stands_and_it_is_counted_apart(lake: Lake, order: tuple[int, ...]) -> None:
    tied = [
        stated(7, title="Blue", note="a"),
        stated(7, title="Blue", note=None),
        stated(7, title="Blue", note="b"),
    ]
    done = loaded(lake, *[[tied[index]] for index in order])
    assert [row["note"] for row in rows(lake, "silver/lines")] == [("a", None, "b")[order[-1]]]
    assert (done.totals.tied, done.totals.duplicate) == (2, 0)


def test_of_a_tie_within_one_file_the_later_line_stands(lake: Lake) -> None:
    done = loaded(lake, [stated(7, note="b"), stated(7, note="a"), stated(7, note="a"), stated(6, note="z")])
    assert [row["note"] for row in rows(lake, "silver/lines")] == ["a"]
    assert (done.totals.tied, done.totals.duplicate, done.totals.superseded) == (1, 1, 1)


def test_of_two_equal_changes_at_one_position_the_later_time_stands(lake: Lake, tmp_path: Path) -> None:
    early, late = (
        [erp_change("order_lines", op="u", lsn=1, after=order_line(), ts_ms=1291191960000 + ms)] for ms in (0, 5000)
    )
    other = Lake(tmp_path / "other")
    loaded(lake, early, late)
    loaded(other, late, early)
    assert rows(lake, "silver/lines") == rows(other, "silver/lines")
    assert rows(lake, "silver/lines_history") == rows(other, "silver/lines_history")


def test_a_row_deleted_and_stated_again_at_one_position_stands(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "other")
    loaded(lake, [stated(4)], [deleted(4)])
    loaded(other, [deleted(4)], [stated(4)])
    assert rows(lake, "silver/lines") == []
    assert [row["quantity"] for row in rows(other, "silver/lines")] == [1]


def test_a_merge_that_changes_nothing_still_carries_how_far_it_has_read(lake: Lake) -> None:
    first = loaded(lake, [stated(5)])
    again = loaded(lake, [stated(3), stated(3)])

    assert (again.batch.read, again.batch.applied, again.batch.superseded, again.batch.duplicate) == (2, 0, 1, 1)
    assert again.read_version > first.read_version
    assert again.version == first.version + 1
    assert lake.table(LINES).transactions("read:erp_changes") == {"read:erp_changes": again.read_version}
    files = [set(lake.table(LINES).snapshot(at).file_uris()) for at in (first.version, again.version)]
    assert files[0] == files[1]


def test_only_the_touched_months_are_written_anew(lake: Lake) -> None:
    loaded(lake, [stated(1, created_at=DECEMBER), stated(2, order_id="2", created_at=JANUARY)])
    before = set(lake.table(LINES).snapshot().file_uris())
    loaded(lake, [stated(3, order_id="2", created_at=JANUARY, qty=5)])

    gone = before - set(lake.table(LINES).snapshot().file_uris())
    assert len(gone) == 1
    assert "order_month=2011-01-01" in gone.pop()


def test_a_value_that_a_change_leaves_out_is_kept_column_by_column(lake: Lake) -> None:
    loaded(
        lake,
        [stated(5, title=UNAVAILABLE, note="new", category=UNAVAILABLE)],
        [stated(1, title="Blue", note="old", category="product")],
        [stated(3, title="Red", note=UNAVAILABLE, category="service")],
    )
    (row,) = rows(lake, "silver/lines")
    assert (row["title"], row["note"], row["category"], row["is_product"]) == ("Red", "new", "service", False)
    assert row["source_position"] == 5


def test_a_value_is_not_kept_across_a_deletion(lake: Lake) -> None:
    loaded(lake, [stated(1, note="old")], [deleted(2)], [stated(3, note=UNAVAILABLE)])
    assert [row["note"] for row in rows(lake, "silver/lines")] == [None]


def test_a_bad_newest_change_leaves_the_older_good_one(lake: Lake) -> None:
    done = loaded(lake, [stated(1, qty=4), stated(2, qty="four")])
    assert [(row["quantity"], row["source_position"]) for row in rows(lake, "silver/lines")] == [(4, 1)]
    assert (done.totals.read, done.totals.applied, done.totals.dead) == (2, 1, 1)


def test_polars_reads_what_the_view_shows(lake: Lake) -> None:
    loaded(lake, [stated(1), stated(2, order_id="2")], [deleted(3)])
    frame = lake.table(LINES).read().collect()
    assert frame.rows(named=True) == [
        row | {"ordered_at": row["ordered_at"], "source_changed_at": row["source_changed_at"]}
        for row in rows(lake, "silver/lines")
    ]
    assert frame.schema["ordered_at"] == pl.Datetime("us", "UTC")


def test_a_refresh_reads_the_bronze_that_its_run_has_pinned(lake: Lake) -> None:
    loaded(lake, [stated(1)])
    earlier = new_session(lake)
    loaded(lake, [stated(2, order_id="2")])
    arrive(lake)

    done = refresh(lake, earlier, LINES, LINES_FEED)

    assert done.batch.read == 0
    assert load(lake).batch.read == 0
