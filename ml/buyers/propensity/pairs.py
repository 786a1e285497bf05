"""What is known of a buyer and a release by an origin: the buyer's activity, the release's sales, and both together.

Purchases are days on which a buyer ordered a release. Everything is looked up pair by pair, so memory follows the
number of pairs asked for and not buyers times releases. Days are whole numbers, 0 at the newest purchase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ATTRIBUTES = ("artist_id", "label_id", "genre", "format")
PRIOR = 5.0  # everybody's shares count as much as so many releases of the buyer's own
NAMES = (
    "buyer_30", "buyer_90", "buyer_recency", "release_30", "release_90", "release_age", "is_new",
    "times", "has", "since", "artist", "label", "genre", "format", "new_artist", "new_genre",
)  # fmt: skip


@dataclass(frozen=True)
class Purchases:
    """Purchases with buyers and releases numbered, and the catalogue's attributes as numbers (-1: unknown)."""

    buyers: pl.Series
    releases: pl.Series
    buyer: Ints
    release: Ints
    day: Ints
    levels: Mapping[str, Ints]
    known_from: Ints

    @classmethod
    def from_frames(cls, purchases: pl.DataFrame, releases: pl.DataFrame) -> Purchases:
        """Number the rows of purchases (buyer_id, release_id, ds) of the catalogue's releases.

        Args:
            purchases: one row per buyer, release and day, or several.
            releases: release_id, known_from (date; null: its first sale), artist_id, label_id, genre, format.
        """
        catalogue = releases.sort("release_id")
        rows = purchases.select("buyer_id", "release_id", "ds").unique()
        rows = rows.join(catalogue.select("release_id"), on="release_id", how="semi")
        newest: Any = rows["ds"].max()
        buyers, names = rows["buyer_id"].unique().sort(), catalogue["release_id"]
        numbers = rows.select(
            pl.col("buyer_id").cast(pl.Enum(buyers)).to_physical().cast(pl.Int64),
            pl.col("release_id").cast(pl.Enum(names)).to_physical().cast(pl.Int64),
            day=(pl.col("ds") - newest).dt.total_days(),
        ).sort(pl.all())
        known = (catalogue["known_from"].cast(pl.Date) - newest).dt.total_days().fill_null(1).to_numpy()
        first = np.full(len(names), 1)
        np.minimum.at(first, numbers["release_id"].to_numpy(), numbers["day"].to_numpy())
        levels = {name: catalogue[name].rank("dense").cast(pl.Int64).fill_null(-1).to_numpy() for name in ATTRIBUTES}
        buyer, release, day = (numbers[name].to_numpy() for name in ("buyer_id", "release_id", "day"))
        return cls(buyers, names, buyer, release, day, levels, np.minimum(known, first))


class Known:
    """What is known at the end of a day: `features` of pairs, and the facts behind them."""

    def __init__(self, purchases: Purchases, origin: int) -> None:
        self.origin = origin
        until = purchases.day <= origin
        buyer, release, day = purchases.buyer[until], purchases.release[until], purchases.day[until]
        self.shape = len(purchases.buyers), len(purchases.releases)
        ago = origin - day
        self.buyer_30 = np.bincount(buyer[ago < 30], minlength=self.shape[0])
        self.buyer_90 = np.bincount(buyer[ago < 90], minlength=self.shape[0])
        self.recency = _least(buyer, ago, self.shape[0])
        self.release_30, self.release_90 = (self._buyers_of(buyer, release, ago < days) for days in (30, 90))
        self.age = _most(release, ago, self.shape[1])
        self.is_new = self.age < 0
        self.is_known = purchases.known_from <= origin
        self._pairs, place = np.unique(buyer * self.shape[1] + release, return_inverse=True)
        self._times = np.bincount(place)
        self._since = _least(place, ago, len(self._pairs))
        self._levels = purchases.levels
        have = self._pairs // self.shape[1], self._pairs % self.shape[1]
        self._own = {name: _Shares(have[0], level[have[1]], self.shape[0]) for name, level in self._levels.items()}

    @property
    def is_buyer(self) -> npt.NDArray[np.bool_]:
        """Whether each buyer has ordered anything by then."""
        return np.asarray(self.recency >= 0)

    def times(self, buyer: Ints, release: Ints) -> tuple[Ints, Ints]:
        """Return on how many days each buyer ordered the release, and how many days ago the last time (-1: never)."""
        place, found = _places(self._pairs, buyer * self.shape[1] + release)
        if not len(self._pairs):
            return np.zeros(len(buyer), np.int64), np.full(len(buyer), -1)
        return np.where(found, self._times[place], 0), np.where(found, self._since[place], -1)

    def alike(self, name: str, buyer: Ints, release: Ints) -> Ints:
        """Return how many releases each buyer has that share the attribute with the release."""
        return self._own[name].counts(buyer, self._levels[name][release])

    def features(self, buyer: Ints, release: Ints) -> Floats:
        """Return a row per pair, in the order of NAMES."""
        times, since = self.times(buyer, release)
        lifts = [self._own[name].lift(buyer, self._levels[name][release]) for name in ATTRIBUTES]
        new = self.is_new[release].astype(np.float64)
        columns = [
            np.log1p(self.buyer_30[buyer]), np.log1p(self.buyer_90[buyer]),
            np.log1p(np.maximum(self.recency[buyer], 0)),
            np.log1p(self.release_30[release]), np.log1p(self.release_90[release]),
            np.log1p(np.maximum(self.age[release], 0)), new,
            np.log1p(times), (times > 0).astype(np.float64), np.where(since >= 0, np.log1p(np.maximum(since, 0)), 0.0),
            *lifts, new * lifts[0], new * lifts[2],
        ]  # fmt: skip
        return np.column_stack(columns)

    def _buyers_of(self, buyer: Ints, release: Ints, is_recent: npt.NDArray[np.bool_]) -> Ints:
        """Distinct buyers of each release."""
        pairs = np.unique(release[is_recent] * self.shape[0] + buyer[is_recent])
        return np.asarray(np.bincount(pairs // self.shape[0], minlength=self.shape[1]), dtype=np.int64)


class _Shares:
    """Releases of each buyer by level of an attribute."""

    def __init__(self, buyer: Ints, level: Ints, buyers: int) -> None:
        told = level >= 0
        self._width = int(level.max(initial=0)) + 2
        self._keys, self._count = np.unique(buyer[told] * self._width + level[told], return_counts=True)
        self._total = np.bincount(buyer[told], minlength=buyers)
        self._common = np.bincount(level[told], minlength=self._width) / max(1, int(told.sum()))

    def counts(self, buyer: Ints, level: Ints) -> Ints:
        """Return the number of the buyer's releases with the level."""
        inside = (level >= 0) & (level < self._width)
        place, found = _places(self._keys, buyer * self._width + np.where(inside, level, self._width - 1))
        return np.where(found & inside, self._count[place], 0) if len(self._keys) else np.zeros(len(buyer), np.int64)

    def lift(self, buyer: Ints, level: Ints) -> Floats:
        """Return the logarithm of the buyer's share over everybody's; 0 where the level is unknown."""
        inside = (level >= 0) & (level < self._width)
        common = self._common[np.where(inside, level, 0)]
        own = (self.counts(buyer, level) + PRIOR * common) / (self._total[buyer] + PRIOR)
        usable = inside & (common > 0)
        return np.where(usable, np.log(np.where(usable, own, 1.0) / np.where(usable, common, 1.0)), 0.0)


def _places(keys: Ints, asked: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(keys, asked), max(len(keys) - 1, 0))
    return place, keys[place] == asked if len(keys) else np.zeros(len(asked), dtype=np.bool_)


def _least(place: Ints, values: Ints, count: int) -> Ints:
    """The least value of each place; -1 where there is none."""
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, place, values)
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def _most(place: Ints, values: Ints, count: int) -> Ints:
    found = np.full(count, -1)
    np.maximum.at(found, place, values)
    return found
