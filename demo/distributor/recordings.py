"""The PIM's labels and tracks: an artist has one label, a release up to twelve tracks of its genre's tempo.

Labels stand there from the first day. Tracks come when their release is announced and go when it is withdrawn. Drawn by
themselves, so that nothing else of the distributor moves with them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from demo.distributor import names
from demo.distributor.deliveries import in_order
from demo.distributor.options import DAY_S, draws
from demo.distributor.world import ANNOUNCED_S, FIRST_BLOCK, WITHDRAWN_DAYS_AFTER, WITHDRAWN_S, World
from demo.envelopes import pim_lines

# Mean tempo of each of `names.GENRES`; a track lies within about 15 of it.
GENRE_BPM = (122, 126, 92, 140, 96, 116, 104, 150)
TEMPO_SPREAD = 8.0
WITHOUT_TEMPO_SHARE = 0.05
KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
MOST_TRACKS = 12
FIRST_LABEL_OBJECT, FIRST_TRACK_OBJECT = 800_000, 1_000_000


def labels(world: World) -> pl.DataFrame:
    """Return one row per label: number, id, label_id, name, country."""
    rng = draws(world.size.seed, "labels")
    count = max(8, world.size.artists // 10)
    return pl.DataFrame(
        {
            "number": range(count),
            "id": [str(FIRST_LABEL_OBJECT + number) for number in range(count)],
            "label_id": [f"L{number + 1:04d}" for number in range(count)],
            "name": [names.label(rng) for _ in range(count)],
            "country": [names.COUNTRIES[index] for index in rng.integers(len(names.COUNTRIES), size=count)],
        }
    )


def label_of_artists(world: World) -> pl.Series:
    """Return the number of each artist's label, by the artist's place."""
    rng = draws(world.size.seed, "labels of artists")
    return pl.Series("label", rng.integers(max(8, world.size.artists // 10), size=world.size.artists))


def budget_tier(popularity: pl.Expr) -> pl.Expr:
    """Return how much is spent on a release: the more, the better it is liked."""
    return (
        pl.when(popularity < 0.6)
        .then(pl.lit("low"))
        .when(popularity < 1.5)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("high"))
    )


@lru_cache(maxsize=1)
def tracks(world: World) -> pl.DataFrame:
    """Return one row per track of every release: index of the release, position, title, durationMs, bpm, musicalKey."""
    return pl.concat([_block_of_tracks(world, block) for block in range(FIRST_BLOCK, world.last_block + 1)])


def _block_of_tracks(world: World, block: int) -> pl.DataFrame:
    rng, count = draws(world.size.seed, "tracks", block), world.size.releases_per_year
    first = (block - FIRST_BLOCK) * count
    many = rng.integers(1, MOST_TRACKS + 1, size=count)
    index = np.repeat(np.arange(first, first + count), many)
    total = len(index)
    genre = world.releases["genre"].to_numpy()[index]
    bpm = np.round(np.array(GENRE_BPM)[genre] + np.clip(rng.normal(0, TEMPO_SPREAD, total), -15, 15), 1)
    keys, is_minor = rng.integers(len(KEYS), size=total), rng.random(total) < 0.4
    return pl.DataFrame(
        {
            "index": index,
            "position": np.concatenate([np.arange(1, tracks_there + 1) for tracks_there in many]),
            "title": [names.title(rng) for _ in range(total)],
            "durationMs": rng.integers(110_000, 420_000, size=total),
            "bpm": bpm,
            "has_tempo": rng.random(total) >= WITHOUT_TEMPO_SHARE,
            "musicalKey": [
                f"{KEYS[key]}:{'minor' if minor else 'major'}" for key, minor in zip(keys, is_minor, strict=True)
            ],
        }
    ).with_columns(pl.when("has_tempo").then("bpm").alias("bpm"))


def label_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the label lines that land on the days from `first` to `last`: all of them on the first day."""
    rows = labels(world).with_columns(
        key=pl.col("label_id"),
        modificationDate=pl.lit(world.calendar.start_s),
        published=pl.lit(True),
        is_deleted=pl.lit(False),
        landing=pl.lit(0, pl.Int64),
        place=pl.lit(0, pl.Int64),
        lsn=pl.col("number").cast(pl.Int64),
    )
    return _as_delivery(rows, "Label", "labelId", first, last)


def track_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the track lines that land on the days from `first` to `last`."""
    events = _comings_and_goings(world).filter(pl.col("landing").is_between(first, last))
    numbered = tracks(world).with_columns(index=pl.col("index").cast(events.schema["index"]))
    number = pl.col("index").cast(pl.Int64) * (MOST_TRACKS + 1) + pl.col("position")
    artist_id = pl.lit(world.artists["artist_id"]).gather(pl.col("artist"))
    artist = pl.struct(pl.lit(world.artists["id"]).gather(pl.col("artist")).alias("id"), artist_id.alias("artistId"))
    rows = events.join(numbered, on="index").with_columns(
        artist=artist,
        release=pl.struct(pl.col("id"), pl.col("release_id").alias("releaseId")),
        key=pl.format("T{}-{}", pl.col("release_id").str.slice(1), pl.col("position").cast(pl.String).str.zfill(2)),
        modificationDate=pl.col("place") + world.calendar.start_s,
        published=pl.lit(True),
        lsn=number,
    )  # fmt: skip
    objects = rows.with_columns(id=(FIRST_TRACK_OBJECT + number).cast(pl.String))
    return _as_delivery(objects, "Track", "trackId", first, last)


def _comings_and_goings(world: World) -> pl.DataFrame:
    """Return the releases as they are announced and withdrawn; what was withdrawn before the first day is not told."""
    columns = ("index", "release_id", "id", "artist", "is_withdrawn", "announced_day")
    withdrawn_day = pl.col("announced_day") + WITHDRAWN_DAYS_AFTER
    told = world.releases.select(columns).filter(~(pl.col("is_withdrawn") & (withdrawn_day <= 0)))
    day = pl.max_horizontal("announced_day", pl.lit(0)).cast(pl.Int64)
    announced = told.with_columns(
        landing=day,
        place=day * DAY_S + pl.when(pl.col("announced_day") <= 0).then(0).otherwise(ANNOUNCED_S),
        is_deleted=pl.lit(False),
    )
    withdrawn = told.filter("is_withdrawn").with_columns(
        landing=withdrawn_day.cast(pl.Int64),
        place=withdrawn_day.cast(pl.Int64) * DAY_S + WITHDRAWN_S,
        is_deleted=pl.lit(True),
    )
    return pl.concat([announced, withdrawn], how="vertical_relaxed")


def _as_delivery(rows: pl.DataFrame, classname: str, key: str, first: int, last: int) -> pl.DataFrame:
    lines = rows.with_columns(
        line=pim_lines(rows, classname),
        key=pl.struct(pl.col("key").alias(key)).struct.json_encode(),
        rank=pl.lit(0, pl.Int32),
        planted=pl.lit(None, pl.String),
        outcome=pl.lit(None, pl.String),
    )
    return in_order([lines.filter(pl.col("landing").is_between(first, last))])
