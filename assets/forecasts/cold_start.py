"""The cold start at past origins.

One row per method, target, horizon, origin and release: of every release that was announced and had not sold, and of
those on sale for up to 28 days, what past launches like it said. An origin is computed once
and kept. Where no release date is stated, the releases first sold in the 30 days after an origin stand in for those
that were waited for; `launch_known` says `first sale` there. A release that was out of stock for the most part of a
horizon has no row of it.
"""

from assets.derived import Input, derived_table
from assets.forecasts.inputs import LAUNCH_FACTS, SALES_AND_CATALOGUE
from assets.forecasts.newcomers import LAUNCH_CATALOGUE_SQL
from lake.contract import Column, Contract

WHAT = (
    Column("target", "string", "what is forecast", allowed=("units", "revenue")),
    Column("horizon_days", "int32", "length of the horizon", unit="days"),
)
AGE_BAND = Column("age_band", "int32", "at most so many days on sale; 0: not out yet", unit="days")
COLD_BACKTEST = Contract(
    name="cold_start_backtest",
    layer="gold",
    grain="one row per method, target, horizon, origin and release",
    key=("model", "target", "horizon_days", "origin", "release_id"),
    partition_by=("origin",),
    columns=(
        Column("model", "string", "the method", allowed=("cold_start", "category_median")),
        *WHAT,
        Column("origin", "date", "last day whose sales were known"),
        Column("release_id", "string", "the release"),
        AGE_BAND,
        Column("age_days", "int32", "days on sale at the origin", unit="days"),
        Column("launch_known", "string", "what the launch was known by", allowed=("release date", "first sale")),
        Column("starts_on", "date", "first day of the horizon: after the origin, or the launch still to come"),
        Column("point", "float64", "the point forecast that mean and quantiles are put around"),
        Column("unit_price", "float64", "what a unit is worth in the target"),
        Column("loss_scale", "float64", "mean of the past launches, at least 1; scales the pinball loss"),
        Column("actual", "float64", "what came, scaled up where less than half of the days were out of stock"),
    ),
)

cold_start_backtest = derived_table(
    COLD_BACKTEST,
    inputs={
        "sales": SALES_AND_CATALOGUE["sales"],
        "catalogue": Input.sql(LAUNCH_CATALOGUE_SQL),
        "origins": Input.sql("select distinct origin from gold.forecast_backtest"),
        **LAUNCH_FACTS,
    },
    compute="ml.cold_start.tables:backtest_rows",
    by_origin=True,
    group="forecasts",
    description=__doc__,
)
