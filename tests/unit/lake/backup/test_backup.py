"""The drill: a lost folder, a lost table and a corrupt file come back from a backup, row by row."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lake.backup.manifest import BackupError, blob
from lake.backup.restoring import chosen_manifest, restore
from lake.backup.saving import back_up
from lake.lakehouse import Lake
from tests.lake_builders import LINES, arrive, land, load, loaded, new_session, rows, stated

TABLES = ("bronze/erp_changes", "silver/lines", "silver/lines_history")


def state(lake: Lake) -> list[list[dict]]:
    return [rows(lake, key) for key in TABLES]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    loaded(lake, [stated(1), stated(2, order_id="2"), "{"], [stated(3, qty=7)])
    lake.publish(new_session(lake).versions, "first")
    return lake


def restored(folder: Path, to: Path, name: str | None = None) -> Lake:
    restore(folder, chosen_manifest(folder, name), to)
    return Lake(to)


@pytest.mark.parametrize("lost", ["", "silver/lines", "bronze/erp_changes/_delta_log"])
def test_what_was_lost_comes_back_and_runs_go_on(lake: Lake, tmp_path: Path, lost: str) -> None:
    before, published, backups = state(lake), lake.published(), tmp_path / "backups"
    back_up(lake, backups)
    shutil.rmtree(lake.root / lost)

    again = restored(backups, tmp_path / "restored")

    assert (state(again), again.published()) == (before, published)
    nothing_new = arrive(again)
    assert (nothing_new.rows, nothing_new.is_balanced) == (0, True)
    land(again, "next.jsonl", [stated(4, order_id="4")])
    assert load(again).batch.read == 1


def test_the_published_version_is_readable_where_a_newer_one_exists(lake: Lake, tmp_path: Path) -> None:
    published = rows(lake, "silver/lines")
    loaded(lake, [stated(9, qty=9)])
    back_up(lake, tmp_path / "backups")

    again = restored(tmp_path / "backups", tmp_path / "restored")

    names = ", ".join(published[0])
    seen = again.connect_published().execute(f"select {names} from silver.lines order by all").fetchall()
    assert seen == [tuple(row.values()) for row in published]
    assert rows(again, "silver/lines") == rows(lake, "silver/lines") != published


def test_a_second_backup_copies_only_what_is_new_and_the_first_stays(lake: Lake, tmp_path: Path) -> None:
    backups, before = tmp_path / "backups", state(lake)
    first = back_up(lake, backups)
    unchanged = back_up(lake, backups)
    loaded(lake, [stated(5, order_id="5")])
    second = back_up(lake, backups)

    assert (unchanged.copied, unchanged.files) == (0, first.files)
    assert 0 < second.copied < second.files - first.copied // 2
    assert state(restored(backups, tmp_path / "one", first.manifest.stem)) == before
    assert state(restored(backups, tmp_path / "two")) == state(lake) != before


def test_a_corrupt_copy_is_named_and_nothing_is_written(lake: Lake, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    back_up(lake, backups)
    file = lake.table(LINES).snapshot().file_uris()[0]
    name = str(Path(file).relative_to(lake.root))
    copy = blob(backups, chosen_manifest(backups).files[name].sha256)
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")

    with pytest.raises(BackupError, match=name):
        restored(backups, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_lake_that_is_not_empty_is_refused(lake: Lake, tmp_path: Path) -> None:
    back_up(lake, tmp_path / "backups")
    before = state(lake)
    with pytest.raises(BackupError, match="is not empty"):
        restored(tmp_path / "backups", lake.root)
    assert state(lake) == before


def test_the_operational_database_is_copied_with_what_is_committed(lake: Lake, tmp_path: Path) -> None:
    original, copy = tmp_path / "lake.operational.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(original)) as con:
        con.execute("pragma journal_mode = wal")
        con.execute("create table keys (name text)")
        con.execute("insert into keys values ('kept')")
        con.commit()
        con.execute("insert into keys values ('not committed')")
        back_up(lake, tmp_path / "backups", original)
    restore(tmp_path / "backups", chosen_manifest(tmp_path / "backups"), tmp_path / "restored", copy)
    with closing(sqlite3.connect(copy)) as con:
        assert con.execute("select name from keys").fetchall() == [("kept",)]
