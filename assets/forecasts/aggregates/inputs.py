"""What the sums of forecasts share: what they read, their tables' keys, and the version of their code.

Belongs here: reading. Does not belong here: any sum.
"""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import AssetKey, AssetSpec

from assets.code_versions import step_version
from assets.contracts import table_spec
from assets.forecasts.aggregates.tables import CATEGORY_DEMAND, TOTALS, TOTALS_BACKTEST
from assets.forecasts.inputs import CANCELLED, LINES, RELEASES
from assets.forecasts.inputs_sql import PRE_ORDERED, RELEASED_SQL
from assets.forecasts.newcomers import LAUNCH_CATALOGUE_SQL
from lake.contract import Contract

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

INPUTS = (LINES, CANCELLED, RELEASES)
KEYS = {c.name: AssetKey(["gold", c.name]) for c in (TOTALS, CATEGORY_DEMAND, TOTALS_BACKTEST)}
CODE = "totals_code"
RENAMED = {"q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}

# What the release forecast sums (gross units of product lines), by country. Revenue that is not known for want of a
# rate is valued at what the release has brought per unit so far.
# A pre-order counts on the day its release comes out, as it does there.
SALES_BY_REGION_SQL = f"""
with {RELEASED_SQL},
lines as (
  select l.*, case when {PRE_ORDERED.format(day="l.order_date")} then out_day else l.order_date end as ds
  from gold.fct_order_line l left join released r on l.release_id = r.release_id
  where l.order_month >= date_trunc('month', $since - interval 180 day)
), sold as (
  select l.release_id as unique_id, coalesce(l.country, 'unknown') as member, l.ds,
    cast(sum(l.quantity) as double) as y, cast(sum(l.house_revenue) as double) as revenue,
    bool_and(l.house_revenue is not null) as is_known
  from lines l
  left join gold.int_cancelled_order c on l.order_id = c.order_id and l.order_month = c.order_month
  where l.is_product and l.quantity > 0 and c.order_id is null
    and l.ds > $since and l.ds <= (select max(order_date) from gold.fct_order_line)
  group by all
)
select unique_id, member, ds, y, case when is_known then revenue else coalesce(
  y * sum(revenue) filter (is_known) over own / nullif(sum(y) filter (is_known) over own, 0), 0) end as revenue
from sold window own as (partition by unique_id order by ds) order by all
"""

NEWEST_SQL = """
select release_id as unique_id, origin, coalesce(starts_on, origin + 1) as starts_on, horizon_days as horizon,
  unnest(['units', 'revenue']) as target, unnest([units_mean, revenue_mean]) as mean
from gold.forecasts where origin = $origin
"""


def totals_version() -> int:
    """The version of the code of the sums and of the SQL that feeds it."""
    sql = ("inputs_sql", "aggregates.inputs", "newcomers")
    return step_version(("ml.totals", "ml.cold_start"), *(f"assets.forecasts.{name}" for name in sql))


def totals_spec(contract: Contract, deps: list[AssetKey], said: str | None) -> AssetSpec:
    """The asset of a table that the code of the sums writes."""
    return table_spec(
        contract, deps, said, group="forecasts", kinds={"polars", "delta"}, code_version=f"{totals_version():012x}"
    )


def asset_keys(keys: tuple[str, ...]) -> list[AssetKey]:
    """Tables `layer/name` as the assets that they are."""
    return [AssetKey(key.split("/")) for key in keys]


def sales_and_catalogue(
    store: "Lake", session: "Session", since: dt.date = dt.date.min
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Daily sales by region after `since`, and the catalogue."""
    con = store.connect({key: session.versions[key] for key in INPUTS})
    return con.sql(SALES_BY_REGION_SQL, params={"since": since}).pl(), con.sql(LAUNCH_CATALOGUE_SQL).pl()


def named_levels(sums: "pl.DataFrame") -> "pl.DataFrame":
    """Without a level of which no member is known by name."""
    import polars as pl

    return sums.filter((pl.col("member") != "unknown").any().over("level"))


def stored(frame: "pl.DataFrame", contract: Contract) -> "pa.Table":
    """The frame as the contract stores it."""
    renamed = frame.rename({old: new for old, new in RENAMED.items() if old in frame.columns})
    return renamed.select(contract.arrow_schema.names).to_arrow().cast(contract.arrow_schema)
