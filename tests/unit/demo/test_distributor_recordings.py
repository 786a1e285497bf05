"""Given the simulated distributor, when it lands labels and tracks, then every release has both, and loses both."""

import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from demo.distributor.catalogue import pim_delivery
from demo.distributor.options import Calendar, Size
from demo.distributor.recordings import track_delivery
from demo.distributor.world import World
from demo.packs import PACKS
from tests.unit.demo.conftest import OPTIONS, contents

FIELDS = {
    "classname": "VARCHAR",
    "event": "VARCHAR",
    "labelId": "VARCHAR",
    "trackId": "VARCHAR",
    "releaseId": "VARCHAR",
    "label": "STRUCT(labelId VARCHAR)",
    "release": "STRUCT(releaseId VARCHAR)",
    "position": "INTEGER",
    "bpm": "DOUBLE",
    "genre": "VARCHAR",
    "marketingBudgetTier": "VARCHAR",
    "modificationDate": "BIGINT",
}


@pytest.fixture(scope="module")
def objects(small_lake: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    path = f"{small_lake}/landing/pim/*.jsonl"
    con.execute(f"create table lines as from read_json('{path}', columns = {FIELDS}, ignore_errors = true)")
    con.execute("create view releases as select * from lines where classname = 'Release' and label is not null")
    con.execute("create view tracks as select * from lines where classname = 'Track'")
    return con


def test_every_release_has_a_label_that_is_there(objects: duckdb.DuckDBPyConnection) -> None:
    strangers = (
        "select count(*) from releases where label.labelId not in (select labelId from lines where classname = 'Label')"
    )
    assert objects.execute(strangers).fetchall() == [(0,)]
    tiers = objects.execute("select distinct marketingBudgetTier from releases order by all").fetchall()
    assert tiers == [("high",), ("low",), ("medium",), (None,)]


def test_every_release_has_its_tracks_in_order(objects: duckdb.DuckDBPyConnection) -> None:
    without = "select count(*) from releases where releaseId not in (select release.releaseId from tracks)"
    assert objects.execute(without + " and event is null").fetchall() == [(0,)]
    gaps = objects.execute(
        "select count(*) from (select 1 from tracks where event is null group by release.releaseId "
        "having min(position) <> 1 or max(position) <> count(*) or count(distinct trackId) <> count(*))"
    ).fetchall()
    assert gaps == [(0,)]


def test_a_withdrawn_release_takes_its_tracks_with_it() -> None:
    world = World.through(Calendar(date(2024, 1, 1)), Size(7, 200_000), 730)

    def gone(delivery: pl.DataFrame, key: str) -> list[tuple[str, int]]:
        lines = delivery.filter(pl.col("line").str.contains('"event":"delete"}') & pl.col("planted").is_null())["line"]
        objects = [json.loads(line) for line in lines]
        return [(node[key], node["modificationDate"]) for node in objects]

    releases = gone(pim_delivery(world, 0, 729), "releaseId")
    tracks = gone(track_delivery(world, 0, 729), "trackId")
    assert len(releases) > 3
    assert {(f"R{track[1:7]}", changed) for track, changed in tracks} == set(releases)


def test_tempo_is_that_of_the_genre(objects: duckdb.DuckDBPyConnection) -> None:
    found = objects.execute(
        """
        select r.genre, round(avg(tracks.bpm)), min(tracks.bpm), max(tracks.bpm), count(*) > count(tracks.bpm)
        from (select distinct releaseId, genre from releases) r join tracks on tracks.release.releaseId = r.releaseId
        where r.genre in ('hip hop', 'metal') group by r.genre order by r.genre
        """
    ).fetchall()
    (hip_hop, mean, low, high, some_lack), (metal, faster, _, _, _) = found
    assert (hip_hop, metal, some_lack) == ("hip hop", "metal", True)
    assert 90 <= mean <= 94
    assert 148 <= faster <= 152
    assert 77 <= low <= high <= 107


def test_labels_and_tracks_grow_by_days(tmp_path: Path, small_lake: Path) -> None:
    """Landed at once or day by day, the same tracks stand there."""
    PACKS["demo"].land(tmp_path, options={**OPTIONS, "days": 110})
    PACKS["demo"].land(tmp_path, options=OPTIONS)
    assert contents(tmp_path) == contents(small_lake)
