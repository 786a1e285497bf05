"""Facts of the house and of categories: shares of the market, the trend of a category and its season.

They are rows of their own, `market:chart`, `market:offers` and `category:NAME`, with the money of the house or of the
category. Sums of 28 days end with the day; what is expected ends before them. Noise is a standard deviation: counts
vary by the lumpiness of all categories, shares by their own days before.
"""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import polars as pl

from ml.alerts.windows import lagged, window_sum
from ml.triggers.grid import Floats
from ml.triggers.panel import Metric, Panel

SHARES = {"market:chart": "chart_share", "market:offers": "offer_share"}
CARRY_DAYS = 8  # charts are weekly
YEAR_DAYS, GROWTH_DAYS = 364, 168  # whole weeks
LEAST_LUMPINESS = 1.0
COUNT = Metric("count", 0.0, "units")
SHARE = Metric("level", np.nan, "share", carry=CARRY_DAYS)
COLUMNS = (
    *("share", "share_before", "share_noise"),
    *("trend_units_28", "trend_expected_28", "trend_noise_28"),
    *("season_expected_28", "season_noise_28", "revenue_28"),
)


def market_facts(daily: pl.DataFrame, categories: pl.DataFrame | None, unit_price: float, days: int) -> pl.DataFrame:
    """The facts of the last `days` days: [release_id, ds, *COLUMNS], with `market:…` and `category:…` for a release.

    Args:
        daily: [unique_id, metric, ds, y].
        categories: [category, ds, units], two years of them.
        unit_price: mean revenue of a unit.
        days: how many.
    """
    schema = {"release_id": pl.String, "ds": pl.Date, **dict.fromkeys(COLUMNS, pl.Float64)}
    last = daily["ds"].max()
    parts = [pl.DataFrame(schema=schema)]
    if isinstance(last, dt.date):
        parts += [_share(daily, name, metric, unit_price, last, days) for name, metric in SHARES.items()]
        if categories is not None and categories.height:
            parts.append(_categories(categories, unit_price, days))
    return pl.concat(parts, how="diagonal").select(schema.keys()).cast(schema)  # type: ignore[arg-type]


def _share(daily: pl.DataFrame, name: str, metric: str, unit_price: float, last: dt.date, days: int) -> pl.DataFrame:
    """The mean share of 7 days, that of the 28 days before, and how much such means of 7 days vary."""
    rows = daily.filter(pl.col("unique_id") == name, pl.col("metric") == metric)
    first = daily["ds"].min()
    assert isinstance(first, dt.date)
    panel = Panel.from_rows(rows, first, last, SHARE)
    if not panel.ids:
        return pl.DataFrame()
    sold = daily.filter(metric="units").group_by("ds").agg(pl.col("y").sum()).with_columns(unique_id=pl.lit("all"))
    units = Panel.from_rows(sold, first, last, COUNT).values
    known = (~np.isnan(panel.values)).astype(np.float64)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # days before the first share
        mean_7 = np.where(window_sum(known, 7) >= 7, window_sum(panel.values, 7) / 7, np.nan)
        before = np.where(
            window_sum(known, 28, 7) >= 21, window_sum(panel.values, 28, 7) / window_sum(known, 28, 7), np.nan
        )
        past = np.stack([lagged(mean_7, 7 + lag) for lag in range(28)])
        noise = np.maximum(np.nanstd(past, axis=0), 0.005 * before)
    revenue = window_sum(units, 28) * unit_price if len(units) else np.zeros_like(mean_7)
    return _frame(
        [name], panel.first_day, days, share=mean_7, share_before=before, share_noise=noise, revenue_28=revenue
    )


def _categories(categories: pl.DataFrame, unit_price: float, days: int) -> pl.DataFrame:
    """The trend of each category against the one of all, and its season against that of the year before."""
    rows = categories.select(unique_id=pl.format("category:{}", "category"), ds="ds", y="units")
    first, last = rows["ds"].min(), rows["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    panel = Panel.from_rows(rows, first, last, COUNT)
    units = np.nan_to_num(panel.values)
    age = np.arange(units.shape[1]) - (~np.isnan(panel.values)).argmax(axis=1)[:, None]
    with np.errstate(all="ignore"):
        now, before = window_sum(units, 28), window_sum(units, 28, 28)
        trend = np.where(age >= 56, before * now.sum(axis=0) / before.sum(axis=0), np.nan)
        lumpiness = np.maximum(_lumpiness(units), LEAST_LUMPINESS)
        growth = window_sum(units, GROWTH_DAYS, 28) / window_sum(units, GROWTH_DAYS, 28 + YEAR_DAYS)
        season = window_sum(units, 28, YEAR_DAYS) * growth
        season = np.where(age >= YEAR_DAYS + GROWTH_DAYS + 28, season, np.nan)
        # Both sides are counts, so that their variances add up.
        trend_noise = np.sqrt(lumpiness * (trend + trend**2 / np.maximum(before, 1)))
        season_noise = np.sqrt(lumpiness * (season + season**2 / np.maximum(window_sum(units, 28, YEAR_DAYS), 1)))
    return _frame(
        panel.ids,
        panel.first_day,
        days,
        trend_units_28=now,
        trend_expected_28=trend,
        trend_noise_28=trend_noise,
        season_expected_28=season,
        season_noise_28=season_noise,
        revenue_28=now * unit_price,
    )


def _lumpiness(units: Floats) -> Floats:
    """Variance per unit of a week's units (days,), over eight weeks and all categories; they end 28 days before."""
    week = window_sum(units, 7, 28)
    weeks = np.stack([lagged(week, 7 * lag, 0.0) for lag in range(8)])
    return np.asarray(weeks.var(axis=0, ddof=1).sum(axis=0) / np.maximum(weeks.mean(axis=0).sum(axis=0), 1e-9))


def _frame(ids: list[str], first: dt.date, days: int, **columns: Floats) -> pl.DataFrame:
    """The last days of matrices (series, days) as rows."""
    count = next(iter(columns.values())).shape[1]
    shown = slice(max(0, count - days), None)
    dates = pl.date_range(first, first + dt.timedelta(days=count - 1), eager=True)[shown]
    return pl.DataFrame(
        {
            "release_id": np.repeat(np.array(ids, dtype=object), len(dates)),
            "ds": pl.concat([dates] * len(ids)),
            **{name: np.ascontiguousarray(values[:, shown]).ravel() for name, values in columns.items()},
        },
        schema_overrides={"release_id": pl.String},
    ).with_columns(pl.when(pl.col(list(columns)).is_finite()).then(pl.col(list(columns))))
