"""What may sell more of what there is: buyers and markets without a release, bundles, pressings, promotions.

One row per action. `money` is margin of 30 days by the estimator that `estimator` names; it is null where no effect has
been measured, and such rows come last. `rank` 1 is what to look at first: impact times confidence times urgency, with
variety. Traps: actions overlap, so their money does not add up; nothing is known of an effect until it was tried.
"""

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

KINDS = ("buyer", "market", "bundle", "repress", "repromote", "return_campaign")
GROWTH_ACTIONS = Contract(
    name="growth_actions",
    layer="gold",
    grain="one row per action",
    key=("action_id",),
    columns=(
        Column("action_id", "string", "identity of kind, release and target, the same in each run"),
        Column("rank", "int32", "1 is what to look at first", minimum=1),
        Column("kind", "string", "what is proposed", allowed=KINDS),
        Column("release_id", "string", "the release"),
        Column("target", "string", "the buyer, the country or the other release", nullable=True),
        Column("as_of", "date", "newest day with sales"),
        Column("money", "float64", "margin of 30 days that it may bring", unit="currency", nullable=True, minimum=0),
        Column("estimator", "string", "how money is estimated", nullable=True),
        Column("impact", "float64", "money that the ranking goes by; 0 where it is not known", unit="currency"),
        Column("confidence", "float64", "0 to 1, by the evidence", minimum=0, maximum=1),
        Column("urgency", "float64", "0 to 1, by kind", minimum=0, maximum=1),
        Column("score", "float64", "impact times confidence times urgency", minimum=0),
        Column("reason", "string", "why, in one sentence"),
        Column("next_step", "string", "what to do"),
        Column("rule_version", "int32", "version of the rules"),
    ),
)

RELEASES_SQL = """
with last as (select max(sales_date) as as_of from gold.fct_sales_day),
sold as (
  select release_id,
    sum(gross_units) filter (where sales_date > as_of - 30) as units_30,
    sum(gross_units) filter (where sales_date between as_of - 149 and as_of - 30) / 4 as units_before,
    sum(gross_units) filter (where sales_date > as_of - 180) as past_units,
    sum(gross_revenue) filter (where sales_date > as_of - 90)
      / nullif(sum(gross_units) filter (where sales_date > as_of - 90), 0) as unit_price
  from gold.fct_sales_day, last group by all
),
back as (
  select release_id, -sum(quantity) as past_returns from gold.fct_order_line, last
  where is_product and is_return and order_type = 'sale' and order_date > as_of - 180 and order_date <= as_of
  group by all
),
planned as (
  select release_id, unit_price, unit_cost, units_p10, plan_units, available, incoming from gold.mart_plan
  where horizon_days = 30 qualify origin = max(origin) over ()
)
select s.release_id, as_of,
  greatest(coalesce(s.unit_price, p.unit_price) - p.unit_cost, 0)::double as unit_margin,
  p.available::double as available, p.incoming::double as incoming, coalesce(s.units_30, 0)::double as units_30,
  coalesce(s.units_before, 0)::double as units_before, p.units_p10::double as units_p10,
  p.plan_units::double as units_p50, s.past_units::double as past_units, b.past_returns::double as past_returns
from sold s cross join last left join planned p using (release_id) left join back b using (release_id)
order by release_id
"""
LINES_SQL = """
select buyer_id, release_id, country, sum(quantity)::double as units from gold.fct_order_line
where is_product and not is_return and order_type = 'sale' and buyer_id is not null and release_id is not null
  and country is not null and order_date > (select max(sales_date) from gold.fct_sales_day) - 90
group by all order by all
"""
BUYERS_SQL = """
select buyer_id, probability from gold.buyer_propensity qualify origin = max(origin) over () order by buyer_id
"""
OFFERS_SQL = """
select buyer_id, release_id, reason from gold.recommendations where kind = 'catalogue' and rank <= 10 order by all
"""

growth_actions = derived_table(
    GROWTH_ACTIONS,
    inputs={
        "releases": Input.sql(RELEASES_SQL),
        "lines": Input.sql(LINES_SQL),
        "buyers": Input.sql(BUYERS_SQL),
        "offers": Input.sql(OFFERS_SQL),
    },
    compute="ml.decisions.growth:growth_actions",
    group="decisions",
    description=__doc__,
)
