"""People's own figures beside the forecasts, and what they were worth.

One row per override and origin it stood at, in `override_value`, once the window has ended: how far the override and
how far the forecast were from what sold. `lacquer override` makes, lists and withdraws overrides.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.contracts import table_spec
from assets.forecasts.forecasts_table import FORECASTS_KEY
from assets.forecasts.inputs import SALES
from lake.contract import Column, Contract
from lake.journals.overrides import OVERRIDES, STANDING_SQL
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

OVERRIDE_VALUE = Contract(
    name="override_value",
    layer="gold",
    grain="one row per override and origin it stood at, whose window has ended",
    key=("override_id", "origin"),
    columns=(
        Column("override_id", "string", "the override"),
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales the forecast knew"),
        Column("horizon_days", "int32", "days from the origin", unit="days"),
        Column("made_by", "string", "who made the override"),
        Column("units", "float64", "what the override said", unit="units"),
        Column("p50", "float64", "what the forecast said", unit="units"),
        Column("actual", "float64", "what sold", unit="units"),
        Column("error_with", "float64", "how far the override was off", unit="units"),
        Column("error_without", "float64", "how far the forecast was off", unit="units"),
        Column("added_units", "float64", "error that the override saved; negative: it was worse", unit="units"),
    ),
)
OVERRIDES_KEY, VALUE_KEY = (AssetKey([contract.layer, contract.name]) for contract in (OVERRIDES, OVERRIDE_VALUE))
_MATURED_SQL = f"""
with standing as ({STANDING_SQL}),
known as (select max(sales_date) as until from gold.fct_sales_day)
select s.override_id, s.release_id, s.origin, s.horizon_days, s.made_by, s.units, f.units_p50 as p50,
  coalesce((
    select cast(sum(d.gross_units) as double) from gold.fct_sales_day d
    where d.release_id = s.release_id and d.gross_units > 0
      and d.sales_date >= coalesce(f.starts_on, f.origin + 1)
      and d.sales_date < coalesce(f.starts_on, f.origin + 1) + f.horizon_days
  ), 0) as actual
from standing s join gold.forecasts f using (release_id, origin, horizon_days), known
where coalesce(f.starts_on, f.origin + 1) + f.horizon_days <= known.until + 1
order by all
"""


@multi_asset(
    name="forecast_overrides",
    specs=[
        table_spec(
            OVERRIDES,
            [],
            "Made by `lacquer override`, not by a run; a run takes up those that stand.",
            group="forecasts",
            kinds={"delta"},
            code_version="1",
        ),
        table_spec(
            OVERRIDE_VALUE,
            [OVERRIDES_KEY, FORECASTS_KEY, AssetKey(SALES.split("/"))],
            __doc__,
            group="forecasts",
            kinds={"polars", "delta"},
            code_version="1",
        ),
    ],
)
def forecast_overrides(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Take up what people have overridden, and judge what has matured."""
    store = lake.lake()
    session = lake.session(context.run)
    overrides, value = store.table(OVERRIDES), store.table(OVERRIDE_VALUE)
    for table in (overrides, value):
        table.create()
    session.advance(overrides.name, overrides.version())
    yield MaterializeResult(
        asset_key=OVERRIDES_KEY, metadata={"overrides": overrides.row_count(), "delta_version": overrides.version()}
    )
    sources = (overrides.name, "/".join(FORECASTS_KEY.path), SALES)
    of = {f"of:{key}": session.versions.get(key, -1) for key in sources}
    made = value.transactions(*of) != of and overrides.row_count() > 0
    if made:
        rows = _matured(store, session, sources)
        value.overwrite(rows.to_arrow().cast(OVERRIDE_VALUE.arrow_schema), None, of)
    session.advance(value.name, value.version())
    metadata = {"mode": "judged" if made else "skipped: nothing new", "delta_version": value.version()}
    yield MaterializeResult(asset_key=VALUE_KEY, metadata=metadata)


def _matured(store: "Lake", session: "Session", sources: tuple[str, ...]) -> "pl.DataFrame":
    from ml.planning.overrides import added_value

    con = store.connect({key: session.versions[key] for key in sources if key in session.versions})
    return added_value(con.sql(_MATURED_SQL).pl()).select(OVERRIDE_VALUE.arrow_schema.names)
