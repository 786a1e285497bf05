"""The cold start at past origins, how good it was, and who serves releases that are new.

`cold_start_backtest` has one row per method, target, horizon, origin and release: of every release that was announced
and had not sold, and of those on sale for up to 28 days, what past launches like it said. An origin is computed once
and kept. Where no release date is stated, the releases first sold in the 30 days after an origin stand in for those
that were waited for; `launch_known` says `first sale` there. A release that was out of stock for the most part of a
horizon has no row of it. `cold_start_scores` sets it beside the category's median and, from the first sale on, beside
the model, by days on sale, and says who serves at each horizon. Its rows `served` are what served, a blend of both
too, as origins whose windows do not overlap would have chosen it.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.code_versions import step_version
from assets.contracts import table_spec
from assets.forecasts.backtest import BACKTEST_KEY, SCORES_KEY
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

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

_WHAT = (
    Column("target", "string", "what is forecast", allowed=("units", "revenue")),
    Column("horizon_days", "int32", "length of the horizon", unit="days"),
)
_BAND = Column("age_band", "int32", "at most so many days on sale; 0: not out yet", unit="days")
COLD_BACKTEST = Contract(
    name="cold_start_backtest",
    layer="gold",
    grain="one row per method, target, horizon, origin and release",
    key=("model", "target", "horizon_days", "origin", "release_id"),
    partition_by=("origin",),
    columns=(
        Column("model", "string", "the method", allowed=("cold_start", "category_median")),
        *_WHAT,
        Column("origin", "date", "last day whose sales were known"),
        Column("release_id", "string", "the release"),
        _BAND,
        Column("age_days", "int32", "days on sale at the origin", unit="days"),
        Column("launch_known", "string", "what the launch was known by", allowed=("release date", "first sale")),
        Column("starts_on", "date", "first day of the horizon: after the origin, or the launch still to come"),
        Column("point", "float64", "the point forecast that mean and quantiles are put around"),
        Column("unit_price", "float64", "what a unit is worth in the target"),
        Column("loss_scale", "float64", "mean of the past launches, at least 1; scales the pinball loss"),
        Column("actual", "float64", "what came, scaled up where less than half of the days were out of stock"),
    ),
)
COLD_SCORES = Contract(
    name="cold_start_scores",
    layer="gold",
    grain="one row per age band, target, horizon and model, all origins together",
    key=("age_band", "target", "horizon_days", "model"),
    columns=(
        _BAND,
        *_WHAT,
        Column(
            "model",
            "string",
            "cold_start, category_median, the model that serves all others, or what served, chosen on other origins",
            allowed=("cold_start", "category_median", "model", "served"),
        ),
        Column("n", "int64", "forecasts that were scored"),
        Column("origins", "int32", "origins that they are of"),
        Column("wape", "float64", "sum |y - mean| / sum |y|", nullable=True),
        Column("wape_p50", "float64", "the same of P50", nullable=True),
        Column("bias", "float64", "sum (mean - y) / sum |y|", nullable=True),
        Column("pinball", "float64", "sum of the three scaled pinball losses"),
        Column("coverage_p90", "float64", "share that came at or below P90"),
        Column("width", "float64", "mean scaled width from P10 to P90"),
        Column("serves", "bool", "whether it makes what serves releases of this age now, alone or with a share"),
        Column("model_share", "float64", "the model's share of what serves at this age", minimum=0, maximum=1),
        Column("launch_known", "string", "release date, or first sale where a proxy was scored"),
    ),
)
COLD_BACKTEST_KEY, COLD_SCORES_KEY = (AssetKey(["gold", contract.name]) for contract in (COLD_BACKTEST, COLD_SCORES))
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
            contract,
            deps,
            __doc__,
            group="forecasts",
            kinds={"polars", "delta"},
            code_version=f"{cold_start_version():012x}",
        )
        for contract, deps in (
            (COLD_BACKTEST, [*(AssetKey(key.split("/")) for key in READ), BACKTEST_KEY]),
            (COLD_SCORES, [COLD_BACKTEST_KEY, BACKTEST_KEY, SCORES_KEY]),
        )
    ],
)
def cold_start_backtest(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Compute the origins that are missing, then score all of them."""
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
    yield MaterializeResult(
        asset_key=COLD_BACKTEST_KEY,
        metadata={"origins_computed": len(wanted), "origins_kept": len(standing), "delta_version": version},
    )
    yield MaterializeResult(asset_key=COLD_SCORES_KEY, metadata=_score(store, session, version))


def _origins(store: "Lake", name: str, version: int) -> list[dt.date]:
    con = store.connect({f"gold/{name}": version})
    return [origin for (origin,) in con.execute(f"select distinct origin from gold.{name} order by 1").fetchall()]


def _stored(made: "pl.DataFrame") -> "pa.Table":
    names = COLD_BACKTEST.arrow_schema.names
    return made.rename(RENAMED).select(names).to_arrow().cast(COLD_BACKTEST.arrow_schema)


def _score(store: "Lake", session: "Session", version: int) -> dict[str, int]:
    """Write the scores of all origins, unless they are of these very backtests."""
    table = store.table(COLD_SCORES)
    table.create()
    of = {"of:cold_start_backtest": version, CODE: cold_start_version()}
    of |= {f"of:{key.path[-1]}": session.versions["/".join(key.path)] for key in (BACKTEST_KEY, SCORES_KEY)}
    if table.transactions(*of) != of:
        table.overwrite(_scores(store, session, version), None, of)
    session.advance(table.name, table.version())
    return {"delta_version": table.version(), "of_backtest_version": version}


def _scores(store: "Lake", session: "Session", version: int) -> "pa.Table":
    import polars as pl

    from assets.forecasts.newcomers import rehearsal, served_before
    from ml.cold_start.comparison import compare

    past = rehearsal(store, version)
    if past.is_empty():
        return COLD_SCORES.arrow_schema.empty_table()
    scores = compare(past, served_before(store, session))
    known = "first sale" if (past["launch_known"] == "first sale").any() else "release date"
    named = scores.rename({"horizon": "horizon_days", "band": "age_band"}).with_columns(launch_known=pl.lit(known))
    return named.select(COLD_SCORES.arrow_schema.names).to_arrow().cast(COLD_SCORES.arrow_schema)
