"""The backtest: every candidate's forecast at past origins beside what really sold.

One row per model, target, horizon, origin and release. An origin is computed once and kept, and again only when the
forecasting code changes. The last two origins are held out: nobody tunes on them, and they are scored only on request
(`lacquer bench forecast --holdout`).
"""

from collections.abc import Mapping
from typing import Any

from dagster import AssetKey

from assets.derived import CODE, DERIVED, derived_table
from assets.forecasts.inputs import FACTS, SALES_AND_CATALOGUE, house_currency
from assets.forecasts.recipes import champion_overrides
from lake.contract import Column, Contract
from lake.lakehouse import Lake

# As in ml.forecasting, which is not imported for its names; a test holds them together.
CANDIDATES = ("ensemble", "lightgbm", "mean_28", "naive", "seasonal_naive", "tsb")
SERVED = "served"
SEGMENTS = tuple(f"{volume}, {age}" for volume in ("low", "middle", "high") for age in ("young", "warm"))
WHO = (
    Column("model", "string", "the candidate", allowed=CANDIDATES),
    Column("target", "string", "what is forecast", allowed=("units", "revenue")),
    Column("horizon_days", "int32", "days from the origin", unit="days"),
)
_STATISTICS = (
    Column("mean", "float64", "expected value over the horizon"),
    Column("p10", "float64", "P10 over the horizon"),
    Column("p50", "float64", "P50 over the horizon"),
    Column("p90", "float64", "P90 over the horizon"),
)
BACKTEST = Contract(
    name="forecast_backtest",
    layer="gold",
    grain="one row per model, target, horizon, origin and release",
    key=("model", "target", "horizon_days", "origin", "release_id"),
    partition_by=("origin",),
    columns=(
        *WHO,
        Column("origin", "date", "last day whose sales were known"),
        Column("release_id", "string", "the release"),
        Column("served_by", "string", "what made the row: the candidate or its fallback"),
        *_STATISTICS,
        Column("is_active", "bool", "whether it sold in the 90 days up to the origin"),
        # Never null; said to be, so that the table of a lake from before there were segments takes the column.
        Column(
            "segment", "string", "how much it sold before the origin, and since when", nullable=True, allowed=SEGMENTS
        ),
        Column("actual", "float64", "what sold"),
        Column(
            "demand",
            "float64",
            "what forecasts are held against: what sold, scaled up where less than half of the days were out of stock;"
            " null where more were",
            nullable=True,
        ),
        Column("loss_scale", "float64", "the release's mean before the origin, at least 1; scales the pinball loss"),
        Column("naive_squared_error", "float64", "scale of the RMSSE", nullable=True),
    ),
)
BACKTEST_KEY = AssetKey(["gold", BACKTEST.name])


def recipe(lake: Lake, versions: Mapping[str, int]) -> dict[str, Any]:
    """What origins depend on beside the sales: the champion's parameters, and the currency of the revenue."""
    return {"overrides": champion_overrides(lake), "currency": house_currency(lake, versions)}


forecast_backtest = derived_table(
    BACKTEST,
    inputs={**SALES_AND_CATALOGUE, **FACTS},
    compute="ml.forecasting.tables:backtest_rows",
    parameters=lambda lake, versions: recipe(lake.lake(), versions),
    by_origin=True,
    threads=True,
    group="forecasts",
    kinds=("lightgbm", "polars", "delta"),
    description=__doc__,
)


def backtest_code(currency: str | None, overrides: Mapping[str, Any]) -> dict[str, int]:
    """The transaction of a backtest that this code makes with these parameters."""
    made = DERIVED["/".join(BACKTEST_KEY.path)]
    return {CODE: made.made_of({}, {"overrides": dict(overrides), "currency": currency})[CODE]}
