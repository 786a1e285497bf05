"""The daily metrics of releases and of the market: what rules see (`METRICS`), and what is scored (`SERIES`)."""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.triggers.panel import Metric

METRICS: dict[str, Metric] = {
    "units": Metric("count", 0.0, "units", ends_with="units"),
    "orders": Metric("count", 0.0, "orders", ends_with="units"),
    "revenue": Metric("count", 0.0, "revenue", ends_with="units"),
    "returns": Metric("count", 0.0, "returned units", ends_with="units"),
    "plays": Metric("amount", np.nan, "plays"),
    "mentions": Metric("count", 0.0, "mentions"),
    "price": Metric("amount", np.nan, "price"),
    "available": Metric("level", np.nan, "available units"),
    "incoming": Metric("level", np.nan, "incoming units"),
    "competitor_price": Metric("amount", np.nan, "lowest competitor price"),
    "competitor_rating": Metric("level", np.nan, "rating of competitors"),
    "competitors": Metric("count", 0.0, "competitors"),
    "competitors_new": Metric("count", 0.0, "new competitors"),
    "rating_sum": Metric("count", 0.0, "rating points"),
    "rating_square": Metric("count", 0.0, "squared rating points"),
    "rating_count": Metric("count", 0.0, "reviews"),
    "bad_reviews": Metric("count", 0.0, "bad reviews"),
    "chart_rank": Metric("amount", np.nan, "chart rank"),
    "chart_share": Metric("level", np.nan, "share of chart points"),
    "offer_share": Metric("level", np.nan, "share of offers"),
}
# As triggers look at them: `carry` is for how many days a value holds without a new one; charts and shops are weekly.
SERIES: dict[str, Metric] = {
    **{name: METRICS[name] for name in ("units", "returns", "plays", "mentions", "competitor_price")},
    "price": Metric("amount", np.nan, "price", carry=10_000, recent=1),
    "available": Metric("count", np.nan, "available units", carry=4),
    "competitors": Metric("count", np.nan, "competitors", carry=4),
    "competitor_rating": Metric("level", np.nan, "rating of competitors", carry=14, floor=0.1),
    "rating": Metric("level", np.nan, "mean rating", floor=0.3),
    "chart_rank": Metric("amount", np.nan, "chart rank", carry=8),
    "chart_share": Metric("level", np.nan, "share of chart points", carry=8, floor=1e-4),
    "offer_share": Metric("level", np.nan, "share of offers", carry=8, floor=0.02),
}
MARKET = "market:"  # series of the house and not of a release


def with_rating(daily: pl.DataFrame) -> pl.DataFrame:
    """The rows with `rating`, the mean of the reviews of a day, of 5."""
    parts = {name: daily.filter(metric=name).select("unique_id", "ds", "y") for name in ("rating_sum", "rating_count")}
    counted = parts["rating_count"].filter(pl.col("y") > 0)
    mean = parts["rating_sum"].join(counted, on=["unique_id", "ds"], suffix="_count")
    rating = mean.select("unique_id", pl.lit("rating").alias("metric"), "ds", pl.col("y") / pl.col("y_count"))
    return pl.concat([daily.select("unique_id", "metric", "ds", "y"), rating.cast({"y": pl.Float64})])
