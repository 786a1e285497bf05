"""What planners decide by: the newest forecasts with stock, chances, order quantities, overrides, changes and bias.

One row per release, origin and horizon; every origin that was planned stays. Forecasts are of unconstrained demand:
what would sell if there were enough, not what the stock allows. Where an override stands, `plan_units`, chances and
quantities go by it. Stock columns are null where the ERP states none, and quantities to order with them; the stock to
have is there all the same.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.code_versions import step_version
from assets.forecasts.backtest import BACKTEST_KEY
from assets.forecasts.explanations import EXPLANATIONS_KEY
from assets.forecasts.forecasts_table import FORECASTS_KEY
from assets.forecasts.inputs import SALES, forecast_spec, house_currency
from assets.forecasts.overrides import OVERRIDES_KEY
from assets.forecasts.plan.sql import BEFORE_SQL, CHANGED_SQL, ERRORS_SQL, PLAN_SQL
from lake.contract import Column, Contract
from resources.lake import LakeParam
from resources.planning import RulesParam

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from ml.planning.rules import Rules

_STATISTICS = {"mean": "expected", "p10": "P10 of", "p50": "P50 of", "p90": "P90 of"}
PLAN = Contract(
    name="mart_plan",
    layer="gold",
    grain="one row per release, origin and horizon",
    key=("release_id", "origin", "horizon_days"),
    partition_by=("origin",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales were known"),
        Column("horizon_days", "int32", "days from the origin", unit="days"),
        Column("model", "string", "the model that serves the units"),
        *(
            Column(f"units_{name}", "float64", f"{words} units that would sell if there were enough", unit="units")
            for name, words in _STATISTICS.items()
        ),
        Column("override_units", "float64", "what a person says instead of the P50", unit="units", nullable=True),
        Column("override_by", "string", "who says so", nullable=True),
        Column("override_why", "string", "why", nullable=True),
        Column("override_until", "date", "last origin that it stands for", nullable=True),
        Column("plan_units", "float64", "the override where one stands, else the P50", unit="units"),
        Column("stock_as_of", "date", "day of the stock; null: none is stated", nullable=True),
        Column("available", "int64", "on hand less reserved", unit="units", nullable=True),
        Column("incoming", "int64", "on order at suppliers", unit="units", nullable=True),
        Column(
            "chance_above_stock",
            "float64",
            "chance that more is wanted than is available; null also where the forecast says no more than under 10%",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column("service_level", "float64", "share of cases in which service_stock meets demand"),
        Column("service_stock", "float64", "stock to have for the service level", unit="units"),
        Column("service_order", "float64", "what is missing to it", unit="units", nullable=True),
        Column("unit_price", "float64", "expected revenue per unit", unit="currency", nullable=True),
        Column(
            "unit_cost",
            "float64",
            "cost to buy: LACQUER_COST_SHARE of its price so far",
            unit="currency",
            nullable=True,
        ),
        Column("margin_level", "float64", "the level that margin and loss make best (newsvendor)", nullable=True),
        Column("margin_stock", "float64", "stock to have by margin and loss", unit="units", nullable=True),
        Column("margin_order", "float64", "what is missing to it", unit="units", nullable=True),
        Column("currency", "string", "currency of price and cost, ISO 4217", nullable=True),
        Column(
            "life_stage",
            "string",
            "starting: first sold under 90 days ago; ended: no sale for 90 days and P50 of 90 days under 1; "
            "fading: P90 of 90 days under what the last 90 sold; else selling",
            allowed=("starting", "selling", "fading", "ended"),
        ),
        Column("previous_origin", "date", "origin of the forecast before", nullable=True),
        Column("previous_p50", "float64", "its P50", unit="units", nullable=True),
        Column("change_units", "float64", "P50 less previous_p50", unit="units", nullable=True),
        Column("change_why", "string", "the reasons that moved it most, in units", nullable=True),
        Column("bias_origins", "int32", "past forecasts without overlap whose windows have ended", nullable=True),
        Column("bias_signal", "float64", "Trigg's tracking signal, -1 to 1; above 0: too low", nullable=True),
        Column("bias_sum", "float64", "Brown's: sum of errors over their mean size", nullable=True),
        Column("bias", "string", "its forecasts kept being so", allowed=("too low", "too high"), nullable=True),
    ),
)
PLAN_KEY, STOCK_KEY = AssetKey(["gold", PLAN.name]), AssetKey(["gold", "mart_stock_cover"])
_SOURCES = (FORECASTS_KEY, EXPLANATIONS_KEY, OVERRIDES_KEY, BACKTEST_KEY, STOCK_KEY)


def planning_version() -> int:
    """The version of the planning code and of the SQL that feeds it."""
    return step_version("ml.planning", "assets.forecasts.plan.sql")


@multi_asset(
    name="mart_plan",
    specs=[forecast_spec(PLAN, [*_SOURCES, AssetKey(SALES.split("/"))], __doc__)],
)
def mart_plan(context: AssetExecutionContext, lake: LakeParam, planning: RulesParam) -> Iterator[MaterializeResult]:
    """Plan by the newest forecasts, unless nothing that the plan rests on has moved."""
    store = lake.lake()
    session = lake.session(context.run)
    table = store.table(PLAN)
    table.create()
    keys = [*("/".join(key.path) for key in _SOURCES), SALES]
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in keys}
    made_of["planning_code"] = planning_version() ^ crc32(repr(planning).encode())
    origin = None
    if table.transactions(*made_of) != made_of and session.versions.get("gold/forecasts", -1) >= 0:
        con = store.connect({key: session.versions[key] for key in keys if session.versions.get(key, -1) >= 0})
        _stand_in(con, keys)
        origin = con.execute("select max(origin) from gold.forecasts").fetchall()[0][0]
    if origin is None:
        session.advance(table.name, table.version())
        yield MaterializeResult(asset_key=PLAN_KEY, metadata={"mode": "skipped: nothing it rests on has changed"})
        return
    rows = _planned(con, origin, planning, house_currency(store, session))
    version = table.overwrite(rows.to_arrow().cast(PLAN.arrow_schema), [origin], made_of)
    session.advance(table.name, version)
    yield MaterializeResult(
        asset_key=PLAN_KEY,
        metadata={
            "origin": origin.isoformat(),
            "rows_out": rows.height,
            "overrides": rows["override_units"].count(),
            "delta_version": version,
        },
    )


def _stand_in(con: "duckdb.DuckDBPyConnection", keys: list[str]) -> None:
    """An empty table for each that was never written, such as the backtest of a run without one."""
    from assets.forecasts.backtest import BACKTEST
    from lake.types import duckdb_type

    tables = "select table_name from information_schema.tables where table_catalog = current_database()"
    there = {name for (name,) in con.execute(tables).fetchall()}
    if BACKTEST.name not in there:
        columns = ", ".join(f"null::{duckdb_type(one.type)} as {one.name}" for one in BACKTEST.columns)
        con.execute(f"create view gold.{BACKTEST.name} as select {columns} where false")


def _planned(con: "duckdb.DuckDBPyConnection", origin: dt.date, rules: "Rules", currency: str | None) -> "pl.DataFrame":
    import polars as pl

    from ml.explaining.words import REASONS
    from ml.planning.changes import explain_changes
    from ml.planning.plan import plan

    rows = plan(con.sql(PLAN_SQL, params={"origin": origin}).pl(), rules)
    before: dt.date | None = con.execute(BEFORE_SQL, [origin]).fetchall()[0][0]
    now, then = (con.sql(CHANGED_SQL, params={"origin": one}).pl() for one in (origin, before or dt.date.min))
    labels = REASONS | {"base": "its usual pace", "usual_course": "what its peers do"}
    key = ["release_id", "horizon_days"]
    return (
        rows.join(explain_changes(now, then, labels), on=key, how="left")
        .with_columns(pl.when(pl.col("previous_p50").is_not_null()).then(pl.lit(before)).alias("previous_origin"))
        .join(_bias(con, origin), on=key, how="left")
        .with_columns(pl.lit(currency, pl.String).alias("currency"))
        .select(PLAN.arrow_schema.names)
    )


def _bias(con: "duckdb.DuckDBPyConnection", origin: dt.date) -> "pl.DataFrame":
    """Tracking signals by release and horizon, from errors that do not overlap, oldest first."""
    import numpy as np
    import polars as pl

    from ml.planning.tracking import tracking_signal, verdict

    errors = con.sql(ERRORS_SQL, params={"origin": origin}).pl()
    frames = []
    for (horizon,), some in errors.group_by("horizon_days", maintain_order=True):
        wide = some.pivot("turn", index="release_id", values="error", sort_columns=True)
        # Turn 1 is the newest error.
        turns = sorted((name for name in wide.columns if name != "release_id"), key=int, reverse=True)
        values = wide.select(pl.col(turns).cast(pl.Float64)).fill_null(np.nan).to_numpy()
        trigg, brown = tracking_signal(values)
        origins = (~np.isnan(values)).sum(axis=1)
        signals = {
            "bias_origins": pl.Series(origins, dtype=pl.Int32),
            "bias_signal": pl.Series(trigg).fill_nan(None),
            "bias_sum": pl.Series(brown).fill_nan(None),
            "bias": pl.Series(verdict(trigg, origins.astype(np.float64)), dtype=pl.String),
        }
        frames.append(
            wide.select("release_id", pl.lit(horizon, pl.Int32).alias("horizon_days")).with_columns(**signals)
        )
    kinds = {"bias_origins": pl.Int32, "bias_signal": pl.Float64, "bias_sum": pl.Float64, "bias": pl.String}
    empty = pl.DataFrame(schema={"release_id": pl.String, "horizon_days": pl.Int32, **kinds})
    return pl.concat([empty, *frames])
