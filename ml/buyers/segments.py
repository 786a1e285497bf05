"""Segments of buyers: K-Means on recency, frequency, money, breadth and seasonality, with names that stay.

The number of segments is the most stable one: halves of the buyers lead to the same segments. Names
come from fixed profiles, each given to the segment nearest to it, so a segment keeps its name while its buyers do the
same.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[np.float64]
FEATURES = ("recency", "frequency", "monetary", "breadth", "seasonality")
# Typical standardised features of each named segment, in the order of FEATURES.
PROFILES: dict[str, tuple[float, ...]] = {
    "key accounts": (-0.7, 1.6, 1.6, 1.4, -0.4),
    "regulars": (-0.4, 0.4, 0.4, 0.4, -0.3),
    "small": (0.0, -0.5, -0.6, -0.5, 0.2),
    "seasonal": (0.3, -0.6, -0.3, -0.4, 1.8),
    "lapsing": (1.8, -0.8, -0.7, -0.7, 0.3),
    "specialists": (-0.2, 0.5, 0.3, -0.9, 0.0),
}
COUNTS = (3, 4, 5, 6)  # two would part the large from the small and say no more
EQUAL = 0.02  # numbers of segments whose adjusted Rand indices differ by less are equally stable
REPEATS = 5
PRIOR_ORDERS = 10.0
WEIGHTS = np.array([1.0, 1.0, 1.0, 0.5, 0.5])  # breadth follows frequency, and seasons need years to show
FEWEST = 12  # buyers; with fewer, all are one segment
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "buyer_id": pl.String,
    "as_of": pl.Date,
    "segment": pl.String,
    "recency_days": pl.Int32,
    "orders": pl.Int32,
    "monetary": pl.Float64,
    "breadth": pl.Int32,
    "fourth_quarter_share": pl.Float64,
    "segment_count": pl.Int32,
    "stability": pl.Float64,
}


def segment_buyers(lines: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """Return one row per buyer with the segment and what it rests on.

    Args:
        lines: buyer_id, ds, order_id, item (what breadth counts, such as the artist), amount.
        seed: of the starting points and halves.
    """
    if lines.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    as_of: Any = lines["ds"].max()
    known = measures(lines, as_of)
    points = standardised(known)
    count, stability = choose_count(points, seed) if len(points) >= FEWEST else (1, 1.0)
    labels, centres = _cluster(points, count, seed)
    names = names_of(centres)
    return known.with_columns(
        as_of=pl.lit(as_of),
        segment=pl.Series([names[label] for label in labels], dtype=pl.String),
        segment_count=pl.lit(count),
        stability=pl.lit(stability),
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def measures(lines: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Return recency, orders, money, breadth and the share of orders between October and December, per buyer."""
    orders = lines.group_by("buyer_id", "order_id").agg(pl.col("ds").min())
    quarter = orders.group_by("buyer_id").agg(fourth_quarter_share=(pl.col("ds").dt.quarter() == 4).mean())
    return (
        lines.group_by("buyer_id")
        .agg(
            recency_days=(as_of - pl.col("ds").max()).dt.total_days(),
            orders=pl.col("order_id").n_unique(),
            monetary=pl.col("amount").sum().cast(pl.Float64),
            breadth=pl.col("item").n_unique(),
        )
        .join(quarter, on="buyer_id")
        .sort("buyer_id")
    )


def standardised(known: pl.DataFrame) -> Array:
    """Return the features as logarithms with mean 0 and deviation 1, in the order of FEATURES.

    Breadth is the number of items beyond what buyers with as many orders have, so that it is no second frequency.
    """
    share = pl.col("fourth_quarter_share")
    logs = known.select(
        recency=pl.col("recency_days").cast(pl.Float64).log1p(),
        frequency=pl.col("orders").cast(pl.Float64).log1p(),
        monetary=pl.col("monetary").clip(0).log1p(),
        breadth=pl.col("breadth").cast(pl.Float64).log1p(),
        # A share of a few orders says little: it is drawn towards that of all.
        seasonality=(share * pl.col("orders") + PRIOR_ORDERS * share.mean()) / (pl.col("orders") + PRIOR_ORDERS),
    ).to_numpy()
    spread = logs.std(axis=0)
    found: Array = np.clip((logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -3, 3) * WEIGHTS
    return found


def choose_count(points: Array, seed: int = 0) -> tuple[int, float]:
    """Return the most stable number of segments and its stability; of equally stable ones the fewest."""
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    found: dict[int, float] = {}
    for count in COUNTS:
        scores = []
        for _ in range(REPEATS):
            order = rng.permutation(len(points))
            halves = order[: len(points) // 2], order[len(points) // 2 :]
            centres = [_cluster(points[half], count, seed)[1] for half in halves]
            first, second = (_nearest(points, one) for one in centres)
            scores.append(float(adjusted_rand_score(first, second)))
        found[count] = float(np.mean(scores))
    best = min(count for count, score in found.items() if score >= max(found.values()) - EQUAL)
    return best, found[best]


def names_of(centres: Array) -> list[str]:
    """Return a name per centre: the profiles are given out so that the distances add up to the least."""
    from scipy.optimize import linear_sum_assignment

    profiles = np.array(list(PROFILES.values())) * WEIGHTS
    distance = ((centres[:, None, :] - profiles[None, :, :]) ** 2).sum(axis=2)
    rows, columns = linear_sum_assignment(distance)
    names = list(PROFILES)
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [names[chosen[row]] for row in range(len(centres))]


def _cluster(points: Array, count: int, seed: int) -> tuple[npt.NDArray[np.int64], Array]:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # a few hundred points: threads cost more than they bring
        fitted = KMeans(count, n_init=3, random_state=seed).fit(points)
    return np.asarray(fitted.labels_, dtype=np.int64), np.asarray(fitted.cluster_centers_, dtype=np.float64)


def _nearest(points: Array, centres: Array) -> npt.NDArray[np.int64]:
    return np.asarray(((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2).argmin(axis=1), dtype=np.int64)
