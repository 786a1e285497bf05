"""What is shared of a table is what delta-rs itself would open, whatever became of the table meanwhile."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lake.delta.log import shared_snapshot
from lake.delta.storage import newest_version
from lake.delta.table import Table


def write(path: Path, *numbers: int) -> Table:
    table = Table(path)
    table.overwrite(pa.table({"number": pa.array(numbers, pa.int64())}))
    return table


def held(snapshot: DeltaTable) -> list[int]:
    return sorted(pa.table(snapshot.to_pyarrow_dataset().to_table()).column("number").to_pylist())


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return write(tmp_path / "gold/numbers", 1)


def test_the_names_of_the_log_say_the_version(table: Table, tmp_path: Path) -> None:
    assert newest_version(tmp_path / "nowhere") == -1
    for number in range(2, 25):  # over two checkpoints
        write(table.path, number)
        (table.path / "_delta_log" / "_commit_1.json.tmp").touch()
        assert newest_version(table.path) == DeltaTable(str(table.path)).version()


def test_a_version_is_opened_once_and_a_new_one_is_seen_at_once(table: Table) -> None:
    first = shared_snapshot(table.path)
    assert shared_snapshot(table.path) is first
    write(table.path, 2, 3)
    assert held(shared_snapshot(table.path)) == [2, 3]
    assert held(shared_snapshot(table.path, first.version())) == [1]


def test_a_table_that_has_replaced_another_in_its_folder_is_another(table: Table) -> None:
    before = shared_snapshot(table.path)
    shutil.rmtree(table.path)
    write(table.path, 7)
    after = shared_snapshot(table.path)
    assert (after.version(), held(after)) == (before.version(), [7])


def test_a_snapshot_that_somebody_has_written_through_is_handed_to_nobody(table: Table) -> None:
    at = shared_snapshot(table.path).version()
    shared_snapshot(table.path).delete("number = 1")
    assert held(shared_snapshot(table.path, at)) == [1]


def test_a_log_that_was_cleaned_behind_a_checkpoint_is_read_from_there(table: Table) -> None:
    for number in range(2, 5):
        write(table.path, number)
    assert held(shared_snapshot(table.path)) == [4]
    DeltaTable(str(table.path)).create_checkpoint()
    for entry in sorted((table.path / "_delta_log").glob("*.json"))[:-1]:
        entry.unlink()
    snapshot = shared_snapshot(table.path)
    assert (held(snapshot), snapshot.transaction_version("none")) == ([4], None)
