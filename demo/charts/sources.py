"""The raw files as tables, a row per row of the file, every value as the text that stands there.

What the rows become is said in `catalogue` and `events`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from demo.charts.names import define_names
from demo.pack import PackError

# Table -> file, and how it is read. Columns keep the names of the file.
_FILES = {
    "discogs": ("discogs/releases_electronic_90s.csv", "read_csv($file, all_varchar = true, header = true)"),
    "pitchfork": (
        "pitchfork/pitchfork_albums_label_genre_audio.csv",
        "read_csv($file, all_varchar = true, header = true)",
    ),
    "spotify": ("spotify_songs/spotify_songs.zip", "read_csv($file, all_varchar = true, header = true)"),
    "amazon_products": (
        "amazon_digital_music/meta.jsonl.gz",
        "read_json($file, columns = {asin: 'VARCHAR', title: 'VARCHAR', price: 'VARCHAR', categories: 'VARCHAR[][]'})",
    ),
    "amazon_reviews": (
        "amazon_digital_music/reviews.jsonl.gz",
        "read_json($file, columns = {asin: 'VARCHAR', reviewerID: 'VARCHAR', overall: 'DOUBLE', summary: 'VARCHAR', "
        "reviewText: 'VARCHAR', unixReviewTime: 'BIGINT'})",
    ),
    "billboard_200": ("billboard/billboard200_weekly.parquet", "read_parquet($file)"),
    "hot_100": ("billboard/hot100_weekly_with_2021_gap.parquet", "read_parquet($file)"),
    "spotify_streams": ("spotify_streams/artist_daily_cumulative_streams.parquet", "read_parquet($file)"),
}


def open_sources(data: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a table per raw file, each with a column `n`, the row's place in it.

    Raises:
        PackError: a file is missing.
    """
    for file, _ in _FILES.values():
        if not (data / file).exists():
            raise PackError(
                f"charts: no file {data / file}; --data names the folder that holds {file.split('/')[0]}/ and others"
            )
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set threads = 2")
    define_names(connection)
    with TemporaryDirectory(prefix="lacquer-charts-") as scratch:
        for table, (file, how) in _FILES.items():
            path = _unpacked(data / file, Path(scratch))
            relation = how.replace("$file", "'" + str(path).replace("'", "''") + "'")
            connection.execute(f"create table {table} as select row_number() over () as n, * from {relation}")
    return connection


def _unpacked(path: Path, scratch: Path) -> Path:
    """The file itself, or the one that a zip archive holds."""
    if path.suffix != ".zip":
        return path
    with zipfile.ZipFile(path) as archive:
        return Path(archive.extract(archive.namelist()[0], scratch))
