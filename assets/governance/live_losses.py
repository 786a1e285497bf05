"""What forecasts were worth once their first 30 days had passed.

One row per model, version, role, origin and entity: each release that sold in the 90 days before the origin. The loss
is that of the backtest (pinball losses of the units over the release's scale). Origins whose window ended in the last
two weeks are scored again with corrected sales; older ones stay.
"""

from assets.derived import Input, derived_table
from assets.forecasts.inputs_sql import SALES_SQL
from assets.forecasts.recipes import MODEL
from assets.governance import GROUP
from lake.contract import Column, Contract

LIVE_LOSSES = Contract(
    name="live_losses",
    layer="gold",
    grain="one row per model, version, role, origin and entity",
    key=("model", "version", "role", "origin", "entity"),
    partition_by=("origin",),
    columns=(
        Column("model", "string", "name of the model"),
        Column("version", "int64", "version that predicted"),
        Column("role", "string", "as what it predicted", allowed=("champion", "canary", "shadow")),
        Column("origin", "date", "last day that was known"),
        Column("entity", "string", "what was predicted for: a release"),
        Column("horizon_days", "int32", "length of the window", unit="days"),
        Column("actual", "float64", "what came", unit="units"),
        Column("loss", "float64", "sum of the pinball losses over the release's scale", minimum=0),
        Column("covered", "float64", "1: at or below P90, 0: above; null: both zero", nullable=True),
    ),
)
HORIZON_DAYS = 30
RESCORED_DAYS = 14
# A row of a release to come counts from its release date and has no past to scale by; it is left out.
_PREDICTIONS_SQL = f"""
with known as (select max(sales_date) as until from gold.fct_sales_day where gross_units > 0),
canary as (select distinct origin, version from gold.prediction_batches where role = 'canary'),
made as (
  select release_id, origin, horizon_days, starts_on, model_version, units_p10, units_p50, units_p90, false as is_shadow
  from gold.forecasts
  union all
  select release_id, origin, horizon_days, starts_on, model_version, units_p10, units_p50, units_p90, true
  from gold.shadow_forecasts
), numbered as (
  select *, try_cast(split_part(model_version, '-', 2) as bigint) as version from made, known
  where horizon_days = {HORIZON_DAYS} and model_version like '{MODEL}-%'
    and (starts_on is null or starts_on = origin + 1)
    and origin + horizon_days between until - {RESCORED_DAYS} and until
)
select '{MODEL}' as model, release_id as entity, origin, horizon_days, version, units_p10 as p10, units_p50 as p50,
  units_p90 as p90, until,
  case when is_shadow then 'shadow' when (origin, version) in (from canary) then 'canary' else 'champion' end as role
from numbered where version is not null order by all
"""

live_losses_table = derived_table(
    LIVE_LOSSES,
    inputs={"predictions": Input.sql(_PREDICTIONS_SQL), "sales": Input.sql(SALES_SQL)},
    compute="ml.promotion.live:live_losses",
    group=GROUP,
    description=__doc__,
    keeps_partitions=True,
)
