"""The drill: a lake that was damaged, or lost, is whole again by a documented command, with the same rows."""

import shutil
from pathlib import Path

import pytest

from lake.delta.storage import data_files
from lake.delta.table import Table
from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import copied, lacquer

pytestmark = pytest.mark.heavy

DAMAGED = (
    "bronze/erp_changes",
    "silver/order_lines",
    "gold/fct_order_line",
    "gold/buyer_segments",
    "lake/landed_files",
)


def first_file(root: Path, key: str) -> Path:
    return sorted(data_files(Table(root / key).snapshot()))[0]


def harm(root: Path) -> None:
    """Cut a file of each table, empty a log, flip bytes."""
    for key in DAMAGED:
        file = first_file(root, key)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (root / "gold/dim_release/_delta_log/00000000000000000000.json").write_bytes(b"")


def test_a_run_and_a_query_name_what_is_damaged(demo_lake: Path, tmp_path: Path) -> None:
    lake = copied(demo_lake, tmp_path / "lake")
    harm(lake)
    failed = lacquer(lake, "run", "--pack", "none", "--no-backtest")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    for key in (*DAMAGED, "gold/dim_release"):
        assert f"{key} version " in failed.stderr
    assert f"lacquer repair --lake {lake}" in failed.stderr
    query = lacquer(lake, "sql", "select sum(quantity) from order_lines")
    assert query.returncode == 1
    # Views of all tables are made first, so the damaged table that is met first is named.
    assert any(f"{key} cannot be read: lacquer repair" in query.stderr for key in (*DAMAGED, "gold/dim_release"))


def test_damaged_tables_are_rebuilt_from_the_layer_below(demo_lake: Path, tmp_path: Path) -> None:
    lake = copied(demo_lake, tmp_path / "lake")
    before = states.data(lake)
    harm(lake)
    mended = lacquer(lake, "repair")
    assert mended.returncode == 0, mended.stderr
    after = states.data(lake)
    assert [name for name in before if after.get(name) != before[name]] == []
    assert "nothing is damaged" in lacquer(lake, "repair").stdout


def test_a_lost_lake_and_a_lost_table_come_back_from_a_backup(demo_lake: Path, tmp_path: Path) -> None:
    lake, backups = copied(demo_lake, tmp_path / "lake"), tmp_path / "backups"
    before, versions = states.data(lake), Lake(lake).published()
    assert lacquer(lake, "backup", "--to", backups, "--verify").returncode == 0

    shutil.rmtree(lake / "gold/forecasts")  # holds origins that nothing else has
    refused = lacquer(lake, "repair")
    assert refused.returncode == 1
    assert "rows of gold/forecasts have no other source: restore a backup" in refused.stderr

    shutil.rmtree(lake)
    assert lacquer(lake, "restore", "--from", backups).returncode == 0
    after = states.data(lake)
    assert [name for name in before if after.get(name) != before[name]] == []
    assert Lake(lake).published() == versions
    assert lacquer(lake, "check").returncode == 0
