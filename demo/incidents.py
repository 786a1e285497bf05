"""Daily series of releases with planted incidents of known kind, day and release, for tests and measurements of alerts.

Ordinary days have the noise of a distributor: launches that decay, weekdays, overdispersed counts, price lists that
change, competitors that move by cents. Incidents are planted in the last `PLANTED_DAYS` days, far enough apart that no
release has two at once. Nothing is drawn from the distributor's own random streams.
"""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl

KINDS = {
    "competitor_cut": "competitor",
    "competitor_entry": "competitor",
    "competitor_out": "competitor",
    "demand_up": "demand",
    "demand_down": "demand",
    "stock_out": "stock",
    "rating_drop": "performance",
    "plays_spike": "performance",
}
PLANTED_DAYS = 60
LENGTHS = dict(
    zip(KINDS, (15, 15, 21, 10, 10, 9, 8, 3), strict=True),  # days that each lasts
)


@dataclass(frozen=True)
class Planted:
    """The series, what a unit brings, and what was planted.

    Attributes:
        daily: [unique_id, metric, ds, y].
        prices: [release_id, unit_price, unit_margin].
        incidents: [release_id, kind, type, first_day].
    """

    daily: pl.DataFrame
    prices: pl.DataFrame
    incidents: pl.DataFrame


def planted_incidents(
    seed: int = 11, releases: int = 60, days: int = 180, per_kind: int = 4, start: dt.date = dt.date(2026, 1, 1)
) -> Planted:
    """Series of so many releases and days, with `per_kind` incidents of each kind."""
    rng = np.random.default_rng([seed, zlib.crc32(b"incidents")])
    ids = [f"R{number:06d}" for number in range(1, releases + 1)]
    truth = _plan(rng, releases, days, per_kind)
    shape = (releases, days)
    day = np.arange(days)
    week = np.array([1.0, 0.9, 0.95, 1.05, 1.4, 1.2, 0.5])[day % 7]
    base = rng.lognormal(1.6, 0.6, releases)[:, None] * np.exp(-day / rng.uniform(300, 900, releases)[:, None])
    demand, popularity = base * week, np.ones(shape)
    cheapest = np.round(rng.uniform(12, 22, releases), 2)[:, None] * (
        1 + np.cumsum(rng.normal(0, 0.002, shape), axis=1)
    )
    rivals = np.broadcast_to(rng.integers(2, 5, releases)[:, None], shape).astype(float).copy()
    entries, ratings, stock_empty = np.zeros(shape), np.full(shape, 4.3), np.zeros(shape, dtype=bool)
    for row, kind, first in truth:
        span = slice(first, min(days, first + LENGTHS[kind]))
        if kind == "demand_up":
            demand[row] = np.maximum(demand[row], 8 * week)
            demand[row, span] *= 4.0
        if kind == "demand_down":
            demand[row] = 30 * week
            demand[row, span] *= 0.1
        if kind == "stock_out":
            demand[row] = np.maximum(demand[row], 5 * week)
            stock_empty[row, span] = True
        if kind == "competitor_cut":
            cheapest[row, span.start :] *= 0.85
        if kind == "competitor_entry":
            rivals[row, span.start :] += 1
            entries[row, span.start] = 1
        if kind == "competitor_out":
            rivals[row, span] = 0
        if kind == "rating_drop":
            ratings[row, span] = 2.0
        if kind == "plays_spike":
            popularity[row, span] = 8.0
    units = rng.poisson(rng.gamma(12.0, demand / 12.0))
    plays = np.round(200 * base * popularity * rng.lognormal(0, 0.2, shape))
    reviews = rng.poisson(2.5, shape)
    # One reviewer in ten is two stars off, whatever the release.
    points = np.clip(ratings[..., None] + rng.normal(0, 0.4, (*shape, 8)), 1, 5)
    counted = np.arange(8) < np.minimum(reviews, 8)[..., None]
    metrics = {
        "units": units.astype(float),
        "orders": np.ceil(units / 2),
        "returns": rng.binomial(units, 0.03).astype(float),
        "plays": plays,
        "price": np.broadcast_to(np.round(rng.uniform(13, 25, releases), 2)[:, None], shape),
        "available": np.where(stock_empty, 0.0, np.round(60 + 20 * demand.mean(axis=1, keepdims=True) + 0 * day)),
        "incoming": np.zeros(shape),
        "competitor_price": np.where(rivals > 0, np.round(np.maximum(cheapest, 11), 2), np.nan),
        "competitors": np.where(rivals > 0, rivals, np.nan),
        "competitors_new": np.where(entries > 0, entries, np.nan),
        "rating_sum": np.where(counted, points, 0).sum(axis=-1),
        "rating_square": np.where(counted, points**2, 0).sum(axis=-1),
        "rating_count": counted.sum(axis=-1).astype(float),
        "bad_reviews": (counted & (points <= 2)).sum(axis=-1).astype(float),
    }
    dates = pl.date_range(start, start + dt.timedelta(days=days - 1), eager=True)
    frames = [
        pl.DataFrame(
            {
                "unique_id": np.repeat(ids, days),
                "ds": pl.concat([dates] * releases),
                "y": np.ravel(values).astype(float),
            }
        ).with_columns(pl.lit(name).alias("metric"))
        for name, values in metrics.items()
    ]
    daily = pl.concat(frames).filter(pl.col("y").is_not_nan()).select("unique_id", "metric", "ds", "y")
    price = metrics["price"][:, 0]
    return Planted(
        daily,
        pl.DataFrame({"release_id": ids, "unit_price": price, "unit_margin": price * 0.4}),
        pl.DataFrame(
            [(ids[row], kind, KINDS[kind], start + dt.timedelta(days=first)) for row, kind, first in truth],
            schema=["release_id", "kind", "type", "first_day"],
            orient="row",
        ),
    )


def _plan(rng: np.random.Generator, releases: int, days: int, per_kind: int) -> list[tuple[int, str, int]]:
    """Release, kind and first day of each incident: a release has at most one."""
    rows = rng.permutation(releases)[: per_kind * len(KINDS)]
    if len(rows) < per_kind * len(KINDS):
        raise ValueError(f"{per_kind} incidents of {len(KINDS)} kinds need as many releases, there are {releases}")
    plan = []
    for number, row in enumerate(rows):
        kind = list(KINDS)[number % len(KINDS)]
        # Room for the alert to open before the series end.
        plan.append((int(row), kind, int(days - PLANTED_DAYS + rng.integers(0, PLANTED_DAYS - 8))))
    return plan
