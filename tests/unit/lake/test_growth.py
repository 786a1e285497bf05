"""Drop after drop with upkeep: the files of a lake come to stand still, whatever their number; no row changes."""

from pathlib import Path

import pytest

from lake.delta.sessions import open_sessions
from lake.delta.storage import data_files
from lake.delta.table import Table
from lake.lakehouse import Lake
from lake.maintenance import PINS_KEY, Retention, maintain, tidy_pins
from tests.lake_builders import load, loaded, new_session, rows, stated

NOTHING = Retention(0, 0, 0, 0)


def drop(lake: Lake, number: int) -> None:
    """One small file a run: loaded, published, its pins given back."""
    loaded(lake, [stated(number, order_id=str(number % 7), qty=number)])
    session = new_session(lake)
    lake.publish(session.versions, session.run_id)
    for run_id in open_sessions(lake.root):
        lake.session(run_id).close()


def parquet_files(lake: Lake) -> dict[str, int]:
    """Data files on the disk, by table, whatever the log says of them."""
    found = {}
    for key in lake.keys():  # noqa: SIM118 (a lake is no dictionary)
        files = [path for path in lake.path(key).rglob("*.parquet") if "_delta_log" not in path.parts]
        found[key] = len(files)
    return found


@pytest.mark.heavy
@pytest.mark.parametrize("drops", [10, 18])
def test_files_do_not_grow_with_the_number_of_drops(tmp_path: Path, drops: int) -> None:
    lake = Lake(tmp_path)
    for number in range(1, drops + 1):
        drop(lake, number)
        maintain(lake, NOTHING)
    counts = parquet_files(lake)
    assert max(counts.values()) <= 9, counts  # eight small ones are merged
    assert {row["order_id"]: row["quantity"] for row in rows(lake, "silver/lines")} == {
        str(number % 7): number for number in range(max(1, drops - 6), drops + 1)
    }
    assert load(lake).batch.read == 0


@pytest.mark.heavy
def test_pins_of_ended_runs_leave_neither_files_nor_log(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    sizes = []
    for number in range(1, 31):
        drop(lake, number)
        tidy_pins(lake, NOTHING)
        sizes.append(len([path for path in lake.path(PINS_KEY).rglob("*") if path.is_file()]))
    assert max(sizes[20:]) <= max(sizes[5:15]), sizes
    running = new_session(lake)
    tidy_pins(lake, NOTHING)
    assert lake.pinned().keys() == running.versions.keys()
    assert all(path.exists() for path in data_files(Table(lake.path(PINS_KEY)).snapshot()))


def test_a_longer_retention_keeps_the_log_as_long(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    loaded(lake, [stated(1)])
    maintain(lake, Retention(bronze=90, silver=10))
    keys = ("bronze/erp_changes", "silver/lines", PINS_KEY)
    configured = [Table(lake.path(key)).snapshot().metadata().configuration for key in keys]
    kept = [one.get("delta.logRetentionDuration") for one in configured]
    assert kept == ["interval 2160 hours", None, "interval 24 hours"]
