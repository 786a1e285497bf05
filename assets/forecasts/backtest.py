"""The backtest: every candidate's forecast at past origins beside what really sold.

One row per model, target, horizon, origin and release. An origin is computed once and kept, and again only when the
forecasting code changes. The last two origins are held out: nobody tunes on them, and they are scored only on request
(`lacquer bench forecast --holdout`).
"""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.forecasts.inputs import INPUTS, forecast_spec, house_currency, read_facts, read_inputs
from assets.forecasts.recipes import champion_overrides, recipe_code, settings_with
from lake.contract import Column, Contract
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.delta.table import Table

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
CODE = "forecasting_code"


@multi_asset(
    name="forecast_backtest",
    specs=[forecast_spec(BACKTEST, [AssetKey(key.split("/")) for key in INPUTS], __doc__)],
)
def forecast_backtest(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Compute the origins that are missing."""
    from ml.forecasting.backtest import backtest
    from ml.forecasting.forecaster import default_settings

    store = lake.lake()
    session = lake.session(context.run)
    sales, catalogue = read_inputs(store, session)
    overrides, table = champion_overrides(store), store.table(BACKTEST)
    code = recipe_code(house_currency(store, session), overrides)
    table.create()
    kept, wanted = _origins(table, sales, code)
    if wanted:
        made = backtest(
            sales,
            catalogue,
            wanted,
            holdout=0,
            settings=settings_with(default_settings(num_threads=lake.threads), overrides),
            facts=read_facts(store, session),
            progress=lambda done, total, what: context.log.info(f"{done} of {total} origins: {what}"),
        )
        table.overwrite(_stored(made), wanted if kept else None, {CODE: code})
    # Also where nothing was to be computed: what a killed run left behind is published by this one.
    version = table.version()
    session.advance(table.name, version)
    return MaterializeResult(
        asset_key=BACKTEST_KEY,
        metadata={
            "origins_computed": [origin.isoformat() for origin in wanted],
            "origins_kept": len(kept),
            "delta_version": version,
        },
    )


def _origins(table: "Table", sales: "pl.DataFrame", code: int) -> tuple[list[dt.date], list[dt.date]]:
    """Origins whose forecasts stand and still count, and those that are to be computed."""
    from ml.forecasting.backtest import HOLDOUT, origins_every

    standing: list[dt.date] = []
    if table.transactions(CODE) == {CODE: code}:
        standing = table.read().select("origin").unique().collect()["origin"].sort().to_list()
    if sales.is_empty():
        return standing, []
    grid = origins_every(sales["ds"].min(), sales["ds"].max())  # type: ignore[arg-type]
    if standing and grid:
        # Days go by, but the grid stays where it was, so that an origin once computed counts for ever.
        shift = (grid[-1] - standing[-1]).days % 30
        grid = [origin - dt.timedelta(days=shift) for origin in grid]
    scored = grid[: max(0, len(grid) - HOLDOUT)]
    return standing, [origin for origin in scored if not standing or origin > standing[-1]]


def _stored(made: "pl.DataFrame") -> "pa.Table":
    renamed = made.rename(
        {"unique_id": "release_id", "horizon": "horizon_days", "q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}
    )
    return renamed.select(BACKTEST.arrow_schema.names).to_arrow().cast(BACKTEST.arrow_schema)
