"""A branch shares the files of its lake, goes its own way, and comes back whole or not at all."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from lake.branches import BranchError, make_branch, origin_of, publish_branch
from lake.delta.table import Table
from lake.difference import compare_lakes
from lake.lakehouse import LAYERS, PUBLISHED, Lake
from tests import serving_lake

FORECASTS = "gold/forecasts"
UNITS = "select sum(units_mean) from gold.forecasts"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = serving_lake.build(tmp_path / "lake")
    (made.root / "landing").mkdir()
    (made.root / "landing" / "one.jsonl").write_text("{}\n")
    return made


@pytest.fixture
def branch(lake: Lake) -> Lake:
    make_branch(lake, lake.root.with_name("trial"))
    return Lake(lake.root.with_name("trial"))


def units(lake: Lake) -> float:
    return float(lake.connect_published().execute(UNITS).fetchall()[0][0])


def changed(lake: Lake, scale: float) -> Lake:
    """Forecasts of another scale, published."""
    serving_lake.republish(lake, FORECASTS, serving_lake.forecasts(scale))
    return lake


def differing(left: Lake, right: Lake) -> list[str]:
    return [one.table for one in compare_lakes(left, right) if not one.is_equal]


def data(lake: Lake) -> list[Path]:
    return [path for layer in LAYERS for path in sorted(lake.root.glob(f"{layer}/**/*.parquet"))]


def test_a_branch_holds_the_same_and_takes_no_room(lake: Lake, branch: Lake) -> None:
    assert differing(lake, branch) == []
    assert branch.published() == lake.published()
    assert data(branch)
    assert all(path.stat().st_ino == (lake.root / path.relative_to(branch.root)).stat().st_ino for path in data(branch))
    assert (branch.root / "landing" / "one.jsonl").stat().st_nlink == 1


def test_each_goes_its_own_way_and_a_vacuum_of_one_leaves_the_other(lake: Lake, branch: Lake) -> None:
    before = units(lake)
    changed(branch, 2.0)
    assert units(lake) == before
    changed(lake, 3.0)
    there = {scale: units(one) for scale, one in ((2.0, branch), (3.0, lake))}
    for one in (lake, branch):
        gone = (
            Table(one.path(FORECASTS))
            .snapshot()
            .vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
        )
        assert gone
    fresh = serving_lake.build(lake.root.with_name("fresh"))
    for scale, one in ((2.0, branch), (3.0, lake)):
        assert units(one) == there[scale] == units(changed(fresh, scale))


def test_publish_brings_the_tables_and_landed_files_back(lake: Lake, branch: Lake) -> None:
    changed(branch, 2.0)
    branch.publish({"gold/extra": Table(branch.path("gold/extra")).overwrite(pa.table({"a": [1]}))}, "next-run")
    (branch.root / "landing" / "two.jsonl").write_text("{}\n")
    before = lake.table(PUBLISHED).version()
    assert publish_branch(branch) == ["gold/extra", FORECASTS]
    assert differing(lake, branch) == []
    assert lake.table(PUBLISHED).version() == before + 1  # readers saw one change
    assert (lake.root / "landing" / "two.jsonl").is_file()
    assert publish_branch(branch) == []
    changed(branch, 4.0)  # the branch goes on
    assert publish_branch(branch) == [FORECASTS]
    assert differing(lake, branch) == []
    shutil.rmtree(branch.root)
    rows = serving_lake.forecasts(4.0).to_pylist()
    assert units(lake) == pytest.approx(sum(row["units_mean"] for row in rows))


def test_a_lake_that_has_moved_is_left_alone(lake: Lake, branch: Lake) -> None:
    changed(branch, 2.0)
    changed(lake, 3.0)
    versions = {**lake.versions(), **lake.published()}
    with pytest.raises(BranchError, match=r"has moved since the branch was made .*gold/forecasts"):
        publish_branch(branch)
    assert {**lake.versions(), **lake.published()} == versions


def test_a_commit_made_while_a_branch_is_published_is_not_taken_for_its_own(
    lake: Lake, branch: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(branch, 2.0)
    changed(lake, 3.0)
    before = units(lake)
    monkeypatch.setattr("lake.branches._moved", lambda *_: [])  # the lake was looked at before that commit
    with pytest.raises(BranchError, match="gold/forecasts was written meanwhile"):
        publish_branch(branch)
    assert units(lake) == before


def test_a_publication_that_was_killed_is_completed(lake: Lake, branch: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before, base = units(lake), origin_of(branch)
    changed(branch, 2.0)
    monkeypatch.setattr(Lake, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        publish_branch(branch)
    monkeypatch.undo()
    assert units(lake) == before  # files and commits are there, and nobody sees them
    assert origin_of(branch) == base
    record = (branch.root / "branch.json").read_bytes()
    assert publish_branch(branch) == [FORECASTS]
    (branch.root / "branch.json").write_bytes(record)  # killed before it was noted
    assert publish_branch(branch) == [FORECASTS]
    assert differing(lake, branch) == []


@pytest.mark.parametrize("place", ["lake/inside", "full", "lake"])
def test_places_that_are_refused(lake: Lake, tmp_path: Path, place: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(BranchError):
        make_branch(lake, tmp_path / place)
    with pytest.raises(BranchError, match="holds no table"):
        make_branch(Lake(tmp_path / "none"), tmp_path / "new")
    with pytest.raises(BranchError, match="is no branch"):
        publish_branch(lake)
