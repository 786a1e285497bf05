"""What a table's folder holds, beside what delta-rs itself says and what lies on the disk."""

from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from lake.delta.changes import read_changes
from lake.delta.storage import commit_lines, data_files, has_data_files, log_files, newest_version, tables_in
from lake.delta.table import Table

ODD = "a b%c/ä"  # a partition value that is encoded in folder names, and once more in the log


def table_with(path: Path, rows: int = 1) -> Table:
    for number in range(rows):
        data = pa.table({"part": [ODD], "number": [number]})
        write_deltalake(str(path), data, mode="append", partition_by=["part"])
    return Table(path)


def test_files_of_oddly_named_partitions_are_found_and_missed(tmp_path: Path) -> None:
    table = table_with(tmp_path / "gold" / "odd")
    (file,) = data_files(table.snapshot())
    assert [file] == list(tmp_path.rglob("*.parquet"))
    assert [one.path for one in read_changes(table.path, -1, 0).added] == [file]
    assert has_data_files(table.snapshot())
    file.unlink()
    assert not has_data_files(table.snapshot())


def test_the_log_up_to_a_version_and_a_commit_that_is_gone(tmp_path: Path) -> None:
    table = table_with(tmp_path / "gold" / "odd", rows=3)
    names = [path.name for path in log_files(table.path, 1)]
    assert names == [f"{version:020}.json" for version in (0, 1)]
    assert commit_lines(table.path, 2)
    assert commit_lines(table.path, 3) is None


def test_a_folder_without_a_log_is_no_table(tmp_path: Path) -> None:
    table = table_with(tmp_path / "gold" / "odd")
    (tmp_path / "gold" / "notes").mkdir()
    (tmp_path / "gold" / "file").touch()
    assert tables_in(tmp_path / "gold") == [table.path]
    assert tables_in(tmp_path / "silver") == []
    assert newest_version(tmp_path / "gold" / "file") == -1
