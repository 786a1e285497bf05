"""How well an artist's releases were selling on any day: what is known of a newcomer before it sells.

Belongs here: the level of an artist. Does not belong here: what it is worth (similarity.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats

Ints = NDArray[np.int64]

LEVEL_DAYS = 90
ARTIST = "artist_id"


@dataclass(frozen=True)
class ArtistLevels:
    """Running units and releases per artist; keys are artist x stride + day, sorted."""

    stride: int
    keys: Ints
    units: Floats
    first_keys: Ints

    @classmethod
    def of(cls, sales: pl.DataFrame, catalogue: pl.DataFrame, artists: pl.Series, start: date) -> ArtistLevels:
        """From daily sales and the catalogue; an artist's number is its place in `artists`."""
        last: date = sales["ds"].max()  # type: ignore[assignment]
        stride = (last - start).days + 2
        place = pl.DataFrame({ARTIST: artists, "place": np.arange(len(artists))})
        owner = catalogue.select("unique_id", pl.col(ARTIST).cast(pl.String)).join(place, on=ARTIST)
        sold = sales.filter(pl.col("y") > 0).join(owner.select("unique_id", "place"), on="unique_id")
        day = (pl.col("ds") - pl.lit(start)).dt.total_days()
        daily = sold.group_by(key=pl.col("place") * stride + day).agg(pl.col("y").sum()).sort("key")
        firsts = sold.group_by("unique_id", "place").agg(pl.col("ds").min())
        first_keys = firsts.select(key=pl.col("place") * stride + day).sort("key")
        return cls(
            stride,
            daily["key"].to_numpy().astype(np.int64),
            np.concatenate([[0.0], np.cumsum(daily["y"].to_numpy())]),
            first_keys["key"].to_numpy().astype(np.int64),
        )

    def at(self, artist: Ints, day: Ints) -> Floats:
        """log(1 + units of the 90 days up to `day` per release that has sold); NaN without an artist or a release."""
        known = np.clip(day, -1, self.stride - 2)
        base = np.maximum(artist, 0) * self.stride
        last = np.searchsorted(self.keys, base + known, side="right")
        before = np.searchsorted(self.keys, base + np.maximum(known - LEVEL_DAYS + 1, 0), side="left")
        releases = np.searchsorted(self.first_keys, base + known, side="right") - np.searchsorted(
            self.first_keys, base, side="left"
        )
        there = (artist >= 0) & (releases > 0) & (known >= 0)
        units = np.maximum(self.units[last] - self.units[before], 0.0)
        level = np.log1p(units / np.maximum(releases, 1))
        return np.where(there, level, np.nan)
