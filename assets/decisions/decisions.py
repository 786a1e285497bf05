"""What to order and where to advertise, by the newest forecasts.

One row per release of the newest origin. Stock lasts over lead and review time (LACQUER_STOCK_POLICY), with the lead
time, the least order and the cost of the release where the catalogue states them, less the returns that are expected
by the share of 180 days. Advertising is the spend of
campaigns, moved to where they brought the most (`campaign_lift_per_root_spend`), with the same total; it is null where
neither the release nor its genre ever had a campaign. `rank` 1 is what to look at first: impact times confidence times
urgency, with variety.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

if TYPE_CHECKING:
    from resources.lake import LakeResource

PLANS_SQL = """
with newest as (select max(sales_date) as day, min(currency) as currency from gold.fct_sales_day),
sold as (
  select s.release_id, sum(s.gross_units) filter (s.sales_date > n.day - 30)::double as sold_30,
    least(180, date_diff('day', min(s.sales_date) filter (s.gross_units > 0), n.day) + 1) as past_days,
    sum(s.gross_units) filter (s.sales_date > n.day - 180)::double as past_units,
    sum(s.gross_units::double * s.gross_units) filter (s.sales_date > n.day - 180) as past_squares
  from gold.fct_sales_day s, newest n group by s.release_id, n.day
),
back as (
  select l.release_id, -sum(l.quantity)::double as past_returns from gold.fct_order_line l, newest n
  where l.is_product and l.is_return and l.order_type = 'sale' and l.order_date > n.day - 180 and l.order_date <= n.day
  group by l.release_id
)
select p.release_id, p.origin, p.model, p.units_p10, p.plan_units as units_p50,
  greatest(p.units_p90, p.plan_units) as units_p90, coalesce(s.sold_30, 0) as sold_30, p.available, p.incoming,
  p.unit_price, coalesce(case when d.currency = n.currency then d.unit_cost end, p.unit_cost) as unit_cost,
  d.genre, d.lead_days, d.least_order, s.past_days, s.past_units, s.past_squares,
  b.past_returns
from gold.mart_plan p cross join newest n left join sold s using (release_id) left join back b using (release_id)
left join gold.dim_release d on d.release_id = p.release_id
where p.horizon_days = 30 qualify p.origin = max(p.origin) over ()
order by p.release_id
"""
CAMPAIGNS_SQL = """
select c.release_id, c.category, c.started_on, c.ended_on, c.spend::double as spend
from gold.fct_campaign c,
  (select max(sales_date) as day, min(currency) as currency from gold.fct_sales_day) newest
where c.started_on <= newest.day and c.currency = newest.currency order by all
"""
UNITS_SQL = """
select release_id, sales_date as ds, sum(gross_units)::double as units from gold.fct_sales_day
where release_id in (select release_id from gold.fct_campaign where release_id is not null) group by all
union all
select null, sales_date, sum(gross_units)::double from gold.fct_sales_day group by sales_date
order by all
"""
DECISIONS = Contract(
    name="decisions",
    layer="gold",
    grain="one row per release",
    key=("release_id",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales the forecast knew"),
        Column("kind", "string", "what is proposed", allowed=("order", "advertise", "hold")),
        Column("rank", "int32", "1 is what to look at first", minimum=1),
        Column("risk", "string", "by the spread of the forecast", allowed=("Low", "Medium", "High")),
        Column("stock_target", "float64", "stock to have on hand and on order", unit="units", minimum=0),
        Column(
            "expected_returns",
            "float64",
            "units that come back until the stock must have lasted; they are not ordered",
            unit="units",
            nullable=True,
            minimum=0,
        ),
        Column("order_units", "float64", "what to order now; null: no stock is stated", nullable=True, minimum=0),
        Column("order_cost", "float64", "what the order costs", unit="currency", nullable=True, minimum=0),
        Column("profit_low", "float64", "what the order earns if demand is the P10", unit="currency"),
        Column("profit_expected", "float64", "what it earns if demand is the P50", unit="currency"),
        Column("profit_high", "float64", "what it earns if demand is the P90", unit="currency"),
        Column(
            "advertising_before",
            "float64",
            "spend of campaigns in 30 days, the mean of 180; null: none is known",
            unit="currency",
            nullable=True,
            minimum=0,
        ),
        Column(
            "advertising_budget",
            "float64",
            "advertising of the next 30 days",
            unit="currency",
            nullable=True,
            minimum=0,
        ),
        Column("advertising_gain", "float64", "margin that the change brings", unit="currency", nullable=True),
        Column("advertising_estimator", "string", "how that is estimated", nullable=True),
        Column("impact", "float64", "money that the ranking goes by", unit="currency"),
        Column("confidence", "float64", "0 to 1, by risk", minimum=0, maximum=1),
        Column("urgency", "float64", "0 to 1, by days of cover", minimum=0, maximum=1),
        Column("score", "float64", "impact times confidence times urgency", minimum=0),
        Column("reason", "string", "the decision in one sentence"),
        Column("model", "string", "the model that forecasts the units"),
        Column("rule_version", "int32", "version of the rules"),
    ),
)


def stock_policy(lake: "LakeResource", _: Mapping[str, int]) -> dict[str, str]:
    """How the installation orders, as an argument of the computation."""
    return {"policy": lake.stock_policy}


decisions = derived_table(
    DECISIONS,
    inputs={
        "plans": Input.sql(PLANS_SQL),
        "campaigns": Input.sql(CAMPAIGNS_SQL),
        "units": Input.sql(UNITS_SQL),
    },
    compute="ml.decisions.decide:decide",
    parameters=stock_policy,
    group="decisions",
    description=__doc__,
)
