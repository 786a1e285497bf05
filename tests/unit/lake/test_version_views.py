"""A version of a table is looked up once and read for ever; what replaced a table is never taken for it."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import DeltaError

from lake.delta.table import Table
from lake.lakehouse import Lake

KEY = "gold/figures"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def write(lake: Lake, *values: int) -> int:
    return Table(lake.path(KEY)).overwrite(pa.table({"value": pa.array(values, pa.int64())}))


def read(lake: Lake, version: int) -> list[int]:
    return [value for (value,) in lake.connect({KEY: version}).sql("from gold.figures order by value").fetchall()]


def test_each_version_keeps_its_rows_however_often_it_is_asked_for(lake: Lake):
    first, second = write(lake, 1, 2), write(lake, 3)
    assert [read(lake, first), read(lake, second), read(lake, first), read(lake, second)] == [[1, 2], [3], [1, 2], [3]]


def test_a_table_that_has_replaced_another_under_its_name_is_read_itself(lake: Lake):
    version = write(lake, 1)
    assert read(lake, version) == [1]
    shutil.rmtree(lake.path(KEY))
    assert write(lake, 2) == version
    assert read(lake, version) == [2]


def test_a_version_of_which_only_a_checkpoint_tells_is_read(lake: Lake):
    version = write(lake, 1)
    Table(lake.path(KEY)).snapshot().create_checkpoint()
    for entry in (lake.path(KEY) / "_delta_log").glob("*.json"):
        entry.unlink()
    assert read(lake, version) == [1]


def test_what_cannot_be_read_is_named(lake: Lake):
    cut, emptied = write(lake, 1), Table(lake.path("gold/others"))
    [file] = lake.path(KEY).glob("*.parquet")
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(pa.ArrowInvalid, match=f"^{file}: "):
        read(lake, cut)

    emptied.overwrite(pa.table({"value": [1]}))
    (emptied.path / "_delta_log/00000000000000000000.json").write_bytes(b"")
    with pytest.raises(DeltaError, match=f"^{emptied.path}: "):
        lake.connect({"gold/others": 0})
