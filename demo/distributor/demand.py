"""How many order lines a release expects on a day: popularity, decay, seasons, price, pre-orders, planted anomalies.

Pure arithmetic over the world; the draws around these means are in `orders` and `signals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.distributor.campaigns import PRE_ORDER_DAYS, promoted
from demo.distributor.names import GENRES
from demo.distributor.options import REFERENCE_DAYS
from demo.distributor.price_list import regular_cents
from demo.distributor.world import BLOCK_DAYS, World

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEEKLY = (1.15, 1.2, 1.1, 1.05, 1.25, 0.6, 0.35)  # Monday first; buyers order on working days
ANNUAL_AMPLITUDE = (0.15, 0.2, 0.1, 0.25, 0.3, 0.2, 0.25, 0.1)  # by genre
ANNUAL_PEAK_DAY = (120, 200, 180, 300, 340, 160, 280, 60)  # day of the year
CHRISTMAS = (0.8, 0.4, 0.5, 0.9, 1.4, 1.2, 0.8, 0.5)  # added at its height, by genre
CHRISTMAS_DAY, CHRISTMAS_WIDTH_DAYS = 340, 16.0
TAIL = 1.0  # what is left of a release when its launch has decayed, in units of its popularity


@dataclass(frozen=True)
class Demand:
    """Expected order lines per release and day, scaled so that two years have about the lines asked for."""

    world: World

    @cached_property
    def _release(self) -> dict[str, npt.NDArray[Any]]:
        frame = self.world.releases
        return {name: frame[name].to_numpy() for name in frame.columns if name not in ("title", "release_id", "id")}

    def price_cents(self, day: int) -> Ints:
        """Return the price of each release on a day: the list's, or that of a promotion."""
        regular = regular_cents(self.world.releases, day)
        first, days = (np.asarray(self._release[name]) for name in ("promotion_day", "promotion_days"))
        under_way = (first <= day) & (day < first + days)
        percent = np.where(under_way, np.asarray(self._release["promotion_percent"]), 0).max(axis=1)
        return np.where(percent > 0, promoted(regular, percent), regular)

    def season(self, day: int) -> Floats:
        """Return the seasonal factor of each genre on a day: annual wave, Christmas, day of the week."""
        date = self.world.calendar.day(day)
        of_year = date.timetuple().tm_yday
        wave = np.array(ANNUAL_AMPLITUDE) * np.cos(2 * np.pi * (of_year - np.array(ANNUAL_PEAK_DAY)) / 365.25)
        christmas = np.array(CHRISTMAS) * np.exp(-(((of_year - CHRISTMAS_DAY) / CHRISTMAS_WIDTH_DAYS) ** 2))
        return np.asarray((1 + wave + christmas) * WEEKLY[date.weekday()], dtype=np.float64)

    def _decay(self, age: Floats | Ints) -> Floats:
        halved = np.maximum(age, 0) / np.asarray(self._release["half_life_days"])
        return np.asarray(TAIL + np.asarray(self._release["launch_peak"]) * 0.5**halved, dtype=np.float64)

    def _unscaled(self, day: int) -> Floats:
        """What is wanted on a day, whenever it is ordered."""
        release = self._release
        age = day - np.asarray(release["release_day"], dtype=np.int64)
        price = self.price_cents(day) / np.asarray(release["first_price_cents"])
        on_sale = (age >= 0) & ~np.asarray(release["is_withdrawn"], dtype=bool)
        genre = np.asarray(release["genre"], dtype=np.int64)
        rate = np.asarray(release["popularity"]) * self._decay(age) * price ** np.asarray(release["elasticity"])
        return np.asarray(on_sale * rate * self.season(day)[genre] * self.factors("demand_factor", day), np.float64)

    def _pre_ordered(self, day: int) -> Floats:
        """What is ordered on a day of releases that are still to come.

        The share of the first 28 days' demand, the nearer the release the more, as the first days fade after it.
        """
        release = self._release
        ahead = np.asarray(release["release_day"], dtype=np.int64) - day
        open_now = (ahead >= 1) & (ahead <= PRE_ORDER_DAYS) & ~np.asarray(release["is_withdrawn"], dtype=bool)
        genre = np.asarray(release["genre"], dtype=np.int64)
        rate = np.asarray(release["popularity"]) * np.asarray(release["pre_order_share"]) * self._decay(ahead - 1)
        return np.asarray(open_now * rate * self.season(day)[genre], np.float64)

    def factors(self, column: str, day: int, kinds: tuple[str, ...] | None = None) -> Floats:
        """Return the factor that the anomalies of a day put on each release: `factor` or `demand_factor`."""
        factors = np.ones(self.world.releases.height)
        for first, days, release, kind, factor in self._anomalies(column):
            if first <= day < first + days and (kinds is None or kind in kinds):
                factors[release] *= factor
        return factors

    def _anomalies(self, column: str) -> list[tuple[int, int, int, str, float]]:
        frame = self.world.anomalies
        if column not in self._anomaly_rows:
            rows = frame.select("first_day", "days", "release", "kind", column).rows()
            self._anomaly_rows[column] = [row for row in rows if row[4] != 1.0]
        return self._anomaly_rows[column]

    @cached_property
    def _anomaly_rows(self) -> dict[str, list[tuple[int, int, int, str, float]]]:
        return {}

    @cached_property
    def scale(self) -> float:
        """Lines per unit of popularity: what makes two whole blocks sum to the lines asked for."""
        total = sum(float(self._unscaled(day)[: self._reference_releases].sum()) for day in range(2 * BLOCK_DAYS))
        return self.world.size.order_lines * 2 * BLOCK_DAYS / REFERENCE_DAYS / total

    @property
    def _reference_releases(self) -> int:
        return 4 * self.world.size.releases_per_year  # two blocks before the first day and two after it

    def wanted(self, day: int) -> Floats:
        """Return the order lines that each release would have on a day if nobody ordered ahead."""
        return self._unscaled(day) * self.scale

    def lines(self, day: int) -> Floats:
        """Return the expected order lines of each release on a day: what was not ordered ahead, and pre-orders."""
        age = day - np.asarray(self._release["release_day"], dtype=np.int64)
        share = np.where(age < PRE_ORDER_DAYS, np.asarray(self._release["pre_order_share"]), 0.0)
        return np.asarray((self._unscaled(day) * (1 - share) + self._pre_ordered(day)) * self.scale, np.float64)


def truth(demand: Demand) -> dict[str, object]:
    """Return the curves as plain values, to be saved beside the lake."""
    annual = {
        genre: {"amplitude": amplitude, "peak_day_of_year": peak, "christmas": christmas}
        for genre, amplitude, peak, christmas in zip(GENRES, ANNUAL_AMPLITUDE, ANNUAL_PEAK_DAY, CHRISTMAS, strict=True)
    }
    return {
        "annual_by_genre": annual,
        "christmas_day_of_year": CHRISTMAS_DAY,
        "christmas_width_days": CHRISTMAS_WIDTH_DAYS,
        "weekly_from_monday": list(WEEKLY),
        "tail": TAIL,
        "lines_per_popularity": demand.scale,
    }
