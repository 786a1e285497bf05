"""The sums at the origins of the backtest, beside what their releases really sold, and how good they were."""

from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, MaterializeResult, multi_asset

from assets.forecasts.aggregates.inputs import (
    CODE,
    INPUTS,
    RENAMED,
    asset_keys,
    named_levels,
    sales_and_catalogue,
    stored,
    totals_spec,
    totals_version,
)
from assets.forecasts.aggregates.tables import TOTALS_BACKTEST
from assets.forecasts.backtest import BACKTEST_KEY
from assets.forecasts.inputs import first_day
from assets.forecasts.newcomers import COLD_ASSETS, COLD_KEYS, awaited_before, served_before
from assets.forecasts.scores import SCORES_KEY
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

BACKTEST_INPUTS = (*("/".join(key.path) for key in (BACKTEST_KEY, SCORES_KEY)), *COLD_KEYS)


@multi_asset(
    name="forecast_totals_backtest",
    specs=[
        totals_spec(TOTALS_BACKTEST, [BACKTEST_KEY, SCORES_KEY, *COLD_ASSETS, *asset_keys(INPUTS)], __doc__),
    ],
)
def forecast_totals_backtest(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Sum the stored backtest of the releases anew where it has changed."""
    store = lake.lake()
    session = lake.session(context.run)
    table = store.table(TOTALS_BACKTEST)
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in BACKTEST_INPUTS} | {CODE: totals_version()}
    table.create()
    stands = table.transactions(*made_of) == made_of
    if not stands:
        table.overwrite(stored(_rehearsed(store, session), TOTALS_BACKTEST), None, made_of)
    session.advance(table.name, table.version())
    mode = "skipped: as it was" if stands else "made anew"
    return MaterializeResult(metadata={"mode": mode, "delta_version": table.version()})


def _rehearsed(store: "Lake", session: "Session") -> "pl.DataFrame":
    import polars as pl

    from ml.totals.rehearsal import SCHEMA, rehearse
    from ml.totals.spread import with_quantiles

    day_after = pl.col("origin") + pl.duration(days=1)
    served = served_before(store, session).with_columns(starts_on=day_after)
    if served.is_empty():
        nothing = [pl.lit(None, pl.Float64).alias(name) for name in RENAMED]
        return pl.DataFrame(schema=SCHEMA).with_columns(*nothing, is_calibrated=pl.lit(None, pl.Boolean))
    columns = ["unique_id", "origin", "target", "horizon", "starts_on", "mean"]
    awaited = awaited_before(store, session).join(served.select("origin").unique(), on="origin", how="semi")
    forecasts = pl.concat([served.select(columns), awaited.select(columns)])
    sales, catalogue = sales_and_catalogue(store, session)
    found = named_levels(rehearse(forecasts, sales, catalogue))
    first = first_day(store, session)
    origins = found["origin"].unique().sort()
    return pl.concat([with_quantiles(found.filter(pl.col("origin") == o), found, o, first) for o in origins])
