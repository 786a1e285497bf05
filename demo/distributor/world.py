"""Who is there: releases, artists, buyers and the anomalies planted among them.

Each is drawn from the seed and, for releases and anomalies, the block of 365 days it belongs to; how many days are
landed only decides how many blocks are looked at, so an entity never changes when the lake grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from demo.distributor import names
from demo.distributor.campaigns import PRE_ORDER_DAYS, campaigns
from demo.distributor.options import Calendar, Size, draws

BLOCK_DAYS = 365
FIRST_BLOCK = -2
ANNOUNCED_DAYS_BEFORE = 45
WITHDRAWN_DAYS_AFTER = 20  # after the announcement, so before the release
ANNOUNCED_S, WITHDRAWN_S = 5 * 3600, 7 * 3600  # of the day
PRICE_CHANGES = 3
PRICE_STEPS = (0.7, 0.8, 0.9, 1.1)
DISCOUNT_PERCENT = {"shop": 0, "chain": 8, "streaming": 5, "wholesale": 12}
UNITS_PER_LINE = {"shop": 2.5, "chain": 6.0, "streaming": 4.0, "wholesale": 9.0}
ACTIVE_SHARE = {"shop": 0.2, "chain": 0.5, "streaming": 0.3, "wholesale": 0.35}
ANOMALY_KINDS = ("plays_spike", "plays_drop", "mentions_spike", "viral")


@dataclass(frozen=True)
class World:
    """Everybody and everything that can matter up to a block."""

    calendar: Calendar
    size: Size
    last_block: int

    @classmethod
    def through(cls, calendar: Calendar, size: Size, days: int) -> World:
        """Return the world that the first `days` days can see; at least the two years that demand is scaled on."""
        return cls(calendar, size, max(1, (days + ANNOUNCED_DAYS_BEFORE + 7) // BLOCK_DAYS))

    @cached_property
    def artists(self) -> pl.DataFrame:
        """One row per artist: artist_id, id, name, genre (an index), country, popularity."""
        rng = draws(self.size.seed, "artists")
        count = self.size.artists
        return pl.DataFrame(
            {
                "artist_id": [f"A{number + 1:04d}" for number in range(count)],
                "id": [str(number + 1) for number in range(count)],
                "name": [names.artist_name(rng) for _ in range(count)],
                "genre": rng.integers(len(names.GENRES), size=count),
                "country": [names.COUNTRIES[index] for index in rng.integers(len(names.COUNTRIES), size=count)],
                "popularity": rng.lognormal(0.0, 0.7, size=count),
            }
        )

    @cached_property
    def releases(self) -> pl.DataFrame:
        """One row per release, by block and release day; days count from the first day, prices are cents."""
        blocks = [self._block_of_releases(block) for block in range(FIRST_BLOCK, self.last_block + 1)]
        return pl.concat(blocks).with_row_index("index")

    def releases_begun(self, day: int) -> int:
        """Return how many releases belong to blocks begun when a day's pre-orders come out.

        All that can be ordered on the day are among them.
        """
        return ((day + PRE_ORDER_DAYS) // BLOCK_DAYS - FIRST_BLOCK + 1) * self.size.releases_per_year

    def _block_of_releases(self, block: int) -> pl.DataFrame:
        rng, count = draws(self.size.seed, "releases", block), self.size.releases_per_year
        friday = (4 - self.calendar.start.weekday()) % 7
        weeks = np.sort(rng.integers(0, 52, size=count))
        release_day = block * BLOCK_DAYS + weeks * 7 + (friday - block * BLOCK_DAYS) % 7
        artist = rng.integers(self.size.artists, size=count)
        first = (block - FIRST_BLOCK) * count + 1
        prices = rng.choice([999, 1299, 1499, 1899, 2199, 2499], size=count)
        gaps = 30 + rng.exponential(150, size=(count, PRICE_CHANGES)).astype(np.int64)
        steps = np.cumprod(rng.choice(PRICE_STEPS, size=(count, PRICE_CHANGES)), axis=1)
        drawn = pl.DataFrame(
            {
                "release_id": [f"R{number:06d}" for number in range(first, first + count)],
                "id": [str(100_000 + number) for number in range(first, first + count)],
                "title": [names.title(rng) for _ in range(count)],
                "artist": artist,
                "genre": self.artists["genre"].to_numpy()[artist],
                "format": [names.FORMATS[index] for index in rng.choice(4, size=count, p=[0.4, 0.35, 0.2, 0.05])],
                "release_day": release_day,
                "announced_day": release_day - ANNOUNCED_DAYS_BEFORE,
                "is_withdrawn": rng.random(count) < 0.03,
                "popularity": self.artists["popularity"].to_numpy()[artist] * rng.lognormal(0.0, 0.8, size=count),
                "launch_peak": rng.uniform(3.0, 12.0, size=count),
                "half_life_days": rng.uniform(10.0, 60.0, size=count),
                "elasticity": -rng.uniform(0.8, 2.6, size=count),
                "first_price_cents": prices,
                "price_change_days": release_day[:, None] + np.cumsum(gaps, axis=1),
                "price_change_cents": (np.round(prices[:, None] * steps / 10) * 10 - 1).astype(np.int64),
            }
        )
        wanted = (drawn["popularity"] * drawn["launch_peak"]).to_numpy()
        plans = campaigns(self.size, block, release_day, drawn["price_change_days"].to_numpy(), wanted)
        return pl.concat([drawn, plans], how="horizontal")

    @cached_property
    def buyers(self) -> pl.DataFrame:
        """One row per buyer with `joined_day` (0: before the first day), weight, units per line, discount, tastes."""
        rng, count = draws(self.size.seed, "buyers"), self.size.buyers
        kinds = [names.KINDS[index] for index in rng.choice(4, size=count, p=[0.6, 0.15, 0.1, 0.15])]
        there = round(count * 0.85)
        later = (np.arange(count - there) + 1) * 700 // (count - there)
        return pl.DataFrame(
            {
                "buyer_id": [f"B{number + 1:05d}" for number in range(count)],
                "company_name": [names.company(rng) for _ in range(count)],
                "kind": kinds,
                "country": [names.COUNTRIES[index] for index in rng.integers(len(names.COUNTRIES), size=count)],
                "joined_day": np.concatenate([np.zeros(there, dtype=np.int64), later]),
                "created_before_days": rng.integers(1, 2000, size=count),
                "weight": rng.lognormal(0.0, 1.0, size=count),
                "units_per_line": [UNITS_PER_LINE[kind] for kind in kinds],
                "discount_percent": [DISCOUNT_PERCENT[kind] for kind in kinds],
                "active_share": [ACTIVE_SHARE[kind] for kind in kinds],
                "tastes": rng.dirichlet([0.6] * len(names.GENRES), size=count),
            }
        )

    @cached_property
    def anomalies(self) -> pl.DataFrame:
        """One row per planted anomaly: the release, its kind, first day, days, and the factor on what it concerns."""
        found = [self._block_of_anomalies(block) for block in range(FIRST_BLOCK, self.last_block + 1)]
        return pl.concat(found).with_row_index("number")

    def _block_of_anomalies(self, block: int) -> pl.DataFrame:
        rng, count = draws(self.size.seed, "anomalies", block), max(4, round(12 * self.size.factor))
        per_year = self.size.releases_per_year
        releases = (block - FIRST_BLOCK) * per_year + rng.choice(per_year, size=min(count, per_year), replace=False)
        kinds = rng.integers(len(ANOMALY_KINDS), size=len(releases))
        factors = np.stack([np.full(len(releases), 6.0), np.full(len(releases), 0.1), np.full(len(releases), 10.0)])
        chosen = np.where(kinds == 3, 5.0, factors[np.minimum(kinds, 2), np.arange(len(releases))])
        return pl.DataFrame(
            {
                "release": releases,
                "kind": [ANOMALY_KINDS[kind] for kind in kinds],
                "first_day": self.releases["release_day"].to_numpy()[releases] + rng.integers(20, 100, len(releases)),
                "days": np.array([2, 5, 2, 7])[kinds],
                "factor": chosen,
                "demand_factor": np.where(kinds == 3, 2.5, 1.0),
            }
        )
