"""Which buyers get the stock of a release that does not reach for all of them.

A release is scarce where the median of its forecast is above what is available. That demand is shared over the buyers
by what they bought in 90 days; `allocation` then gives out the units where they earn the most: the margin at the
buyer's own price, times the probability that the buyer orders at all. A buyer gets nothing rather than less than the
smallest line that it ever ordered of the release.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.decisions.allocation import Claim, allocate

RULE_VERSION = 1
COLUMNS: dict[str, type[pl.DataType]] = {
    "release_id": pl.String,
    "buyer_id": pl.String,
    "origin": pl.Date,
    "available": pl.Int64,
    "demand": pl.Float64,
    "wanted": pl.Int64,
    "least": pl.Int64,
    "unit_margin": pl.Float64,
    "probability": pl.Float64,
    "units": pl.Int64,
    "margin": pl.Float64,
    "reason": pl.String,
}


def stock_allocations(releases: pl.DataFrame, lines: pl.DataFrame, buyers: pl.DataFrame) -> pl.DataFrame:
    """One row per scarce release and buyer who wants it.

    Args:
        releases: [release_id, origin, available, demand, unit_cost]; demand of 30 days; rows with a null are left out.
        lines: [release_id, buyer_id, units, least, price] of 90 days: units bought, the smallest line, the mean price.
        buyers: [buyer_id, probability] of an order within 30 days; one without counts as the mean of the others.

    Returns:
        [*COLUMNS, rule_version], by release, most units first.
    """
    scarce = releases.drop_nulls().filter(pl.col("demand") > pl.col("available").clip(0)).sort("release_id")
    usual = buyers["probability"].mean() if buyers.height else None
    claims = (
        lines.filter(pl.col("units") > 0)
        .join(scarce, on="release_id")
        .join(buyers.select("buyer_id", "probability"), on="buyer_id", how="left")
        .with_columns(
            pl.col("probability").fill_null(1.0 if usual is None else usual),
            unit_margin=pl.col("price") - pl.col("unit_cost"),
        )
        .sort("release_id", "buyer_id")
    )
    parts = [_allocated(part) for part in claims.partition_by("release_id", maintain_order=True)]
    rows = pl.concat([pl.DataFrame(schema=COLUMNS), *parts])
    return rows.with_columns(rule_version=pl.lit(RULE_VERSION, pl.Int32))


def shared(demand: float, weights: NDArray[Any]) -> NDArray[np.int64]:
    """Whole units by weights (n,), by largest remainder: they add up to the rounded demand."""
    total = int(np.floor(demand + 0.5))
    exact = total * weights / weights.sum()
    units: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    largest = np.argsort(units - exact, kind="stable")[: total - int(units.sum())]
    units[largest] += 1
    return units


def _allocated(claims: pl.DataFrame) -> pl.DataFrame:
    """The rows of one release."""
    stock = max(int(claims["available"][0]), 0)
    wanted = shared(float(claims["demand"][0]), claims["units"].cast(pl.Float64).to_numpy())
    claims = claims.with_columns(
        pl.Series("wanted", wanted), pl.lit(stock, pl.Int64).alias("available"), pl.col("least").cast(pl.Int64)
    ).filter(pl.col("wanted") > 0)
    claims = claims.with_columns(least=pl.min_horizontal("least", "wanted").clip(1))
    given = allocate(
        [
            Claim(row["buyer_id"], row["wanted"], row["unit_margin"] * row["probability"], row["least"])
            for row in claims.iter_rows(named=True)
        ],
        stock,
    )
    units = pl.Series("units", [given[one] for one in claims["buyer_id"]], dtype=pl.Int64)
    rows = claims.drop("units").with_columns(units).with_columns(margin=pl.col("units") * pl.col("unit_margin"))
    reason = pl.format(
        "wants {} of the {} available at a margin of {} each, orders with probability {}",
        pl.col("wanted"),
        pl.col("available"),
        pl.col("unit_margin").round(2),
        pl.col("probability").round(2),
    )
    rows = rows.with_columns(reason=reason).select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
    return rows.sort(["units", "buyer_id"], descending=[True, False])
