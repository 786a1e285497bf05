"""The cold start at past origins.

One row per method, target, horizon, origin and release: of every release that was announced and had not sold, and of
those on sale for up to 28 days, what past launches like it said. An origin is computed once
and kept. Where no release date is stated, the releases first sold in the 30 days after an origin stand in for those
that were waited for; `launch_known` says `first sale` there. A release that was out of stock for the most part of a
horizon has no row of it.
"""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.code_versions import step_version
from assets.contracts import table_spec
from assets.forecasts.backtest import BACKTEST_KEY
from assets.forecasts.inputs import (
    ANALYSES,
    CANCELLED,
    LINES,
    RELEASES,
    SALES,
    STOCK,
    TRACKS,
    read_facts,
    read_inputs,
)
from assets.forecasts.newcomers import LAUNCH_CATALOGUE_SQL
from lake.contract import Column, Contract
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.lakehouse import Lake

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
COLD_BACKTEST_KEY = AssetKey(["gold", COLD_BACKTEST.name])
RENAMED = {"unique_id": "release_id", "horizon": "horizon_days", "band": "age_band", "price": "unit_price"}
READ = (SALES, RELEASES, STOCK, TRACKS, ANALYSES, LINES, CANCELLED)
CODE = "cold_start_code"


def cold_start_version() -> int:
    """The version of the cold start's code and of the SQL that feeds it."""
    return step_version("ml.cold_start", "assets.forecasts.inputs_sql", "assets.forecasts.newcomers")


@multi_asset(
    name="cold_start_backtest",
    specs=[
        table_spec(
            COLD_BACKTEST,
            [*(AssetKey(key.split("/")) for key in READ), BACKTEST_KEY],
            __doc__,
            group="forecasts",
            kinds={"polars", "delta"},
            code_version=f"{cold_start_version():012x}",
        )
    ],
)
def cold_start_backtest(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Compute the origins that are missing."""
    store = lake.lake()
    session = lake.session(context.run)
    table, code = store.table(COLD_BACKTEST), cold_start_version()
    table.create()
    made_with = {CODE: code}
    standing = _origins(store, COLD_BACKTEST.name, table.version()) if table.transactions(CODE) == made_with else []
    known = _origins(store, BACKTEST_KEY.path[-1], session.versions["/".join(BACKTEST_KEY.path)])
    wanted: list[dt.date] = []
    if known and known[-1] not in standing:
        from ml.cold_start.forecaster import Cold
        from ml.cold_start.rehearsal import origins_back, rehearse

        sales, _ = read_inputs(store, session)
        catalogue = store.connect({RELEASES: session.versions[RELEASES]}).sql(LAUNCH_CATALOGUE_SQL).pl()
        first, last = sales["ds"].min(), sales["ds"].max()
        every = origins_back(first, last, known)  # type: ignore[arg-type]
        wanted = [origin for origin in every if not standing or origin > standing[-1]]
        made = rehearse(Cold.of(sales, catalogue, read_facts(store, session)), wanted)
        table.overwrite(_stored(made), wanted if standing else None, made_with)
    version = table.version()
    session.advance(table.name, version)
    return MaterializeResult(
        asset_key=COLD_BACKTEST_KEY,
        metadata={"origins_computed": len(wanted), "origins_kept": len(standing), "delta_version": version},
    )


def _origins(store: "Lake", name: str, version: int) -> list[dt.date]:
    con = store.connect({f"gold/{name}": version})
    return [origin for (origin,) in con.execute(f"select distinct origin from gold.{name} order by 1").fetchall()]


def _stored(made: "pl.DataFrame") -> "pa.Table":
    names = COLD_BACKTEST.arrow_schema.names
    return made.rename(RENAMED).select(names).to_arrow().cast(COLD_BACKTEST.arrow_schema)
