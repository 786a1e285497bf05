"""The cold start: the first days of past launches, weighted by how alike they are, and the rival it has to beat.

Units are averaged as logarithms, since one bestseller must not set the level; what was ordered ahead moves them
(ahead.py). The spread and the mean are put around that point by the same conformal calibration as every other
forecast's (spread.py). Revenue is units times a price: the list price with the discount that past launches were sold
at, and where there is no list price what they cost.

Belongs here: point forecasts. Does not belong here: quantiles (spread.py), past origins (rehearsal.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.cold_start.ahead import LONGEST_LEAD, OrderedAhead, slope
from ml.cold_start.launches import HORIZONS, LONGEST_AGE, MEASURES, Launches, read_launches
from ml.cold_start.similarity import FEWEST_NEIGHBOURS, LEARNT_FROM, MOST_NEIGHBOURS, Degrees, Traits, learn, weights
from ml.evaluation.arrays import Floats
from ml.forecasting.facts import Facts

Ints = NDArray[np.int64]

COLD_START, CATEGORY_MEDIAN = "cold_start", "category_median"
METHODS = (COLD_START, CATEGORY_MEDIAN)
CATEGORIES = ("genre", "format")
FEWEST_PAST = 10  # launches whose 90 days are over; with fewer there is nothing to tell a first forecast from
FEWEST_OF_CATEGORY = 5
BANDS = (0, 7, 14, LONGEST_AGE)  # days on sale, the upper end of each; 0: not out yet
SO_FAR = "sold so far"


def band_of(age: int) -> int:
    """The upper end of the band that so many days on sale belong to."""
    return next(upper for upper in BANDS if age <= upper)


@dataclass(frozen=True)
class Points:
    """Point forecasts over one horizon in units, a method each; `price` is what a unit is worth in revenue.

    `size` is what the past launches that they rest on sold on the mean, in units and in revenue, at least 1.
    """

    units: dict[str, Floats]
    price: Floats
    size: dict[str, float]


@dataclass
class Cold:
    """The launches with what was computed of them once; asked about a day it reads nothing later."""

    launches: Launches
    traits: Traits
    ahead: OrderedAhead | None = None
    _worth: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    _slopes: dict[tuple[int, int], float] = field(default_factory=dict)

    @classmethod
    def of(cls, sales: pl.DataFrame, catalogue: pl.DataFrame, facts: Facts | None = None) -> Cold:
        """Ready to be asked; frames as `read_launches` takes them.

        Of the facts it reads stock-outs, sound and pre-orders.
        """
        known = facts or Facts()
        launches = read_launches(sales, catalogue, known.stock_outs)
        ahead = None if known.pre_orders is None else OrderedAhead.of(launches, known.pre_orders)
        return cls(launches, Traits.of(launches, sales, catalogue, known.sound), ahead)

    def can(self, day: int) -> bool:
        """Whether enough launches were over by `day` to forecast from."""
        return len(self.launches.past(day, max(HORIZONS))) >= FEWEST_PAST

    def worth(self, day: int, band: int) -> dict[str, float]:
        """What each trait is worth at `day`; for releases on sale also what their units so far are."""
        if (day, band) not in self._worth:
            horizon, start = HORIZONS[0], self.worth(day, 0) if band else None
            rows = self._newest(self._told(day, band, horizon), LEARNT_FROM)
            degrees = self.traits.degrees(rows, rows, day)
            if band:
                degrees[SO_FAR] = self._so_far(rows, rows, band)
            value = np.log1p(self.launches.demand("units", rows, band, horizon))
            came = self.launches.launch[rows]
            over = came[None, :] + band + horizon <= came[:, None] + band
            self._worth[day, band] = learn(degrees, value, over, start)
        return self._worth[day, band]

    def slope(self, ahead: OrderedAhead, day: int, lead: int) -> float:
        """What orders ahead are worth at `day`, of releases that come out `lead` days later."""
        if (day, lead) not in self._slopes:
            horizon = HORIZONS[0]
            past = self._newest(self._told(day, 0, horizon), LEARNT_FROM)
            rows = past[ahead.log_units(past, lead) > 0]
            came = self.launches.launch[rows]
            over = came[None, :] + horizon <= came[:, None] - lead
            asked = np.flatnonzero(over.sum(axis=1) >= FEWEST_NEIGHBOURS)
            degrees = self.traits.degrees(rows[asked], rows, day) if len(asked) else {}
            share = weights(degrees, self.worth(day, 0), over[asked]) if degrees else np.zeros((0, len(rows)))
            value = np.log1p(self.launches.demand("units", rows, 0, horizon))
            self._slopes[day, lead] = slope(value, ahead.log_units(rows, lead), share, asked)
        return self._slopes[day, lead]

    def _logs(self, day: int, rows: Ints, other: Ints, share: NDArray[np.float64], came: Floats) -> Floats:
        """The weighted logarithms of what past launches sold, moved by what is ordered ahead of those still to come."""
        logs = share @ np.log1p(came)
        lead = np.where(self.launches.is_stated[rows], self.launches.launch[rows] - day, 0).astype(np.int64)
        for days in np.unique(lead[(lead >= 1) & (lead <= LONGEST_LEAD)]) if self.ahead is not None else []:
            assert self.ahead is not None
            ordered, usual = (self.ahead.log_units(each, int(days)) for each in (rows, other))
            asked, beside = (lead == days) & (ordered > 0), usual > 0
            worth = self.slope(self.ahead, day, int(days))
            if worth and asked.any():
                among = share[np.ix_(asked, beside)]
                among = among / among.sum(axis=1, keepdims=True)
                logs[asked] = among @ np.log1p(came[beside]) + worth * (ordered[asked] - among @ usual[beside])
        return np.asarray(logs, dtype=np.float64)

    def _newest(self, rows: Ints, most: int) -> Ints:
        order = np.argsort(self.launches.launch[rows], kind="stable")
        return np.sort(rows[order[-most:]])

    def _told(self, day: int, age: int, horizon: int) -> Ints:
        """Launches whose `horizon` days from the `age`-th on were over by `day`, and that were in stock enough."""
        rows = self.launches.past(day, age + horizon)
        return rows[~np.isnan(self.launches.demand("units", rows, age, horizon))]

    def _so_far(self, one: Ints, other: Ints, age: int) -> NDArray[np.float64]:
        level = [np.log1p(self.launches.demand("units", rows, 0, age)) for rows in (one, other)]
        alike = np.exp(-np.abs(level[0][:, None] - level[1][None, :]))
        return np.asarray(np.nan_to_num(alike, nan=0.0), dtype=np.float64)

    def neighbours(self, day: int, rows: Ints, age: int) -> dict[int, tuple[Ints, Degrees]]:
        """By horizon, the past launches that forecasts at the end of `day` rest on, and their weight in each.

        Weights are shaped (len(rows), launches); a row adds up to 1. A horizon without a past launch is missing.
        """
        past = {h: self._newest(self._told(day, age, h), MOST_NEIGHBOURS) for h in HORIZONS}
        every = np.unique(np.concatenate(list(past.values())))
        if not len(every):
            return {}
        degrees = self.traits.degrees(rows, every, day)
        if age:
            degrees[SO_FAR] = self._so_far(rows, every, age)
        worth = self.worth(day, band_of(age))
        found = {}
        for horizon, other in past.items():
            if not len(other):
                continue
            among = np.searchsorted(every, other)
            found[horizon] = other, weights({name: degree[:, among] for name, degree in degrees.items()}, worth)
        return found

    def points(self, day: int, rows: Ints, age: int) -> dict[int, Points]:
        """By horizon, the forecasts at the end of `day` of releases that are all `age` days on sale (0: not sold yet).

        A horizon for which no past launch has been on sale long enough is missing.
        """
        found = {}
        for horizon, (other, share) in self.neighbours(day, rows, age).items():
            came = {measure: self.launches.demand(measure, other, age, horizon) for measure in MEASURES}
            units = {
                COLD_START: np.maximum(np.expm1(self._logs(day, rows, other, share, came["units"])), 0.0),
                CATEGORY_MEDIAN: self._median(rows, other, came["units"]),
            }
            size = {measure: max(float(values.mean()), 1.0) for measure, values in came.items()}
            found[horizon] = Points(units, self._price(rows, other, share), size)
        return found

    def _median(self, rows: Ints, past: Ints, came: Floats) -> Floats:
        """The median of the release's genre, else of its format, else of all."""
        found = np.full(len(rows), float(np.median(came)))
        for name in reversed(CATEGORIES):
            codes = self.traits.texts.get(name)
            if codes is None:
                continue
            for code in np.unique(codes[rows]):
                same = codes[past] == code
                if code >= 0 and same.sum() >= FEWEST_OF_CATEGORY:
                    found[codes[rows] == code] = float(np.median(came[same]))
        return found

    def _price(self, rows: Ints, past: Ints, share: NDArray[np.float64]) -> Floats:
        """The list price times the usual discount; without a list price what past launches cost, weighted alike."""
        sums = self.launches.first_days
        units, revenue = sums["units"][past, HORIZONS[0] - 1], sums["revenue"][past, HORIZONS[0] - 1]
        sold = (units > 0) & (revenue > 0)
        if not sold.any():
            return np.ones(len(rows))
        cost = np.log(revenue[sold] / units[sold])
        weight = share[:, sold] / np.maximum(share[:, sold].sum(axis=1, keepdims=True), 1e-12)
        usual = np.exp(weight @ cost)
        listed = self.traits.numbers.get("list_price")
        if listed is None:
            return np.asarray(usual, dtype=np.float64)
        both = ~np.isnan(listed[past][sold])
        discount = float(np.median(cost[both] - listed[past][sold][both])) if both.any() else np.nan
        own = np.exp(listed[rows] + discount)
        return np.asarray(np.where(np.isnan(own), usual, own), dtype=np.float64)
