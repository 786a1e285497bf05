"""What planning asks of a category and month: how much, against what was, how sure, how unsteady, how well foretold.

Belongs here: those measures over the sums. Does not belong here: the sums themselves (groups.py, spread.py).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ml.totals.groups import MONTHS, Window, members

LEVEL = "category"
MONTH_DAYS = 30
YEAR = 364  # 52 weeks: the same weekdays
STEADY_MONTHS = 12  # at most so many past months tell the volatility, and at least three


def category_demand(
    sums: pl.DataFrame, past: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date
) -> pl.DataFrame:
    """One row per category and month of 30 days ahead (1 to 3) at `origin`, sorted.

    Takes the sums of the origin with quantiles, the rehearsal, and daily sales [unique_id, ds, y]. Returns [category,
    origin, month_ahead, starts_on, ends_on, units_mean, units_p10, units_p50, units_p90, revenue_mean,
    units_last_month, units_last_year, change_on_month, change_on_year, confidence, volatility, historical_error,
    historical_bias, origins_scored]:

    * change: expected over what was sold, less one; null where nothing was, or no such year is known;
    * confidence: 1 / (1 + (P90 - P10) / P50), a P50 below one unit counting as one: 1 is certain;
    * volatility: standard deviation over mean of the units of the last 12 months, null with fewer than three;
    * historical_error: sum |y - mean| / sum y of this category and month ahead at past origins whose month was over.
    """
    until = sales.filter(pl.col("ds") <= origin)
    placed = until.join(members(until, catalogue).select("unique_id", LEVEL), on="unique_id")
    months = pl.concat([_month(sums, k, window, origin) for k, window in enumerate(MONTHS, start=1)])
    history = placed.group_by(LEVEL).agg(
        units_last_month=_units(pl.lit(origin - timedelta(days=MONTH_DAYS - 1)), pl.lit(origin)),
        volatility=_volatility(placed, origin),
    )
    rows = months.join(history, on=LEVEL, how="left").join(
        _year_before(months, placed), on=[LEVEL, "month_ahead"], how="left"
    )
    ends = pl.col("origin") + pl.duration(days=pl.col("to_day").cast(pl.Int64))
    errors = _errors(past.filter(ends <= origin))
    rows = rows.join(errors, on=[LEVEL, "month_ahead"], how="left")
    width = (pl.col("units_p90") - pl.col("units_p10")) / pl.max_horizontal(pl.col("units_p50"), pl.lit(1.0))
    return rows.with_columns(
        change_on_month=_change("units_last_month"),
        change_on_year=_change("units_last_year"),
        confidence=1 / (1 + width),
        origins_scored=pl.col("origins_scored").fill_null(0),
    ).sort(LEVEL, "month_ahead")


def _month(sums: pl.DataFrame, ahead: int, window: Window, origin: date) -> pl.DataFrame:
    first, last = window
    own = sums.filter((pl.col("level") == LEVEL) & (pl.col("from_day") == first) & (pl.col("to_day") == last))
    units = own.filter(pl.col("target") == "units").select(
        pl.col("member").alias(LEVEL),
        pl.col("mean").alias("units_mean"),
        *(pl.col(f"q0.{k}").alias(f"units_p{k}0") for k in (1, 5, 9)),
    )
    revenue = own.filter(pl.col("target") == "revenue").select(
        pl.col("member").alias(LEVEL), pl.col("mean").alias("revenue_mean")
    )
    return units.join(revenue, on=LEVEL, how="left").with_columns(
        origin=pl.lit(origin),
        month_ahead=pl.lit(ahead, pl.Int32),
        starts_on=pl.lit(origin + timedelta(days=first)),
        ends_on=pl.lit(origin + timedelta(days=last)),
    )


def _units(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return pl.col("y").filter(pl.col("ds").is_between(first, last)).sum()


def _volatility(sales: pl.DataFrame, origin: date) -> pl.Expr:
    """Over the whole months of 30 days that the sales reach back to, counted from the origin."""
    start: date = sales["ds"].min()  # type: ignore[assignment]
    months = min(((origin - start).days + 1) // MONTH_DAYS, STEADY_MONTHS)
    if months < 3:
        return pl.lit(None, pl.Float64)
    sums = [
        _units(
            pl.lit(origin - timedelta(days=MONTH_DAYS * (k + 1) - 1)), pl.lit(origin - timedelta(days=MONTH_DAYS * k))
        )
        for k in range(months)
    ]
    each = pl.concat_list(sums)
    return pl.when(each.list.mean() > 0).then(each.list.std() / each.list.mean())


def _year_before(months: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    start: date = sales["ds"].min()  # type: ignore[assignment]
    shifted = months.select(
        LEVEL,
        "month_ahead",
        first=pl.col("starts_on") - pl.duration(days=YEAR),
        last=pl.col("ends_on") - pl.duration(days=YEAR),
    ).filter(pl.col("first") >= start)
    found = shifted.join(sales.select(LEVEL, "ds", "y"), on=LEVEL, how="left")
    return found.group_by(LEVEL, "month_ahead").agg(units_last_year=_units(pl.col("first"), pl.col("last")))


def _change(base: str) -> pl.Expr:
    return pl.when(pl.col(base) > 0).then(pl.col("units_mean") / pl.col(base) - 1)


def _errors(past: pl.DataFrame) -> pl.DataFrame:
    """Error and bias per category and month ahead, of units, all origins together."""
    ahead = pl.col("from_day").replace_strict(
        {first: k for k, (first, _) in enumerate(MONTHS, 1)}, return_dtype=pl.Int32
    )
    ours = past.filter(
        (pl.col("level") == LEVEL)
        & (pl.col("target") == "units")
        & (pl.col("to_day") - pl.col("from_day") == MONTH_DAYS - 1)
    )
    y = pl.col("actual")
    total = pl.when(y.sum() > 0).then(y.sum())
    return ours.group_by(pl.col("member").alias(LEVEL), ahead.alias("month_ahead")).agg(
        historical_error=(y - pl.col("mean")).abs().sum() / total,
        historical_bias=(pl.col("mean") - y).sum() / total,
        origins_scored=pl.col("origin").n_unique().cast(pl.Int32),
    )
