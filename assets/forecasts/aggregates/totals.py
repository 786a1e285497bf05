"""Forecasts of artists, buyers' regions, categories and everything, each with quantiles of its own.

A group's mean is the sum of its releases' means over the days after the origin, so the members of a level add up to the
same sum as the releases: a check sees to it. Its quantiles are those of the sum, from what the same sums missed at the
origins of the backtest, and do not add up. A region is the country that orders ship to; what a release is expected to
sell is spread over regions by what they bought of it in the last 364 days.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSpec, AssetExecutionContext, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.forecasts.aggregates.inputs import (
    CODE,
    INPUTS,
    KEYS,
    NEWEST_SQL,
    RENAMED,
    asset_keys,
    named_levels,
    sales_and_catalogue,
    stored,
    totals_spec,
    totals_version,
)
from assets.forecasts.aggregates.tables import CATEGORY_DEMAND, TOTALS, TOTALS_BACKTEST
from assets.forecasts.forecasts_table import FORECASTS_KEY, newest_origin
from assets.forecasts.inputs import first_day, house_currency
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

ADDS_UP = "means_add_up"

_APART_SQL = """
with releases as (
  select sum(units_mean) as total from gold.forecasts
  where origin = $origin and horizon_days = 90 and starts_on = $origin + 1
), sums as (
  select target, horizon_days, level, sum(mean) as total from gold.forecast_totals where origin = $origin group by all
), spread as (
  select target, horizon_days, max(total) - min(total) as apart, max(total) as total from sums group by all
)
select target, horizon_days, apart from spread where apart > 1e-6 * greatest(total, 1)
union all
select 'units of releases', 90, r.total - s.total from releases r, sums s
where s.target = 'units' and s.horizon_days = 90 and s.level = 'all' and r.total > s.total + 1e-6 * greatest(s.total, 1)
"""


@multi_asset(
    name="forecast_totals",
    specs=[
        totals_spec(TOTALS, [FORECASTS_KEY, KEYS["forecast_totals_backtest"], *asset_keys(INPUTS)], __doc__),
        totals_spec(
            CATEGORY_DEMAND, [KEYS["forecast_totals"]], "Planning's view: a category's next three months of 30 days."
        ),
    ],
    check_specs=[
        AssetCheckSpec(
            ADDS_UP,
            asset=KEYS["forecast_totals"],
            blocking=True,
            description="the means of every level add up to the same sum, to a millionth",
        )
    ],
)
def forecast_totals(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Sum the newest forecasts, unless these very ones are summed already."""
    store = lake.lake()
    session = lake.session(context.run)
    totals, demand = store.table(TOTALS), store.table(CATEGORY_DEMAND)
    for one in (totals, demand):
        one.create()
    backtest = f"gold/{TOTALS_BACKTEST.name}"
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in ("/".join(FORECASTS_KEY.path), backtest)}
    made_of[CODE] = totals_version()
    origin = newest_origin(store, session)
    stands = all(one.transactions(*made_of) == made_of for one in (totals, demand))
    some = asked_releases(context.run.tags) is not None
    skipped = origin is None or stands or some
    if origin is not None and not skipped:
        sums, months = _summed(store, session, origin)
        totals.overwrite(stored(sums, TOTALS), [origin], made_of)
        demand.overwrite(stored(months, CATEGORY_DEMAND), [origin], made_of)
    for one, key in ((totals, KEYS["forecast_totals"]), (demand, KEYS["mart_category_demand"])):
        session.advance(one.name, one.version())
        yield MaterializeResult(
            asset_key=key,
            metadata={"mode": "skipped: as it was" if skipped else "made anew", "delta_version": one.version()},
        )
    # Where some releases were forecast anew, the sums are those of the run before and follow with the next whole one.
    yield _checked(store, session, None if some else origin)


def _summed(store: "Lake", session: "Session", origin: dt.date) -> "tuple[pl.DataFrame, pl.DataFrame]":
    import polars as pl

    from ml.totals.category import category_demand
    from ml.totals.groups import SHARE_DAYS, bottom_up, members, region_shares
    from ml.totals.rehearsal import SCHEMA
    from ml.totals.spread import with_quantiles

    key = "/".join(FORECASTS_KEY.path)
    newest = store.connect({key: session.versions[key]}).sql(NEWEST_SQL, params={"origin": origin}).pl()
    sales, catalogue = sales_and_catalogue(store, session, origin - dt.timedelta(days=SHARE_DAYS))
    sales = sales.filter(pl.col("ds") <= origin)
    groups = members(newest, catalogue)
    sums = named_levels(bottom_up(newest, groups, region_shares(sales, origin), origin))
    version = session.versions.get(f"gold/{TOTALS_BACKTEST.name}", -1)
    past = (
        store.table(TOTALS_BACKTEST).read(version).rename({v: k for k, v in RENAMED.items()}).collect()
        if version >= 0
        else pl.DataFrame(schema=SCHEMA)
    )
    spread = with_quantiles(sums, past, origin, first_day(store, session))
    currency = pl.lit(house_currency(store, session), pl.String)
    months = category_demand(spread, past, sales, catalogue, origin).with_columns(currency=currency)
    counted = _counted(newest, groups)
    cumulative = spread.filter(pl.col("from_day") == 1).rename({"to_day": "horizon_days"})
    named = cumulative.join(counted, on=["level", "member"], how="left")
    money = pl.when(pl.col("target") == "revenue").then(currency)
    return named.with_columns(currency=money), months


def _counted(newest: "pl.DataFrame", groups: "pl.DataFrame") -> "pl.DataFrame":
    """[level, member, releases] of the levels to which a release belongs whole."""
    import polars as pl

    from ml.totals.groups import WHOLE

    return pl.concat(
        [
            groups.group_by(pl.col(level).alias("member"))
            .agg(pl.len().cast(pl.Int64).alias("releases"))
            .with_columns(pl.lit(level).alias("level"))
            for level in WHOLE
        ]
    )


def _checked(store: "Lake", session: "Session", origin: dt.date | None) -> AssetCheckResult:
    apart = []
    totals = f"gold/{TOTALS.name}"
    if origin is not None:
        keys = ("/".join(FORECASTS_KEY.path), totals)
        con = store.connect({key: session.versions[key] for key in keys})
        apart = con.execute(_APART_SQL, {"origin": origin}).fetchall()
    first = "" if not apart else "; first: {} at {} days, {} apart".format(*apart[0])
    return AssetCheckResult(
        asset_key=KEYS["forecast_totals"],
        check_name=ADDS_UP,
        passed=not apart,
        metadata={"apart": len(apart)},
        description=f"{len(apart)} sums whose levels do not agree{first}",
    )
