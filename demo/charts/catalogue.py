"""The catalogues as PIM objects: releases, artists, labels, tracks.

A release is an artist and a title, whatever its pressings and whichever sets name it; what the sets disagree on is
told by the first of discogs, pitchfork, spotify and amazon that says anything. Amazon's products name no artist, so
each is a release of its own. A track is a recording, an artist and a title; it belongs to the release that it first
came out on.
"""

from __future__ import annotations

import duckdb

from demo.charts.names import NO_LABEL

# The day on which the youngest of the catalogues was collected: what all of them say was known by then.
KNOWN_SINCE = "2021-06-04"

_KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

# One row per row of a set that names a release; `place` orders them, the first that says something is believed.
_LISTED = """
create table listed as
with every as (
    select 1 as rank, 'discogs' as source, n, artist, title, label, genre, format, country,
        release_year::int as year, null::date as day, -have::bigint as weight, null as own_key
    from discogs
    union all
    select 2, 'pitchfork', n, artist, album, recordlabel, nullif(genre, 'none'), null, null,
        releaseyear::double::int, null, 0, null
    from pitchfork
    union all
    select 3, 'spotify', n, nullif(track_artist, 'NA'), nullif(track_album_name, 'NA'), null, null, 'digital', null,
        left(track_album_release_date, 4)::int, try_cast(track_album_release_date as date), 0, null
    from spotify
    union all
    select 4, 'amazon_products', n, null, title, null,
        nullif(coalesce(categories[1][2], categories[1][1]), 'Digital Music'), null, null, null, null, 0,
        'amazon|' || asin
    from amazon_products
),
keyed as (
    select *, name_key(artist) as artist_key, name_key(label) as label_key,
        coalesce(own_key, name_key(artist) || '|' || name_key(title)) as key
    from every
)
select * replace (if(list_contains($no_label, label_key), null, label_key) as label_key,
        if(title is null, null, key) as key),
    row_number() over (order by rank, weight, year, label, format, country, n) as place
from keyed
"""

# Spotify lists a track once per playlist. The playlist's genre is the only one it states.
_RECORDED = """
create table recorded as
with rows as (
    select *, nullif(track_name, 'NA') as title, nullif(track_artist, 'NA') as artist,
        name_key(track_artist) || '|' || name_key(track_album_name) as release_key
    from spotify
),
keyed as (select *, name_key(artist) as artist_key, name_key(artist) || '|' || song_key(title) as song from rows)
select *, row_number() over (partition by song order by track_album_release_date, track_album_id, track_id, n) as place,
    row_number() over (partition by track_id order by n) as listing
from keyed
"""

_GENRES = """
create table spotify_genres as
select release_key as key, playlist_genre as genre
from recorded where release_key is not null
group by release_key, playlist_genre
qualify row_number() over (partition by release_key order by count(*) desc, playlist_genre) = 1
"""


def _first(column: str) -> str:
    return f"arg_min({column}, place) filter ({column} is not null) as {column}"


_OBJECTS = {
    "releases": f"""
        with told as (
            select key, arg_min(title, place) as title, min(place) as place, min(year) as year,
                {", ".join(_first(name) for name in ("artist_key", "label_key", "genre", "format", "day"))}
            from listed where key is not null group by key
        )
        select number_of('R', key) as key, title, coalesce(told.genre, spotify_genres.genre) as genre, format,
            number_of('A', artist_key) as artist_id, number_of('L', label_key) as label_id, year as "releaseYear",
            -- A day of another year than the first is that of a later edition.
            if(year(day) = year, strftime(day, '%Y-%m-%d'), null) as "releaseDate"
        from told left join spotify_genres using (key)""",
    "artists": """
        with spelt as (
            select artist_key, artist, count(*) as uses from listed where artist_key is not null group by all
        )
        select number_of('A', artist_key) as key, arg_min(artist, (-uses, artist)) as name
        from spelt group by artist_key""",
    "labels": """
        with spelt as (
            select label_key, label, count(*) as uses from listed where label_key is not null group by all
        )
        select number_of('L', label_key) as key, arg_min(label, (-uses, label)) as name
        from spelt group by label_key""",
    "tracks": f"""
        select number_of('T', song) as key, title, number_of('A', artist_key) as artist_id,
            number_of('R', release_key) as release_id, duration_ms::bigint as "durationMs",
            -- 0 says that no tempo was found.
            nullif(tempo::double, 0) as bpm,
            {list(_KEYS)}["key"::int + 1] || if(mode = '1', ':major', ':minor') as "musicalKey"
        from recorded where song is not null and place = 1""",
}


def make_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables `listed` and `recorded`, and of them `releases`, `artists`, `labels` and `tracks`.

    Each of the four has the object's number as `key` and its fields under their names in the PIM.
    """
    connection.execute(_LISTED, {"no_label": list(NO_LABEL)})
    connection.execute(_RECORDED)
    connection.execute(_GENRES)
    for table, sql in _OBJECTS.items():
        connection.execute(f"create table {table} as {sql}")
