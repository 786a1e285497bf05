"""What a unit costs and earns, and by which day it must be ordered to arrive in time."""

from __future__ import annotations

import polars as pl

from ml.planning.rules import Rules


def bought(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows with [unit_cost, is_cost_stated, unit_margin, margin_share, order_by].

    A unit costs what the catalogue states in the currency of the plan, else a share of what units have brought. A
    release to come must be ordered its lead time before the release date, another one its lead time before the day on
    which the expected demand has used up what is there and on its way. Without a lead time there is no day.

    Args:
        rows: [origin, horizon_days, release_date, lead_days, stated_cost, unit_price, usual_price, units_mean,
            available, incoming], null where a value is not known.
        rules: `cost_share`.
    """
    rows = rows.with_columns(
        pl.col("stated_cost", "unit_price", "usual_price", "units_mean", "available", "incoming").cast(pl.Float64),
        pl.col("release_date").cast(pl.Date),
        pl.col("lead_days").cast(pl.Int64),
    )
    cost = pl.coalesce("stated_cost", rules.cost_share * pl.col("usual_price"))
    margin = pl.col("unit_price") - pl.col("unit_cost")
    lead = pl.duration(days=pl.col("lead_days"))
    a_day = pl.col("units_mean") / pl.col("horizon_days")
    there = (pl.col("available") + pl.col("incoming").fill_null(0)).clip(lower_bound=0)
    lasts = pl.when(a_day > 0).then((there / a_day).floor().clip(upper_bound=3650)).cast(pl.Int64)
    is_to_come = pl.col("release_date") > pl.col("origin")
    wanted_on = pl.when(is_to_come).then(pl.col("release_date")).otherwise(pl.col("origin") + pl.duration(days=lasts))
    return rows.with_columns(
        unit_cost=cost, is_cost_stated=pl.col("stated_cost").is_not_null(), order_by=(wanted_on - lead).cast(pl.Date)
    ).with_columns(
        unit_margin=margin, margin_share=pl.when(pl.col("unit_price") > 0).then(margin / pl.col("unit_price"))
    )
