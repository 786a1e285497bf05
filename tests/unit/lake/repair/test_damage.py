"""Each kind of damage is found and named; a sound lake has none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lake.delta.storage import data_files
from lake.delta.table import Table
from lake.lakehouse import Lake
from lake.repair.damage import examine
from lake.repair.unfinished import begin, finish
from tests.lake_builders import deleted, loaded, new_session, stated

LOG = "_delta_log"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    loaded(lake, [stated(1), stated(2, order_id="2"), "{"], [stated(3, order_id="3"), deleted(4)])
    lake.publish(new_session(lake).versions, "run")
    return lake


def first_file(lake: Lake, key: str) -> Path:
    return sorted(data_files(Table(lake.path(key)).snapshot()))[0]


def commit(lake: Lake, key: str, version: int = 0) -> Path:
    return lake.path(key) / LOG / f"{version:020}.json"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[4:40] = bytes(255 - byte for byte in body[4:40])
    path.write_bytes(body)


def test_a_sound_lake_has_no_damage_and_every_file_was_read(lake: Lake) -> None:
    found = examine(lake)
    expected = set()
    own: list[tuple[str, int | None]] = [("lake/pins", None), ("lake/published", None)]
    for key, newest in [*own, *lake.published().items(), *lake.versions().items()]:
        expected |= set(data_files(Table(lake.path(key)).snapshot(newest)))
    assert found.damages == ()
    assert (found.tables, found.files) == (len(lake.versions()) + 2, len(expected))


@pytest.mark.parametrize(
    ("key", "target", "harm", "problem"),
    [
        ("silver/lines", first_file, Path.unlink, "is missing"),
        ("bronze/erp_changes", first_file, cut, "bytes instead of"),
        ("silver/lines_history", first_file, flip, "cannot be read"),
        ("lake/landed_files", first_file, flip, "cannot be read"),
        ("lake/published", first_file, flip, "cannot be read"),
        ("silver/lines", commit, cut, "cannot be read"),
        ("silver/lines", commit, Path.unlink, "is missing"),
        ("bronze/dead_letters", commit, lambda path: path.write_bytes(b""), "is empty"),
    ],
)
def test_damage_is_named_by_table_version_and_file(
    lake: Lake, key: str, target: Callable[[Lake, str], Path], harm: Callable[[Path], object], problem: str
) -> None:
    path = target(lake, key)
    harm(path)
    found = examine(lake).damages
    assert {one.table for one in found} == {key}
    assert problem in found[0].problem
    version = 0 if target is commit else Table(lake.path(key)).version()
    assert found[0].version == version
    assert found[0].file.rpartition("/")[2] == path.name or problem == "is missing"


def test_a_file_that_only_the_published_version_needs_counts_too(lake: Lake) -> None:
    table, published = Table(lake.path("silver/lines")), lake.published()
    before = set(data_files(table.snapshot(published["silver/lines"])))
    loaded(lake, [stated(9, order_id="2", qty=5), stated(10, order_id="3", qty=5)])
    file = sorted(before - set(data_files(table.snapshot())))[0]
    file.unlink()
    (found,) = examine(lake).damages
    assert (found.table, found.version, found.problem) == ("silver/lines", published["silver/lines"], "is missing")


def test_a_lost_folder_of_a_published_table_and_a_lost_log_are_damage(lake: Lake) -> None:
    lake.path("silver/lines").rename(lake.root / "elsewhere")
    (lake.path("silver/lines_history") / LOG).rename(lake.root / "elsewhere.log")
    found = {one.table: (one.file, one.problem) for one in examine(lake).damages}
    assert found == {"silver/lines": ("", "is gone"), "silver/lines_history": (LOG, "is gone")}


def test_an_unfinished_repair_is_found_until_it_is_finished(lake: Lake) -> None:
    begin(lake, {"silver/lines": 7})
    (found,) = examine(lake).damages
    assert (found.table, found.version) == ("silver/lines", 7)
    finish(lake)
    assert examine(lake).damages == ()
