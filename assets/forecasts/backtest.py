"""The backtest: every candidate's forecast at past origins beside what really sold, and its scores.

`forecast_backtest` has one row per model, origin, horizon, target and release; an origin is computed once and kept, and
again only when the forecasting code changes. `forecast_scores` has one row per model, target, horizon, population and
origin (null: all origins together); `served` is what serves, at each origin chosen from those whose windows share no
day with its own. Windows overlap, so neighbouring origins are not independent. The last two origins are held out:
nobody tunes on them, and they are scored only on request (`lacquer bench forecast --holdout`).
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.forecasts.inputs import INPUTS, forecast_spec, house_currency, read_facts, read_inputs
from assets.forecasts.recipes import champion_overrides, recipe_code, settings_with
from lake.contract import Column, Contract
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.delta.sessions import Session
    from lake.delta.table import Table
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Serving

# As in ml.forecasting, which is not imported for its names; a test holds them together.
CANDIDATES = ("ensemble", "lightgbm", "mean_28", "naive", "seasonal_naive", "tsb")
SERVED = "served"
SEGMENTS = tuple(f"{volume}, {age}" for volume in ("low", "middle", "high") for age in ("young", "warm"))
_WHO = (
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
        *_WHO,
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
SCORES = Contract(
    name="forecast_scores",
    layer="gold",
    grain="one row per model, target, horizon, population and origin; origin null: all of them",
    key=("model", "target", "horizon_days", "population", "origin"),
    columns=(
        Column("model", "string", "the candidate, or served: what serves", allowed=(*CANDIDATES, SERVED)),
        *_WHO[1:],
        Column("origin", "date", "the origin; null: all origins together", nullable=True),
        Column(
            "population",
            "string",
            "sold in the 90 days before, or not; or a segment of those that did",
            allowed=("active", "dormant", *SEGMENTS),
        ),
        Column("n", "int64", "forecasts that were scored"),
        Column("wape", "float64", "sum |y - mean| / sum |y|", nullable=True),
        Column("bias", "float64", "sum (mean - y) / sum |y|", nullable=True),
        Column("rmsse", "float64", "root mean squared scaled error", nullable=True),
        Column("pinball", "float64", "sum of the three scaled pinball losses", nullable=True),
        Column("pinball_p10", "float64", "scaled pinball loss of P10", nullable=True),
        Column("pinball_p50", "float64", "scaled pinball loss of P50", nullable=True),
        Column("pinball_p90", "float64", "scaled pinball loss of P90", nullable=True),
        Column("coverage_p90", "float64", "share that came at or below P90, ties at zero randomised", nullable=True),
        Column("width", "float64", "mean scaled width from P10 to P90", nullable=True),
        *(
            Column(f"{loss}_ratio{limit}", "float64", f"{words} of what serves over this model's{of}", nullable=True)
            for loss, words in (("pinball", "pinball loss"), ("wape", "WAPE"))
            for limit, of in (("", "; active, all origins"), ("_limit", ", 95% upper limit; active, all origins"))
        ),
        Column(
            "serves",
            "bool",
            "whether this model serves the segment, of others any; at an origin by the choice made without it",
        ),
    ),
)
BACKTEST_KEY, SCORES_KEY = (AssetKey(["gold", contract.name]) for contract in (BACKTEST, SCORES))
CODE = "forecasting_code"


@multi_asset(
    specs=[
        forecast_spec(BACKTEST, [AssetKey(key.split("/")) for key in INPUTS], __doc__),
        forecast_spec(SCORES, [BACKTEST_KEY], __doc__),
    ]
)
def forecast_backtest(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Compute the origins that are missing, then score all of them."""
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
    yield MaterializeResult(
        asset_key=BACKTEST_KEY,
        metadata={
            "origins_computed": [origin.isoformat() for origin in wanted],
            "origins_kept": len(kept),
            "delta_version": version,
        },
    )
    yield MaterializeResult(asset_key=SCORES_KEY, metadata=_score(store, session, version))


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


def _score(store: "Lake", session: "Session", version: int) -> dict[str, int]:
    """Write the scores of all origins, unless they are of this very backtest."""
    from ml.forecasting.comparison import scores_of_all

    backtests, scores = store.table(BACKTEST), store.table(SCORES)
    of = {"of:forecast_backtest": version}
    scores.create()
    if scores.transactions(*of) != of:
        names = {"release_id": "unique_id", "horizon_days": "horizon", "p10": "q0.1", "p50": "q0.5", "p90": "q0.9"}
        frame = backtests.read(version).rename(names).collect()
        stored = _score_rows(scores_of_all(frame)) if len(frame) else SCORES.arrow_schema.empty_table()
        scores.overwrite(stored, None, of)
    session.advance(scores.name, scores.version())
    return {"delta_version": scores.version(), "of_backtest_version": version}


def _score_rows(rows: "pl.DataFrame") -> "pa.Table":
    return (
        rows.rename({"horizon": "horizon_days"}).select(SCORES.arrow_schema.names).to_arrow().cast(SCORES.arrow_schema)
    )


def serving_models(store: "Lake", session: "Session") -> "Serving":
    """Which model serves each target, horizon and segment; the simplest where no backtest has said otherwise."""
    from ml.forecasting.features import HORIZONS
    from ml.forecasting.history import TARGETS
    from ml.forecasting.selection import WITHOUT_BACKTEST

    choice = {(target, h): dict.fromkeys(SEGMENTS, WITHOUT_BACKTEST) for target in TARGETS for h in HORIZONS}
    key = "/".join(SCORES_KEY.path)
    if key in session.versions:
        rows = store.connect({key: session.versions[key]}).execute(
            "select target, horizon_days, population, model from gold.forecast_scores "
            "where serves and origin is null and population not in ('active', 'dormant')"
        )
        for target, horizon, segment, model in rows.fetchall():
            choice[target, horizon][segment] = model
    return dict(choice)
