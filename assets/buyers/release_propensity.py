"""The likeliest buyers of each release: the probability that a buyer orders this very release within 30 days.

One row per release that is offered and rank of the buyer. Calibrated over all pairs of buyer and release; trained on
earlier origins only. Announced releases rest on artist, label, genre and format. Traps: probabilities compare between
releases and buyers, scores of `recommendations` do not; releases that are unpublished or out of stock, and blocked
pairs, are left out.
"""

from assets.buyers.blocked import blocked_pairs
from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

RELEASE_PROPENSITY = Contract(
    name="release_propensity",
    layer="gold",
    grain="one row per release and rank of the buyer",
    key=("release_id", "rank"),
    columns=(
        Column("release_id", "string", "the release; refers to releases"),
        Column("rank", "int32", "1 is the likeliest buyer", minimum=1),
        Column("buyer_id", "string", "the buyer; refers to buyers"),
        Column("origin", "date", "last day whose orders were known"),
        Column("probability", "float64", "that the buyer orders the release within 30 days", minimum=0, maximum=1),
        Column("reason", "string", "earlier orders of the release, or what the buyer has of its artist or genre"),
        Column("model", "string", "the model that served"),
        PREDICTION_ID_COLUMN,
    ),
    references={"release_id": "releases", "buyer_id": "buyers"},
)

RELEASES_SQL = """
with closes as (
  select release_id, warehouse, arg_max(available, stock_date) as available
  from gold.fct_inventory_snapshot group by all
),
stock as (select release_id, sum(available) as available from closes group by release_id),
known as (select release_id, cast(min(valid_from) as date) as known_from from silver.releases_history group by all)
select r.release_id, r.artist_id, r.label_id, r.genre, r.format, k.known_from,
  coalesce(r.is_published, false) and coalesce(s.available > 0, true) as is_offered
from gold.dim_release as r left join stock as s using (release_id) left join known as k using (release_id)
order by r.release_id
"""

release_propensity = derived_table(
    RELEASE_PROPENSITY,
    inputs={
        "purchases": Input.sql(
            """
            select distinct buyer_id, release_id, order_date as ds
            from gold.fct_order_line
            where is_product and not is_return and buyer_id is not null and release_id is not null
            order by all
            """
        ),
        "releases": Input.sql(RELEASES_SQL),
    },
    compute="ml.buyers.propensity.releases:release_propensity",
    parameters=blocked_pairs,
    group="buyers",
    description=__doc__,
)
