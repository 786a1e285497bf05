"""Given the public catalogues and charts, when they are landed, then every raw row is a line or left out, and counted.

The oracle is SQL over the raw files, and the crosswalk, which others made; the landing files are read by DuckDB's own
JSON reader. No name is normalised here: the crosswalk's albums are found by their review.
"""

import zipfile
from pathlib import Path

import duckdb
import pytest

from demo.pack import Landed, PackError
from demo.packs import PACKS
from tests.unit.demo.conftest import contents

pytestmark = pytest.mark.heavy

EVENT_FIELDS = (
    "event_id", "kind", "entity_type", "entity_id", "value", "unit", "region", "occurred_at", "source", "author",
    "statistic",
)  # fmt: skip
EVENT = dict.fromkeys(EVENT_FIELDS, "VARCHAR")
CLASSES = {"Release": "releases", "Artist": "artists", "Label": "labels", "Track": "tracks"}
REFERENCE = "STRUCT(id VARCHAR, {name}Id VARCHAR)"
OBJECT = {
    **dict.fromkeys(("id", "releaseId", "artistId", "labelId", "trackId", "title", "name", "genre"), "VARCHAR"),
    **{name: REFERENCE.format(name=name) for name in ("artist", "label", "release")},
    "releaseYear": "INTEGER",
    "releaseDate": "VARCHAR",
    "bpm": "DOUBLE",
    "durationMs": "BIGINT",
}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, lacquer_data: Path) -> Landed:
    return PACKS["charts"].land(tmp_path_factory.mktemp("charts") / "lake", data=lacquer_data)


@pytest.fixture(scope="module")
def lake(landed: Landed, lacquer_data: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The landed lines as `events`, `releases`, `artists`, `labels` and `tracks`; the raw files as `raw_…`."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    with zipfile.ZipFile(lacquer_data / "spotify_songs/spotify_songs.zip") as archive:
        songs = archive.extract("spotify_songs.csv", tmp_path_factory.mktemp("songs"))
    raw = {
        "discogs": f"read_csv('{lacquer_data}/discogs/releases_electronic_90s.csv', all_varchar = true)",
        "pitchfork": f"read_csv('{lacquer_data}/pitchfork/pitchfork_albums_label_genre_audio.csv', all_varchar = true)",
        "spotify": f"read_csv('{songs}', all_varchar = true)",
        "amazon_products": f"read_json('{lacquer_data}/amazon_digital_music/meta.jsonl.gz')",
        "amazon_reviews": f"read_json('{lacquer_data}/amazon_digital_music/reviews.jsonl.gz')",
        "billboard_200": f"read_parquet('{lacquer_data}/billboard/billboard200_weekly.parquet')",
        "hot_100": f"read_parquet('{lacquer_data}/billboard/hot100_weekly_with_2021_gap.parquet')",
        "spotify_streams": f"read_parquet('{lacquer_data}/spotify_streams/artist_daily_cumulative_streams.parquet')",
        "crosswalk": f"read_parquet('{lacquer_data}/crosswalk/album_crosswalk_exact_normalised.parquet')",
    }
    for name, relation in raw.items():
        con.execute(f"create view raw_{name} as from {relation}")
    for table in CLASSES.values():
        path = f"{landed.root}/landing/pim/*--pim-{table}.jsonl"
        con.execute(f"create table {table} as from read_json('{path}', columns = {OBJECT})")
    con.execute(f"create table events as from read_json('{landed.root}/landing/signals/*.jsonl', columns = {EVENT})")
    return con


def test_every_raw_row_has_one_fate(landed: Landed, lake: duckdb.DuckDBPyConnection) -> None:
    made = {(fate.source, fate.becomes): fate for fate in landed.balance}
    assert len(made) == 22
    for (source, becomes), fate in made.items():
        (rows,) = lake.execute(f"select count(*) from raw_{source}").fetchone() or ()
        assert (source, becomes, fate.rows) == (source, becomes, rows)
        assert fate.rows == fate.landed + sum(fate.left_out.values())
    assert sum(fate.landed for fate in landed.balance) == landed.lines


def test_what_is_counted_as_landed_stands_in_the_files(landed: Landed, lake: duckdb.DuckDBPyConnection) -> None:
    counted: dict[str, int] = {}
    for fate in landed.balance:
        kind = fate.becomes.split(" ")[0]
        counted[kind] = counted.get(kind, 0) + fate.landed
    written = dict(lake.execute("select kind, count(*) from events group by kind").fetchall())
    for classname, table in CLASSES.items():
        written |= {classname: lake.execute(f"select count(distinct id) from {table}").fetchall()[0][0]}
    assert counted == written
    assert lake.execute("select count(*) - count(distinct event_id) from events").fetchall() == [(0,)]


def test_what_is_left_out_is_what_the_raw_files_lack(landed: Landed, lake: duckdb.DuckDBPyConnection) -> None:
    left_out = {(fate.source, fate.becomes): dict(fate.left_out) for fate in landed.balance}
    queries = {
        ("billboard_200", "chart_position"): "select 'no title', count(*) from raw_billboard_200 where title is null",
        ("hot_100", "chart_position"): """
            select 'the same row twice', count(*) - count(distinct (chart_week, current_week))
            from raw_hot_100""",
        ("amazon_products", "competitor_price"): """
            select case when title is null then 'no title' else 'no price' end, count(*) from raw_amazon_products
            where title is null or price is null group by all""",
        ("pitchfork", "review"): """
            select 'the same row twice', count(*) - count(distinct (artist, album, reviewauthor, score, reviewdate))
            from raw_pitchfork""",
        ("spotify", "Track"): """
            select 'the track in another playlist', count(*) - count(distinct track_id) from raw_spotify
            where track_name <> 'NA'""",
    }
    for key, sql in queries.items():
        found = {reason: rows for reason, rows in lake.execute(sql).fetchall() if rows}
        assert {reason: left_out[key].get(reason) for reason in found} == found, key
    assert left_out["spotify", "Track"]["no title"] == 5
    assert left_out["discogs", "competitor_price median"] == {}


def test_streams_are_daily_within_a_spell(lake: duckdb.DuckDBPyConnection) -> None:
    """The oracle joins each day with the day before; the pack looks at the row before."""
    wanted = """
        select today.date::varchar, sum(today.cumulative_streams - before.cumulative_streams)
        from raw_spotify_streams today join raw_spotify_streams before
            on today."Artist" = before."Artist" and today.date = before.date + 1
        where today.cumulative_streams >= before.cumulative_streams
        group by all order by all"""
    landed = "select left(occurred_at, 10), sum(value::double) from events where kind = 'streams' group by 1 order by 1"
    assert lake.execute(landed).fetchall() == lake.execute(wanted).fetchall()


def test_charts_keep_their_gap(lake: duckdb.DuckDBPyConnection) -> None:
    weeks = lake.execute(
        "select distinct left(occurred_at, 10) from events where source = 'billboard-hot-100' order by 1"
    ).fetchall()
    days = [week for (week,) in weeks]
    gap = days.index("2020-12-26")
    assert days[gap + 1] == "2021-11-13"


def test_the_crosswalks_albums_meet_their_charts(lake: duckdb.DuckDBPyConnection) -> None:
    """An album that the crosswalk found in Pitchfork and Billboard: as many chart weeks as the crosswalk counts."""
    found = lake.execute(
        """
        with reviewed as (
            select row_number() over () - 1 as place, artist, album, score, reviewauthor,
                strftime(strptime(reviewdate, '%B %d %Y'), '%Y-%m-%dT00:00:00Z') as moment
            from raw_pitchfork
        ),
        album as (
            select crosswalk.k, crosswalk.weeks, reviewed.*
            from raw_crosswalk crosswalk join reviewed on place = pitchfork_row where weeks is not null
        ),
        review as (
            select album.*, entity_id from album join events
                on kind = 'review' and author = reviewauthor and occurred_at = moment and value::double = score::double
            qualify count(*) over (partition by k) = 1
        ),
        charted as (
            select entity_id, count(distinct occurred_at) as weeks from events
            where source = 'billboard-200' group by entity_id
        )
        select count(*), count(*) filter (charted.weeks = review.weeks) from review left join charted using (entity_id)
        """
    ).fetchone()
    assert found is not None
    albums, agree = found
    assert albums > 2_500
    assert agree / albums > 0.99


def test_prices_are_the_texts_of_the_raw_file(lake: duckdb.DuckDBPyConnection) -> None:
    landed = lake.execute(
        "select statistic, sum(value::decimal(18, 4)) from events "
        "where source = 'discogs' and kind = 'competitor_price' group by 1 order by 1"
    ).fetchall()
    raw = lake.execute(
        """select sum("highest_price_(USD)"::decimal(18, 4)), sum("lowest_price_(USD)"::decimal(18, 4)),
            sum("median price_(USD)"::decimal(18, 4)) from raw_discogs"""
    ).fetchone()
    assert raw is not None
    assert landed == list(zip(("highest", "lowest", "median"), raw, strict=True))


def test_objects_refer_to_objects(lake: duckdb.DuckDBPyConnection) -> None:
    for child, field, parent in (
        ("releases", "artist", "artists"),
        ("releases", "label", "labels"),
        ("tracks", "artist", "artists"),
        ("tracks", "release", "releases"),
    ):
        dangling = f"select count(*) from {child} where {field}.id not in (select id from {parent})"
        assert lake.execute(dangling).fetchall() == [(0,)], (child, field)
    assert lake.execute("select count(*) from tracks where release is null").fetchall() == [(0,)]
    # Only the set's one tempo of 0 is none.
    assert lake.execute("select count(*) from tracks where bpm is null or bpm <= 0").fetchall() == [(1,)]


def test_twice_is_once_and_one_more_year_adds_its_files(tmp_path: Path, lacquer_data: Path) -> None:
    pack = PACKS["charts"]
    first = pack.land(tmp_path / "one", data=lacquer_data, options={"until": 1968})
    before = contents(tmp_path / "one")
    again = pack.land(tmp_path / "one", data=lacquer_data, options={"until": 1968})
    assert (again.new_files, again.balance, contents(tmp_path / "one")) == (0, first.balance, before)

    grown = pack.land(tmp_path / "one", data=lacquer_data, options={"until": 1969})
    after = contents(tmp_path / "one")
    assert set(after) - set(before) == {"signals/1969-12-31--signals-billboard-200.jsonl"}
    assert {name: after[name] for name in before} == before
    assert sum(fate.landed for fate in grown.balance) == grown.lines

    pack.land(tmp_path / "two", data=lacquer_data, options={"until": 1969})
    assert contents(tmp_path / "two") == after
    with pytest.raises(PackError, match="a lake only grows: ask for until=1969"):
        pack.land(tmp_path / "one", data=lacquer_data, options={"until": 1968})


def test_what_cannot_be_landed_says_why(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"charts: no file .*discogs.*; --data names the folder that holds discogs/"):
        PACKS["charts"].land(tmp_path / "lake", data=tmp_path)
    with pytest.raises(PackError, match="the sets run from 1967 to 2026"):
        PACKS["charts"].land(tmp_path / "lake", data=tmp_path, options={"until": 1950})
