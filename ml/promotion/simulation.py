"""A year of weekly looks at a challenger whose true gain is known: how often and when the rule promotes it.

Losses are resampled from a backtest of two real models. For each origin an origin of the backtest and releases of it
are drawn, and a coin decides which of the two models plays the champion, so without a gain the two are exchangeable. A
gain scales the loss of the challenger. The first look has the challenger's own backtest; each week one live origin
more has matured. Live origins whose windows overlap share the drawn origin and the coin: they are no new evidence.

The rule is that of `decision.decide`, for many gains at once. Both models have the coverage that they should have,
and a challenger stays for the whole year where no evidence against it discards it, so wrong promotions are
overestimated rather than underestimated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.promotion.decision import LEAST_GAIN, LEAST_ROWS, SEGMENT_TOLERANCE
from ml.promotion.eprocess import ENOUGH, apart, evidence
from ml.promotion.resampling import LIMIT, counts

START = date(2026, 1, 5)
WEEK = 7
NEVER = -1
LOSSES = ("one", "one_first", "other", "other_first")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """What is simulated: origins of the backtest, days of a window, weeks of looks, releases per origin."""

    known: int
    horizon_days: int = 30
    weeks: int = 52
    entities: int = 400

    @property
    def block(self) -> int:
        """Weeks until the window of a live origin has ended."""
        return math.ceil(self.horizon_days / WEEK)

    @property
    def days(self) -> list[date]:
        """The origins: those of the backtest a window apart, then one a week."""
        before = [START - timedelta(days=self.horizon_days * k) for k in range(self.known, 0, -1)]
        return before + [START + timedelta(days=WEEK * week) for week in range(self.weeks)]

    def seen(self, week: int) -> int:
        """How many origins have matured by the look of a week."""
        return self.known + max(0, week - self.block + 1)


@dataclass(frozen=True)
class Year:
    """Drawn losses without a gain: (origins, entities, champion and challenger, all horizons and the shortest)."""

    losses: Floats
    segments: NDArray[np.int64]


def drawn_year(losses: pl.DataFrame, design: Design, seed: int) -> Year:
    """The losses of one seed.

    Takes [origin, segment, one, one_first, other, other_first], a row per release: losses of two models, over all
    horizons and over the shortest. Live losses are those over the shortest, in a segment of their own.
    """
    rng = np.random.default_rng(seed)
    codes = losses.with_columns(segment=pl.col("segment").rank("dense").cast(pl.Int64))
    by_origin = [rows for _, rows in sorted(codes.partition_by("origin", as_dict=True).items())]
    values = [rows.select(LOSSES).to_numpy().reshape(-1, 2, 2) for rows in by_origin]
    labels = [rows["segment"].to_numpy() for rows in by_origin]
    parts, segments = [], []
    origin, coin = 0, 1
    for k in range(len(design.days)):
        is_live = k >= design.known
        if not is_live or (k - design.known) % design.block == 0:
            origin, coin = int(rng.integers(len(values))), 1 if rng.random() < 0.5 else -1
        rows = rng.integers(len(values[origin]), size=design.entities)
        found = values[origin][rows][:, ::coin]
        parts.append(found[:, :, [1, 1]] if is_live else found)
        segments.append(np.zeros(design.entities, dtype=np.int64) if is_live else labels[origin][rows])
    return Year(np.stack(parts), np.stack(segments))


def as_pairs(year: Year, design: Design, week: int, gain: float) -> pl.DataFrame:
    """What `decide` is given at the look of a week, with the gain in the challenger's loss."""
    frames = []
    for day, losses, segments in zip(design.days[: design.seen(week)], year.losses, year.segments, strict=False):
        columns = {"segment": [str(code) for code in segments], "champion_loss": losses[:, 0, 0]}
        columns |= {"challenger_loss": losses[:, 1, 0] * (1 - gain), "champion_first_loss": losses[:, 0, 1]}
        columns |= {"challenger_first_loss": losses[:, 1, 1] * (1 - gain)}
        columns |= {"entity": [str(k) for k in range(len(losses))]}
        frames.append(pl.DataFrame(columns).with_columns(origin=day))
    names = (pl.lit(0.9).alias(f"{who}_covered") for who in ("champion", "challenger"))
    return pl.concat(frames).with_columns(*names)


def weeks_to_promotion(
    year: Year, design: Design, gains: Sequence[float], seed: int, resamples: int = 300
) -> NDArray[np.int64]:
    """The week of the first look that promotes, for each gain; -1 where none does or evidence discards before."""
    factor = 1 - np.asarray(gains, dtype=np.float64)
    rng = np.random.default_rng(seed)
    parts = _by_segment(year)  # (entities, origins, segments, 2)
    drawn = counts(rng, resamples, design.entities) @ parts.reshape(design.entities, -1)
    resampled = drawn.reshape(resamples, *parts.shape[1:])
    sums = parts.sum(axis=0).cumsum(axis=0)  # (origins, segments, 2)
    rows = np.stack([(year.segments == code).sum(axis=1) for code in range(parts.shape[2])], axis=1).cumsum(axis=0)
    places, wealth, against = _evidence(year, design, factor)
    found = np.full(len(factor), NEVER)
    is_open = np.ones(len(factor), dtype=bool)
    for week in range(design.weeks + 1):
        seen = design.seen(week)
        bets = int((places < seen).sum())
        if bets == 0:
            continue
        ratio = sums[seen - 1, :, 1].sum() / sums[seen - 1, :, 0].sum() * factor
        passed = is_open & (wealth[:, bets - 1] >= ENOUGH) & (ratio <= 1 - LEAST_GAIN)
        if passed.any():
            by_origin = counts(rng, resamples, seen)
            totals = np.einsum("bo,bosk->bsk", by_origin, resampled[:, :seen])
            passed &= _limits_hold(totals, sums[seen - 1], rows[seen - 1], factor)
        found[passed] = week
        is_open &= ~passed & (against[:, bets - 1] < ENOUGH)
    return found


def simulated_weeks(losses: pl.DataFrame, design: Design, gains: Sequence[float], seeds: range) -> NDArray[np.int64]:
    """`weeks_to_promotion` of each seed: (seeds, gains)."""
    return np.stack([weeks_to_promotion(drawn_year(losses, design, k), design, gains, k) for k in seeds])


def _by_segment(year: Year) -> Floats:
    """Losses over all horizons as (entities, origins, segments, champion and challenger), zero outside the segment."""
    codes = np.arange(int(year.segments.max()) + 1)
    inside = (year.segments[:, :, None] == codes).astype(np.float64)
    parts: Floats = np.einsum("oes,oek->eosk", inside, year.losses[..., 0])
    return parts


def _evidence(year: Year, design: Design, factor: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Places of the bets among the origins, and the highest wealth so far for and against each gain."""
    kept = set(apart(design.days, design.horizon_days))
    places = np.array([k for k, day in enumerate(design.days) if day in kept])
    sums = year.losses[places, :, :, 1].sum(axis=1)
    ratios = np.log(sums[:, 0] / sums[:, 1]) - np.log(factor)[:, None]

    def highest(x: Floats) -> Floats:
        wealth: Floats = np.maximum.accumulate(np.maximum(evidence(x.tolist()), 1.0))
        return wealth

    return places, np.stack([highest(x) for x in ratios]), np.stack([highest(-x) for x in ratios])


def _limits_hold(totals: Floats, sums: Floats, rows: NDArray[np.int64], factor: Floats) -> NDArray[np.bool_]:
    """Whether the upper limit of the whole lies below 1 and no segment is worse, for each gain."""
    whole = totals.sum(axis=1)
    high = np.quantile(whole[:, 1] / whole[:, 0], LIMIT) * factor
    holds: NDArray[np.bool_] = high < 1
    for code in np.flatnonzero(rows >= LEAST_ROWS):
        part = totals[:, code]
        ratio = sums[code, 1] / sums[code, 0] * factor
        ratios = np.divide(part[:, 1], part[:, 0], out=np.full(len(part), np.nan), where=part[:, 0] > 0)
        low = np.nanquantile(ratios, 1 - LIMIT) * factor
        holds &= ~((ratio > 1) & ((low > 1) | (ratio > 1 + SEGMENT_TOLERANCE)))
    return holds
