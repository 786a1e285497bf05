"""What the catalogue says about each series, aligned to a panel and hidden until it was known.

Belongs here: release dates, categories, artists and list prices as arrays in series order.
Does not belong here: sales (panel.py) and what is made of both (features.py).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints
from ml.forecasting.facts import Facts, Known, align_facts
from ml.forecasting.panel import Panel
from ml.forecasting.similar import similar_releases

CATEGORY_CODES = 1021  # prime; a code is a hash of the text, so that no other release's text can change it
CATEGORIES = ("genre", "format")


@dataclass(frozen=True)
class Catalogue:
    """Arrays in the panel's series order; NaN (or -1) where the catalogue is silent.

    `similar` holds, per series, the numbers of up to five series that came out before it, and -1.
    """

    known_from: Floats
    release_day: Floats
    list_price: Floats
    categories: dict[str, Floats]
    artist: Ints
    similar: Ints
    known: Known


def _code(text: str | None) -> float:
    return float("nan") if text is None else float(zlib.crc32(text.encode()) % CATEGORY_CODES)


def _days(panel: Panel, dates: pl.Series) -> Floats:
    return (dates.cast(pl.Date) - panel.start).dt.total_days().cast(pl.Float64).fill_null(np.nan).to_numpy()


def align_catalogue(panel: Panel, catalogue: pl.DataFrame | None, facts: Facts | None = None) -> Catalogue:
    """The catalogue and the other facts in series order.

    The catalogue has unique_id, and release_date, genre, format, artist_id, label_id, list_price, known_from. Every
    column but unique_id may be missing or null. A release without `known_from` counts as known from the start.
    Raises ValueError when a unique_id stands twice.
    """
    wanted = {
        "release_date": pl.Date,
        "known_from": pl.Date,
        "list_price": pl.Float64,
        "genre": pl.String,
        "format": pl.String,
        "artist_id": pl.String,
        "label_id": pl.String,
    }
    rows = pl.DataFrame({"unique_id": []}, schema={"unique_id": pl.String}) if catalogue is None else catalogue
    repeated = rows.filter(pl.col("unique_id").is_duplicated())
    if not repeated.is_empty():
        raise ValueError(f"catalogue: {repeated['unique_id'][0]!r} stands more than once; give one row per unique_id")
    present = [pl.col(c).cast(t) for c, t in wanted.items() if c in rows.columns]
    absent = [pl.lit(None, dtype=t).alias(c) for c, t in wanted.items() if c not in rows.columns]
    rows = rows.select(pl.col("unique_id").cast(pl.String), *present, *absent)
    joined = panel.ids.to_frame("unique_id").join(rows, on="unique_id", how="left", maintain_order="left")
    artists = joined["artist_id"].unique().drop_nulls().sort()
    number = {name: i for i, name in enumerate(artists)}
    known = _days(panel, joined["known_from"])
    return Catalogue(
        known_from=np.where(np.isnan(known), -np.inf, known),
        release_day=_days(panel, joined["release_date"]),
        list_price=joined["list_price"].fill_null(np.nan).to_numpy(),
        categories={c: np.array([_code(v) for v in joined[c]], dtype=np.float64) for c in CATEGORIES},
        artist=np.array([-1 if a is None else number[a] for a in joined["artist_id"]], dtype=np.int64),
        similar=similar_releases(rows, panel.ids),
        known=align_facts(panel, facts),
    )
