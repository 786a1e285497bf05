"""What a consumer is told about a table: the changes since it read, or that only the whole table tells."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from lake.silver.integrity import balance
from tests.lake_builders import (
    CHANGES,
    LINES,
    LINES_FEED,
    arrive,
    dead_letters,
    deleted,
    land,
    load,
    loaded,
    rows,
    stated,
)

FILES = [
    [stated(1, "c"), stated(2, "c", order_id="2", created_at="2011-01-05T00:00:00Z")],
    [stated(3, qty=7), "{", stated(4, order_id="2", qty="many")],
    [deleted(5, "2"), stated(6, "c", order_id="3")],
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_an_append_is_told_with_its_files_partitions_and_rows(lake: Lake) -> None:
    table = lake.table(CHANGES)
    table.create()
    land(lake, "1.jsonl", [stated(1), stated(2), "null"])
    arrive(lake)

    told = table.changes(0)

    assert (told.complete, told.removed, told.version) == (True, False, 1)
    assert told.partitions == {"order_lines", "tombstone"}
    assert sorted((file.partition, file.rows) for file in told.added) == [("order_lines", 2), ("tombstone", 1)]
    assert all(file.path.exists() for file in told.added)
    assert table.changes(1).added == []


def test_a_merge_tells_the_partitions_that_a_row_has_left_too(lake: Lake) -> None:
    first = loaded(lake, [stated(1, created_at="2010-12-01T08:26:00Z")])
    loaded(lake, [stated(2, created_at="2011-01-05T00:00:00Z")])
    told = lake.table(LINES).changes(first.version)
    assert told.partitions == {"2010-12-01", "2011-01-01"}
    assert told.removed


def test_a_consumer_that_is_ahead_of_the_table_has_to_look_again(lake: Lake) -> None:
    loaded(lake, [stated(1)])
    assert lake.table(LINES).changes(99).complete is False


def test_compaction_is_no_change(lake: Lake) -> None:
    done = loaded(lake, *FILES)
    bronze = lake.table(CHANGES)
    before = bronze.version()
    compacted = bronze.snapshot().optimize.compact()
    assert compacted["numFilesRemoved"] > 1
    assert bronze.version() > before

    told = bronze.changes(before)
    assert (told.complete, told.added, told.partitions, told.removed) == (True, [], set(), False)
    again = load(lake)
    assert (again.rebuilt, again.batch.read, again.version) == (False, 0, done.version)


def test_compaction_between_two_reads_hides_nothing(lake: Lake) -> None:
    loaded(lake, FILES[0])
    for number, lines in enumerate(FILES[1:], 1):
        land(lake, f"later-{number}.jsonl", lines)
        arrive(lake)
    lake.table(CHANGES).snapshot().optimize.compact()

    done = load(lake)

    assert (done.rebuilt, done.batch.read) == (False, 4)
    _assert_as_loaded(lake, done.version)


@pytest.mark.parametrize("lost", ["log entry", "data file"])
def test_a_consumer_that_cannot_be_told_rebuilds_in_full(lake: Lake, lost: str) -> None:
    first = loaded(lake, FILES[0])
    for number, lines in enumerate(FILES[1:], 1):
        land(lake, f"later-{number}.jsonl", lines)
        arrive(lake)
    bronze = lake.table(CHANGES)
    if lost == "log entry":
        bronze.snapshot().create_checkpoint()
        (bronze.path / "_delta_log" / f"{first.read_version + 1:020}.json").unlink()
    else:
        told = bronze.changes(first.read_version).added
        bronze.snapshot().optimize.compact()
        told[0].path.unlink()
    assert bronze.changes(first.read_version).complete is False

    done = load(lake)

    assert done.rebuilt
    assert done.totals == done.batch
    assert (done.totals.read, done.totals.dead) == (6, 1)
    _assert_as_loaded(lake, done.version)


def _assert_as_loaded(lake: Lake, version: int) -> None:
    """The state is that of a lake which read the same files one by one, and each row has one fate."""
    plain = Lake(lake.root / "plain")
    loaded(plain, *FILES)
    for table in ("silver/lines", "silver/lines_history"):
        assert rows(lake, table) == rows(plain, table)
    assert rows(lake, "silver/lines", tombstones=True) == rows(plain, "silver/lines", tombstones=True)
    found = balance(lake, lake.table(LINES), LINES, LINES_FEED, version)
    assert found.passed, found.words
    assert [row["rule"] for row in dead_letters(lake, "silver/lines")] == ["type"]


def test_a_new_table_reads_a_bronze_whose_log_has_been_cleaned(lake: Lake) -> None:
    for number, lines in enumerate(FILES):
        land(lake, f"{number}.jsonl", lines)
        arrive(lake)
    bronze = lake.table(CHANGES)
    bronze.snapshot().create_checkpoint()
    for entry in sorted((bronze.path / "_delta_log").glob("*.json"))[:2]:
        entry.unlink()

    done = load(lake)

    assert (done.rebuilt, done.totals.read) == (False, 6)
    _assert_as_loaded(lake, done.version)


def test_an_idle_table_moves_its_position_only_now_and_then(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(lake, [stated(1)])
    other = replace(LINES_FEED, source="orders")
    monkeypatch.setattr("lake.silver.refresh.IDLE_VERSIONS", 3)
    versions = []
    for number in range(2, 6):
        land(lake, f"{number}.jsonl", ["null", stated(number)])
        arrive(lake)
        versions.append(load(lake, replace(LINES, name="idle", history="none"), other).read_version)
    assert versions == [2, 2, 2, 5]
