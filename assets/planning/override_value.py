"""What people's own figures were worth, once the window has ended.

One row per override and origin it stood at, whose window has ended: how far the override and how far the forecast were
from what sold.
"""

from assets.derived import Input, derived_table
from lake.contract import Column, Contract
from lake.journals.overrides import STANDING_SQL

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
MATURED_SQL = f"""
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

override_value = derived_table(
    OVERRIDE_VALUE,
    inputs={"rows": Input.sql(MATURED_SQL)},
    compute="ml.planning.overrides:added_value",
    group="forecasts",
    description=__doc__,
)
