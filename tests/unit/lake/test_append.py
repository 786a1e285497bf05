"""Appending with a source's transactions: once per set, whoever asks again, and never past another writer."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError

from lake.delta.commits import CommitConflictError, with_retries
from lake.delta.table import Table


def events(*values: int) -> pa.Table:
    return pa.table({"value": pa.array(values, pa.int64())})


@pytest.fixture
def table(tmp_path: Path) -> Table:
    table = Table(tmp_path / "bronze" / "events")
    table.create(events().schema)
    return table


def held(table: Table) -> list[int]:
    return sorted(table.read().collect()["value"].to_list())


def test_a_batch_of_a_partition_is_appended_once(table: Table) -> None:
    first = table.append(events(1, 2), {"topic-0": 2}, snapshot=table.snapshot())
    again = table.append(events(1, 2), {"topic-0": 2}, snapshot=table.snapshot())
    older = table.append(events(1), {"topic-0": 1}, snapshot=table.snapshot())
    assert (again, older) == (first, first)
    assert held(table) == [1, 2]
    table.append(events(3), {"topic-0": 3}, snapshot=table.snapshot())
    table.append(events(9), {"topic-1": 1}, snapshot=table.snapshot())
    assert held(table) == [1, 2, 3, 9]
    assert table.transactions("topic-0", "topic-1", "topic-2") == {"topic-0": 3, "topic-1": 1}


def test_a_writer_whose_snapshot_is_stale_is_refused(table: Table) -> None:
    stale = table.snapshot()
    table.append(events(1), {"topic-0": 1}, snapshot=table.snapshot())
    with pytest.raises(CommitFailedError):
        table.append(events(1), {"topic-0": 1}, snapshot=stale)
    assert held(table) == [1]


def test_writers_without_a_common_transaction_do_not_stop_each_other(table: Table) -> None:
    stale = table.snapshot()
    table.append(events(1), {}, snapshot=table.snapshot())
    table.append(events(2), {}, snapshot=stale)
    assert held(table) == [1, 2]


def test_retries_are_bounded_and_name_the_table(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.delta.commits.FIRST_PAUSE_S", 0.0)
    tried = []

    def always_late(snapshot: object) -> None:
        tried.append(snapshot)
        raise CommitFailedError("another writer was faster")

    with pytest.raises(CommitConflictError, match="bronze/events: 12 attempts to commit were overtaken"):
        with_retries(table.path, always_late)
    assert len({id(one) for one in tried}) == 12, "each attempt has a fresh snapshot"


def test_other_errors_are_not_tried_again(table: Table) -> None:
    tried = []

    def broken(snapshot: object) -> None:
        tried.append(snapshot)
        raise ValueError("no row fits")

    with pytest.raises(ValueError, match="no row fits"):
        with_retries(table.path, broken)
    assert len(tried) == 1


def test_a_table_that_is_not_there_has_no_version_and_no_transactions(tmp_path: Path) -> None:
    table = Table(tmp_path / "bronze" / "nothing")
    assert (table.exists(), table.version(), table.transactions("topic-0")) == (False, -1, {})


def test_statistics_are_kept_for_keys_positions_and_partitions_alone(tmp_path: Path) -> None:
    from lake.lakehouse import Lake
    from tests.lake_builders import CHANGES, LINES, loaded, stated

    lake = Lake(tmp_path)
    loaded(lake, [stated(1, title="Blue")])
    for contract, names in (
        (LINES, {"order_id", "line_number", "source_position"}),
        (CHANGES, {"batch_id", "batch_line"}),
    ):
        actions = pa.table(lake.table(contract).snapshot().get_add_actions(flatten=True)).to_pylist()
        kept = {
            name.removeprefix("min.") for one in actions for name, value in one.items() if name[:4] == "min." and value
        }
        assert kept == names
