"""The best allowed price of each release, by strategy, with what it is expected to do within 30 days.

One row per release and strategy: `competitive` (nearest to the competitor's price), `value` (revenue), `margin`,
`dynamic` (margin of what the stock allows). The rules lie in `price_rules.json` at the lake's root; without the file
the price stays within 20% of today's and covers its cost. Traps: where rules exclude each other or something is
unknown, price is null and `conflict` says why; nothing here is applied, a person does that (`lacquer price apply`);
ranges join the forecast's P10 to P90 with the elasticity's interval and are no intervals of known coverage.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

if TYPE_CHECKING:
    from resources.lake import LakeResource

RULES_FILE = "price_rules.json"
DEFAULT_RULES = {"reach": 0.2, "margin_floor": 0.0}
_MEASURES = {"units": "units sold", "revenue": "revenue", "margin": "revenue less cost"}
_PARTS = {"": "expected {} at the price", "_low": "lower end of it", "_high": "upper end of it",
          "_now": "expected {} at the current price"}  # fmt: skip

PRICE_RECOMMENDATIONS = Contract(
    name="price_recommendations",
    layer="gold",
    grain="one row per release and strategy",
    key=("release_id", "strategy"),
    columns=(
        Column("release_id", "string", "the release; refers to dim_release"),
        Column(
            "strategy",
            "string",
            "what the price is best for",
            allowed=("competitive", "value", "margin", "dynamic"),
        ),
        Column("as_of", "date", "last day whose sales were known"),
        Column("valid_on", "date", "day that the price is for"),
        Column("current_price", "float64", "list price on that day, in `currency`", nullable=True),
        Column("price", "float64", "recommended price, in `currency`; null: see conflict", minimum=0, nullable=True),
        Column("free_price", "float64", "best price without rules, within reach", nullable=True),
        *(
            Column(f"{measure}{part}", "float64", f"{text.format(words)} within 30 days", nullable=True)
            for measure, words in _MEASURES.items()
            for part, text in _PARTS.items()
        ),
        Column("binding", "string", "rules that hold the price where it is", nullable=True),
        Column("conflict", "string", "why there is no price", nullable=True),
        Column("currency", "string", "currency of the prices, ISO 4217", nullable=True),
        PREDICTION_ID_COLUMN,
    ),
    references={"release_id": "releases"},
)

PRODUCTS_SQL = """
with house as (select mode(currency) as currency, max(sales_date) as as_of from gold.fct_sales_day),
listed as (
  select p.release_id, arg_max(p.price, p.valid_from) as price
  from silver.prices p, house where p.currency = house.currency and p.valid_from <= house.as_of + 1 group by all
),
offers as (
  select c.release_id, cast(min(c.price) as double) as cheapest, cast(median(c.price) as double) as middle
  from silver.competitor_prices c, house
  where c.currency = house.currency and coalesce(c.statistic, 'lowest') = 'lowest'
    and c.availability is distinct from 'out_of_stock'
    and c.observed_at >= house.as_of - 30 and c.observed_at < house.as_of + 1
  group by all
),
expected as (
  from gold.forecasts where horizon_days = 30 and origin = (select max(origin) from gold.forecasts)
)
select e.release_id as product_id, r.artist_id || ' ' || lower(r.title) as title_id, r.format,
  cast(coalesce(l.price, case when r.currency = house.currency then r.list_price end) as double) as current_price,
  cast(case when r.currency = house.currency then r.list_price end as double) as list_price,
  cast(case when r.currency = house.currency then r.unit_cost end as double) as unit_cost,
  x.elasticity, x.low as elasticity_low, x.high as elasticity_high,
  e.units_mean, e.units_p10 as units_low, e.units_p90 as units_high,
  o.cheapest, o.middle as "median", cast(s.available as double) as stock,
  house.as_of, house.currency
from expected e cross join house
join gold.dim_release r using (release_id)
join gold.price_elasticities x using (release_id)
left join listed l using (release_id)
left join offers o using (release_id)
left join gold.mart_stock_cover s using (release_id)
order by e.release_id
"""


def price_rules(lake: "LakeResource", _: Mapping[str, int]) -> dict[str, Any]:
    """Return the rules of the lake, as plain values."""
    file = lake.lake().root / RULES_FILE
    text = file.read_text(encoding="utf-8") if file.is_file() else json.dumps(DEFAULT_RULES)
    try:
        rules = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no valid JSON in line {error.lineno}: {error.msg}") from error
    return {"rules": rules}


price_recommendations = derived_table(
    PRICE_RECOMMENDATIONS,
    inputs={"products": Input.sql(PRODUCTS_SQL)},
    compute="ml.pricing.strategies:recommend_every_strategy",
    parameters=price_rules,
    group="pricing",
    description=__doc__,
)
