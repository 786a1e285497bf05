"""What alert rules see: one row per release and day, with what was known at the end of that day.

Sums over windows of 7, 14 and 28 days end with the day; what is "expected" or "before" ends before them. A fact is null
where it is not known, and a rule that reads it does not hold. A feed has a row of its own, `feed:plays`.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping

import numpy as np
import polars as pl

from ml.alerts.forecast_facts import COLUMNS as FORECAST_COLUMNS
from ml.alerts.forecast_facts import forecast_facts
from ml.alerts.market_facts import COLUMNS as MARKET_COLUMNS
from ml.alerts.market_facts import market_facts
from ml.alerts.metrics import MARKET, METRICS
from ml.alerts.windows import demand, lagged, largest, window_sum
from ml.triggers.grid import Floats
from ml.triggers.panel import Metric, Panel, carried

HISTORY_DAYS = 110  # a day's facts look back so far
FEEDS = ("units", "plays", "mentions", "competitor_price")
TRIGGERED = ("plays", "mentions")
COLUMNS = (
    *("units_7", "units_28", "expected_7", "units_3", "expected_3", "demand_noise_3"),
    *("orders_3", "orders_expected_3", "market_factor"),
    *("returns_7", "returns_expected_7"),
    *("price", "price_change_1d", "unit_price", "unit_margin", "revenue_28", "available", "incoming", "stock_days"),
    *("competitor_price", "competitor_price_change_7d", "competitor_cuts_14d"),
    "competitor_price_7d_ago",
    *("competitors", "competitors_before", "competitors_new", "competitor_days_before", "competitor_silent_days"),
    *(
        "rating_7",
        "rating_before",
        "rating_noise",
        "rating_count_7",
        "rating_count_before",
        "bad_reviews_7",
        "bad_reviews_before",
    ),
    *("chart_rank", "chart_rank_before"),
    *(f"{name}{part}" for name in TRIGGERED for part in ("", "_expected", "_ratio", "_sigmas")),
    *("competitor_rating", "competitor_rating_7d_ago", "price_7d_ago", "margin_share_28", "margin_share_before"),
    *FORECAST_COLUMNS,
    *(name for name in MARKET_COLUMNS if name != "revenue_28"),
    "silent_days",
)


def alert_facts(
    daily: pl.DataFrame,
    prices: pl.DataFrame,
    triggers: pl.DataFrame,
    days: int,
    categories: pl.DataFrame | None = None,
    forecasts: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The facts of the last `days` days.

    Args:
        daily: [unique_id, metric, ds, y] of at least `HISTORY_DAYS` before them.
        prices: [release_id, unit_price, unit_margin], what a unit brings and earns.
        triggers: as :func:`ml.triggers.releases.release_triggers` returns them, of the same days.
        days: how many.
        categories: [category, ds, units] of two years, where trends and seasons of categories are asked for.
        forecasts: [release_id, origin, units_p10, units_p50, units_p90] of 30 days.

    Returns:
        [release_id, ds, *COLUMNS].
    """
    known = daily.filter(pl.col("y").is_not_null())
    schema = {"release_id": pl.String, "ds": pl.Date, **dict.fromkeys(COLUMNS, pl.Float64)}
    if not known.height:
        return pl.DataFrame(schema=schema)
    first, last = known["ds"].min(), known["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    releases = known.filter(~pl.col("unique_id").str.starts_with(MARKET))
    ids = releases["unique_id"].unique().sort().to_list()
    matrices = {name: _aligned(releases, name, metric, ids, first, last) for name, metric in METRICS.items()}
    price_of = {row[0]: row[1:] for row in prices.select("release_id", "unit_price", "unit_margin").iter_rows()}
    money = np.array([price_of.get(one, (None, None)) for one in ids], dtype=np.float64).reshape(len(ids), 2)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # windows without a value
        facts = _facts(matrices, money) | forecast_facts(matrices["units"], ids, first, forecasts)
    shown = slice(max(0, (last - first).days + 1 - days), None)
    dates = pl.date_range(first, last, eager=True)[shown]
    frame = pl.DataFrame(
        {
            "release_id": np.repeat(np.array(ids, dtype=object), len(dates)),
            "ds": pl.concat([dates] * len(ids)) if ids else dates,
            **{name: np.ascontiguousarray(values[:, shown]).ravel() for name, values in facts.items()},
        },
        schema_overrides={"release_id": pl.String},
    ).with_columns(pl.when(pl.col(list(facts)).is_finite()).then(pl.col(list(facts))))
    frame = _with_triggers(frame, triggers)
    mean_price = prices["unit_price"].mean()
    market = market_facts(known, categories, float(mean_price) if isinstance(mean_price, float) else 0.0, days)
    rows = pl.concat([frame, market, _feeds(known, first, last, dates)], how="diagonal")
    return rows.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _aligned(rows: pl.DataFrame, name: str, metric: Metric, ids: list[str], first: dt.date, last: dt.date) -> Floats:
    """The metric's matrix with a row for each id, NaN for those without it."""
    panel = Panel.from_rows(rows.filter(metric=name), first, last, metric, metric.end_in(rows))
    values = np.full((len(ids), (last - first).days + 1), np.nan)
    place = {one: row for row, one in enumerate(ids)}
    if panel.ids:
        values[[place[one] for one in panel.ids]] = panel.values
    return values


def _facts(m: Mapping[str, Floats], money: Floats) -> dict[str, Floats]:
    shape = m["units"].shape
    units_7, units_28 = window_sum(m["units"], 7), window_sum(m["units"], 28)
    units_3, expected_3, noise_3, market = demand(m["units"])
    orders_3, orders_expected_3, _, _ = demand(m["orders"])
    old = lagged(~np.isnan(m["units"]), 34, 0.0) > 0
    expected_7 = np.where(old, window_sum(m["units"], 28, 7) / 4, np.nan)
    price = carried(m["price"], 10_000)
    available = carried(m["available"], 4)
    rival = carried(m["competitor_price"], 14)
    cuts = (rival < 0.99 * lagged(rival, 1)).astype(np.float64)
    rivals_recent = largest(m["competitors"], 3)
    offered = (m["competitors"] > 0).astype(np.float64)
    silent = np.arange(shape[1]) - np.maximum.accumulate(np.where(offered > 0, np.arange(shape[1]), -1), axis=1)
    begun = np.maximum.accumulate(offered, axis=1) > 0
    counts = {
        name: (window_sum(m[name], 7), window_sum(m[name], 28, 7))
        for name in ("rating_sum", "rating_square", "rating_count", "bad_reviews")
    }
    mean_before = counts["rating_sum"][1] / counts["rating_count"][1]
    variance = counts["rating_square"][1] / counts["rating_count"][1] - mean_before**2
    chart = carried(m["chart_rank"], 8)
    rival_rating = carried(m["competitor_rating"], 14)
    unit_cost = (money[:, 0] - money[:, 1])[:, None]
    sold_at = [window_sum(m["revenue"], *window) / window_sum(m["units"], *window) for window in ((28,), (56, 28))]
    unit_price, unit_margin = (np.broadcast_to(column[:, None], shape) for column in money.T)
    return {
        "units_7": units_7,
        "units_28": units_28,
        "expected_7": expected_7,
        "units_3": units_3,
        "expected_3": expected_3,
        "demand_noise_3": noise_3,
        "orders_3": orders_3,
        "orders_expected_3": orders_expected_3,
        "market_factor": np.broadcast_to(market, shape),
        "returns_7": window_sum(m["returns"], 7),
        "returns_expected_7": window_sum(m["returns"], 56, 7)
        / window_sum(m["units"], 56, 7)
        * np.maximum(units_7, units_28 / 4),
        "price": price,
        "price_change_1d": price / lagged(price, 1) - 1,
        "unit_price": unit_price,
        "unit_margin": unit_margin,
        "revenue_28": units_28 * unit_price,
        "available": available,
        "incoming": carried(m["incoming"], 4),
        "stock_days": available / (units_28 / 28),
        "competitor_price": rival,
        "competitor_price_7d_ago": lagged(rival, 7),
        "competitor_price_change_7d": rival / lagged(rival, 7) - 1,
        "competitor_cuts_14d": window_sum(cuts, 14),
        "competitors": rivals_recent,
        "competitors_before": largest(m["competitors"], 21, 7),
        "competitors_new": m["competitors_new"],
        "competitor_days_before": window_sum(offered, 28, 2),
        "competitor_silent_days": np.where(begun, silent, np.nan),
        "rating_7": counts["rating_sum"][0] / counts["rating_count"][0],
        "rating_before": mean_before,
        "rating_noise": np.sqrt((np.maximum(variance, 0) + 0.05) / counts["rating_count"][0]),
        "rating_count_7": counts["rating_count"][0],
        "rating_count_before": counts["rating_count"][1],
        "bad_reviews_7": counts["bad_reviews"][0],
        "bad_reviews_before": counts["bad_reviews"][1],
        "chart_rank": chart,
        "chart_rank_before": lagged(chart, 7),
        "competitor_rating": rival_rating,
        "competitor_rating_7d_ago": lagged(rival_rating, 7),
        "price_7d_ago": lagged(price, 7),
        "margin_share_28": 1 - unit_cost / sold_at[0],
        "margin_share_before": 1 - unit_cost / sold_at[1],
    }


def _with_triggers(frame: pl.DataFrame, triggers: pl.DataFrame) -> pl.DataFrame:
    """The facts with value, expectation, ratio and sigmas of the day's triggers, by metric."""
    for name in TRIGGERED:
        some = (
            triggers.filter(metric=name)
            .filter(pl.col("kind").is_in(["spike", "drop"]))
            .select(
                pl.col("unique_id").alias("release_id"),
                "ds",
                pl.col("observed").alias(name),
                pl.col("expected").alias(f"{name}_expected"),
                (pl.col("observed") / pl.max_horizontal("expected", pl.lit(1e-9))).alias(f"{name}_ratio"),
                pl.col("sigmas").alias(f"{name}_sigmas"),
            )
        )
        frame = frame.join(some, on=["release_id", "ds"], how="left")
    return frame


def _feeds(known: pl.DataFrame, first: dt.date, last: dt.date, dates: pl.Series) -> pl.DataFrame:
    """One row per feed and day: how many days in a row it has been silent, where it reported on 9 of 10 days before."""
    rows: list[dict[str, object]] = []
    for name in FEEDS:
        reported = set(known.filter(metric=name)["ds"].to_list())
        silent = 0
        seen: list[bool] = []
        for day in pl.date_range(first, last, eager=True):
            usual = len(seen) >= 28 and sum(seen[-28 - silent : len(seen) - silent]) >= 25
            silent = 0 if day in reported else silent + 1
            seen.append(day in reported)
            if reported and day >= dates[0]:
                rows.append({"release_id": f"feed:{name}", "ds": day, "silent_days": float(silent) if usual else None})
    return pl.DataFrame(rows, schema={"release_id": pl.String, "ds": pl.Date, "silent_days": pl.Float64})
