"""New releases among the forecasts: those still to come, and those whose first sales are days old.

Belongs here: reading what the cold start needs, and its rows beside the model's. Does not belong here: any formula.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster import AssetKey

from assets.code_versions import step_version
from assets.forecasts.inputs import RELEASES

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.facts import Facts

COLD_ASSETS = (AssetKey(["gold", "cold_start_backtest"]), AssetKey(["gold", "cold_start_scores"]))
COLD_KEYS = tuple("/".join(key.path) for key in COLD_ASSETS)

# A release as it was first stated, but with the release date that it was last given: dates are put off, and one that
# no longer holds is of no use to whoever plans for it. A release without an open version was withdrawn.
LAUNCH_CATALOGUE_SQL = """
select release_id as unique_id, arg_min(title, valid_from) as title, max_by(release_date, valid_from) as release_date,
  arg_min(release_year, valid_from) as release_year, arg_min(genre, valid_from) as genre,
  arg_min(format, valid_from) as format, arg_min(artist_id, valid_from) as artist_id,
  arg_min(label_id, valid_from) as label_id, cast(arg_min(list_price, valid_from) as double) as list_price,
  cast(min(valid_from) as date) as known_from,
  case when count(*) filter (valid_to is null) = 0 then cast(max(valid_to) as date) end as withdrawn_on
from silver.releases_history group by release_id order by release_id
"""
# Who serves differs by horizon and segment, so what was served is made to grow with the horizon, as a forecast is. A
# segment of which nobody was active at the origin was not scored there: whoever serves it now stands in.
# `ml.forecasting.selection.WITHOUT_BACKTEST` serves where nothing was measured; a test holds them together.
OTHERWISE = "mean_28"
SERVED_SQL = f"""
with serving as (
  select target, horizon_days, origin, population as segment, model from gold.forecast_scores
  where serves and population not in ('active', 'dormant')
)
select b.release_id as unique_id, b.origin, b.horizon_days as horizon, b.target, max(b.mean) over own as mean,
  max(b.p10) over own as "q0.1", max(b.p50) over own as "q0.5", max(b.p90) over own as "q0.9"
from gold.forecast_backtest b
left join serving s using (target, horizon_days, origin, segment)
left join (from serving where origin is null) now using (target, horizon_days, segment)
where b.model = coalesce(s.model, now.model, '{OTHERWISE}')
window own as (partition by b.release_id, b.origin, b.target order by b.horizon_days)
order by all
"""
# Before the first sale one method serves; on sale the share says whether it is one, or a blend of both.
CHOICE_SQL = """
select distinct age_band as band, target, horizon_days as horizon,
  case when age_band = 0 then model when model_share = 1 then 'model' when model_share = 0 then 'cold_start'
    else 'blend' end as model,
  model_share
from gold.cold_start_scores where serves
"""


def cold_start_version() -> int:
    """The version of the cold start's code and of the SQL that feeds it."""
    return step_version("ml.cold_start", "assets.forecasts.inputs_sql", "assets.forecasts.newcomers")


@dataclass(frozen=True)
class Newcomers:
    """What the cold start knows: the catalogue, its own past, and who serves at which age and horizon."""

    catalogue: "pl.DataFrame"
    rehearsal: "pl.DataFrame"
    choice: "pl.DataFrame"


def read_newcomers(store: "Lake", session: "Session") -> Newcomers:
    """What is known at the session's versions."""
    import polars as pl

    from ml.cold_start.awaited import rehearsed
    from ml.cold_start.choice import UNTRIED, completed
    from ml.cold_start.rehearsal import SCHEMA

    catalogue = store.connect({RELEASES: session.versions[RELEASES]}).sql(LAUNCH_CATALOGUE_SQL).pl()
    backtest, scores = (session.versions.get(key) for key in COLD_KEYS)
    past = pl.DataFrame(schema=SCHEMA)
    if backtest is not None:
        past = rehearsed(store.connect({COLD_KEYS[0]: backtest}).sql("from gold.cold_start_backtest").pl())
    choice = UNTRIED
    if scores is not None:
        choice = completed(store.connect({COLD_KEYS[1]: scores}).sql(CHOICE_SQL).pl())
    return Newcomers(catalogue, past, choice)


def with_newcomers(
    made: "pl.DataFrame", known: Newcomers, sales: "pl.DataFrame", facts: "Facts", origin: dt.date
) -> "pl.DataFrame":
    """The frame of `predict` with `starts_on`, new releases forecast by whom they should be."""
    import polars as pl

    from ml.cold_start.forecaster import Cold
    from ml.cold_start.warm_up import forecast_newcomers

    until = sales.filter(pl.col("ds") <= origin)
    cold = Cold.of(until, known.catalogue, facts.until(origin))
    new = forecast_newcomers(cold, known.rehearsal, known.choice, made, origin)
    standing = made.join(new, on=["unique_id", "horizon", "target"], how="anti", maintain_order="left")
    next_day = pl.lit(origin + dt.timedelta(days=1)).alias("starts_on")
    columns = [*made.columns, "starts_on"]
    return pl.concat([standing.with_columns(next_day).select(columns), new.select(columns)])
