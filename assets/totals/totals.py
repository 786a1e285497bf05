"""Forecasts of artists, buyers' regions, categories and everything, each with quantiles of its own.

A group's mean is the sum of its releases' means over the days after the origin, so the members of a level add up to the
same sum as the releases: a check sees to it. Its quantiles are those of the sum, from what the same sums missed at the
origins of the backtest, and do not add up. A region is the country that orders ship to; what a release is expected to
sell is spread over regions by what they bought of it in the last 364 days.
"""

from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetKey, asset_check

from assets.asked_releases import asked_releases
from assets.derived import Input, derived_table
from assets.forecasts.newcomers import CHOICE_SQL, SERVED_SQL
from assets.totals.inputs import CATALOGUE, EVER, LAST_YEAR, NEWEST, SPAN, sales_by_region
from assets.totals.tables import CATEGORY_DEMAND, TOTALS, TOTALS_BACKTEST
from resources.lake import LakeParam

READ = ("gold/forecasts", "gold/forecast_totals")
_APART_SQL = """
with newest as (
  select max(origin) as day from gold.forecasts
), releases as (
  select sum(units_mean) as total from gold.forecasts, newest
  where origin = day and horizon_days = 90 and starts_on = day + 1
), sums as (
  select target, horizon_days, level, sum(mean) as total from gold.forecast_totals, newest where origin = day
  group by all
), spread as (
  select target, horizon_days, max(total) - min(total) as apart, max(total) as total from sums group by all
)
select target, horizon_days, apart from spread where apart > 1e-6 * greatest(total, 1)
union all
select 'units of releases', 90, r.total - s.total from releases r, sums s
where s.target = 'units' and s.horizon_days = 90 and s.level = 'all' and r.total > s.total + 1e-6 * greatest(s.total, 1)
"""


_NOW = {
    "newest": NEWEST,
    "past": Input.table("gold/forecast_totals_backtest"),
    "sales": sales_by_region(LAST_YEAR),
    "catalogue": CATALOGUE,
    "span": SPAN,
}

forecast_totals_backtest = derived_table(
    TOTALS_BACKTEST,
    inputs={
        "served": Input.sql(SERVED_SQL),
        "launches": Input.table("gold/cold_start_backtest"),
        "choice": Input.sql(CHOICE_SQL),
        "sales": sales_by_region(EVER),
        "catalogue": CATALOGUE,
        "span": SPAN,
    },
    compute="ml.totals.tables:backtest_rows",
    group="forecasts",
    description="The sums at the origins of the backtest, beside what their releases really sold.",
)

forecast_totals = derived_table(
    TOTALS,
    inputs=_NOW,
    compute="ml.totals.tables:total_rows",
    keeps_partitions=True,
    group="forecasts",
    description=__doc__,
)

mart_category_demand = derived_table(
    CATEGORY_DEMAND,
    inputs=_NOW,
    compute="ml.totals.tables:demand_rows",
    keeps_partitions=True,
    group="forecasts",
    description="Planning's view: a category's next three months of 30 days.",
)


@asset_check(
    asset=AssetKey(READ[1].split("/")),
    additional_deps=[AssetKey(READ[0].split("/"))],
    blocking=True,
    description="the means of every level add up to the same sum, to a millionth",
)
def means_add_up(context: AssetCheckExecutionContext, lake: LakeParam) -> AssetCheckResult:
    """Whether the newest sums agree with each other and with the releases' forecasts."""
    versions = lake.session(context.run).versions
    apart = []
    # Where some releases were forecast anew, the sums are those of the run before and follow with the next whole one.
    if asked_releases(context.run.tags) is None and all(versions.get(key, -1) >= 0 for key in READ):
        apart = lake.lake().connect({key: versions[key] for key in READ}).execute(_APART_SQL).fetchall()
    first = "" if not apart else "; first: {} at {} days, {} apart".format(*apart[0])
    return AssetCheckResult(
        passed=not apart,
        metadata={"apart": len(apart)},
        description=f"{len(apart)} sums whose levels do not agree{first}",
    )
