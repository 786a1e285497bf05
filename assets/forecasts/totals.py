"""Forecasts of artists, buyers' regions, categories and everything, each with quantiles of its own.

A group's mean is the sum of its releases' means over the days after the origin, so the members of a level add up to the
same sum as the releases: a check sees to it. Its quantiles are those of the sum, from what the same sums missed at the
origins of the backtest, and do not add up. A region is the country that orders ship to; what a release is expected to
sell is spread over regions by what they bought of it in the last 364 days.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from assets.asked_releases import asked_releases
from assets.contracts import table_spec
from assets.forecasts.backtest import BACKTEST_KEY, SCORES_KEY
from assets.forecasts.forecasts import FORECASTS_KEY
from assets.forecasts.inputs import SALES, house_currency
from assets.forecasts.newcomers import COLD_ASSETS, COLD_KEYS, LAUNCH_CATALOGUE_SQL, awaited_before, served_before
from assets.forecasts.totals_tables import CATEGORY_DEMAND, TOTALS, TOTALS_BACKTEST, TOTALS_SCORES
from lake.contract import Contract
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.lakehouse import Lake
    from lake.sessions import Session

LINES, CANCELLED, RELEASES = "gold/fct_order_line", "gold/int_cancelled_order", "silver/releases_history"
INPUTS = (LINES, CANCELLED, RELEASES)
BACKTEST_INPUTS = (*("/".join(key.path) for key in (BACKTEST_KEY, SCORES_KEY)), *COLD_KEYS)
KEYS = {c.name: AssetKey(["gold", c.name]) for c in (TOTALS, CATEGORY_DEMAND, TOTALS_BACKTEST, TOTALS_SCORES)}
ADDS_UP = "means_add_up"
CODE = "totals_code"
RENAMED = {"q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}

# What the release forecast sums (gross units of product lines), by country. Revenue that is not known for want of a
# rate is valued at what the release has brought per unit so far.
_SALES_SQL = """
with sold as (
  select l.release_id as unique_id, coalesce(l.country, 'unknown') as member, l.order_date as ds,
    cast(sum(l.quantity) as double) as y, cast(sum(l.house_revenue) as double) as revenue,
    bool_and(l.house_revenue is not null) as is_known
  from gold.fct_order_line l
  left join gold.int_cancelled_order c on l.order_id = c.order_id and l.order_month = c.order_month
  where l.is_product and l.quantity > 0 and c.order_id is null
    and l.order_date > $since and l.order_month >= date_trunc('month', $since)
  group by all
)
select unique_id, member, ds, y, case when is_known then revenue else coalesce(
  y * sum(revenue) filter (is_known) over own / nullif(sum(y) filter (is_known) over own, 0), 0) end as revenue
from sold window own as (partition by unique_id order by ds) order by all
"""
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


@cache
def totals_version() -> int:
    """A number that changes whenever the code of the sums does."""
    import ml.totals

    digest = sha256()
    for path in sorted(Path(ml.totals.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:6])


def _spec(contract: Contract, deps: list[AssetKey], said: str | None) -> AssetSpec:
    return table_spec(
        contract, deps, said, group="forecasts", kinds={"polars", "delta"}, code_version=f"{totals_version():012x}"
    )


def _assets(keys: tuple[str, ...]) -> list[AssetKey]:
    return [AssetKey(key.split("/")) for key in keys]


@multi_asset(
    name="forecast_totals_backtest",
    specs=[
        _spec(TOTALS_BACKTEST, [BACKTEST_KEY, SCORES_KEY, *COLD_ASSETS, *_assets(INPUTS)], __doc__),
        _spec(TOTALS_SCORES, [KEYS["forecast_totals_backtest"]], "How good the sums were, beside the last days again."),
    ],
)
def forecast_totals_backtest(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Sum the stored backtest of the releases anew where it has changed."""
    store = lake.lake()
    session = lake.session(context.run.run_id)
    table, scores = store.table(TOTALS_BACKTEST), store.table(TOTALS_SCORES)
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in BACKTEST_INPUTS} | {CODE: totals_version()}
    for one in (table, scores):
        one.create()
    stands = all(one.transactions(*made_of) == made_of for one in (table, scores))
    if not stands:
        from ml.totals.scores import score

        frame = _rehearsed(store, session)
        table.overwrite(_arrow(frame, TOTALS_BACKTEST), None, made_of)
        scores.overwrite(_arrow(score(frame), TOTALS_SCORES), None, made_of)
    for contract, one in ((TOTALS_BACKTEST, table), (TOTALS_SCORES, scores)):
        session.advance(one.name, one.version())
        yield MaterializeResult(
            asset_key=KEYS[contract.name],
            metadata={"mode": "skipped: as it was" if stands else "made anew", "delta_version": one.version()},
        )


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
    sales, catalogue = _inputs(store, session)
    found = _named_levels(rehearse(forecasts, sales, catalogue))
    first = _first_day(store, session)
    origins = found["origin"].unique().sort()
    return pl.concat([with_quantiles(found.filter(pl.col("origin") == o), found, o, first) for o in origins])


def _inputs(store: "Lake", session: "Session", since: dt.date = dt.date.min) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Daily sales by region after `since`, and the catalogue."""
    con = store.connect({key: session.versions[key] for key in INPUTS})
    return con.sql(_SALES_SQL, params={"since": since}).pl(), con.sql(LAUNCH_CATALOGUE_SQL).pl()


def _first_day(store: "Lake", session: "Session") -> dt.date:
    con = store.connect({SALES: session.versions[SALES]})
    first: dt.date = con.execute("select min(sales_date) from gold.fct_sales_day").fetchall()[0][0]
    return first


def _named_levels(sums: "pl.DataFrame") -> "pl.DataFrame":
    """Without a level of which no member is known by name."""
    import polars as pl

    return sums.filter((pl.col("member") != "unknown").any().over("level"))


def _arrow(frame: "pl.DataFrame", contract: Contract) -> "pa.Table":
    renamed = frame.rename({old: new for old, new in RENAMED.items() if old in frame.columns})
    return renamed.select(contract.arrow_schema.names).to_arrow().cast(contract.arrow_schema)


@multi_asset(
    name="forecast_totals",
    specs=[
        _spec(TOTALS, [FORECASTS_KEY, KEYS["forecast_totals_backtest"], *_assets(INPUTS)], __doc__),
        _spec(
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
    session = lake.session(context.run.run_id)
    totals, demand = store.table(TOTALS), store.table(CATEGORY_DEMAND)
    for one in (totals, demand):
        one.create()
    backtest = f"gold/{TOTALS_BACKTEST.name}"
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in ("/".join(FORECASTS_KEY.path), backtest)}
    made_of[CODE] = totals_version()
    origin = _newest_origin(store, session)
    stands = all(one.transactions(*made_of) == made_of for one in (totals, demand))
    some = asked_releases(context.run.tags) is not None
    skipped = origin is None or stands or some
    if origin is not None and not skipped:
        sums, months = _summed(store, session, origin)
        totals.overwrite(_arrow(sums, TOTALS), [origin], made_of)
        demand.overwrite(_arrow(months, CATEGORY_DEMAND), [origin], made_of)
    for one, key in ((totals, KEYS["forecast_totals"]), (demand, KEYS["mart_category_demand"])):
        session.advance(one.name, one.version())
        yield MaterializeResult(
            asset_key=key,
            metadata={"mode": "skipped: as it was" if skipped else "made anew", "delta_version": one.version()},
        )
    # Where some releases were forecast anew, the sums are those of the run before and follow with the next whole one.
    yield _checked(store, session, None if some else origin)


def _newest_origin(store: "Lake", session: "Session") -> dt.date | None:
    key = "/".join(FORECASTS_KEY.path)
    if session.versions.get(key, -1) < 0:
        return None
    con = store.connect({key: session.versions[key]})
    newest: dt.date | None = con.execute("select max(origin) from gold.forecasts").fetchall()[0][0]
    return newest


_NEWEST_SQL = """
select release_id as unique_id, origin, coalesce(starts_on, origin + 1) as starts_on, horizon_days as horizon,
  unnest(['units', 'revenue']) as target, unnest([units_mean, revenue_mean]) as mean
from gold.forecasts where origin = $origin
"""


def _summed(store: "Lake", session: "Session", origin: dt.date) -> "tuple[pl.DataFrame, pl.DataFrame]":
    import polars as pl

    from ml.totals.category import category_demand
    from ml.totals.groups import SHARE_DAYS, bottom_up, members, region_shares
    from ml.totals.rehearsal import SCHEMA
    from ml.totals.spread import with_quantiles

    key = "/".join(FORECASTS_KEY.path)
    newest = store.connect({key: session.versions[key]}).sql(_NEWEST_SQL, params={"origin": origin}).pl()
    sales, catalogue = _inputs(store, session, origin - dt.timedelta(days=SHARE_DAYS))
    sales = sales.filter(pl.col("ds") <= origin)
    groups = members(newest, catalogue)
    sums = _named_levels(bottom_up(newest, groups, region_shares(sales, origin), origin))
    version = session.versions.get(f"gold/{TOTALS_BACKTEST.name}", -1)
    past = (
        store.table(TOTALS_BACKTEST).read(version).rename({v: k for k, v in RENAMED.items()}).collect()
        if version >= 0
        else pl.DataFrame(schema=SCHEMA)
    )
    spread = with_quantiles(sums, past, origin, _first_day(store, session))
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
