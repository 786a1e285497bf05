"""Releases to offer each buyer next, with the purchases that speak for them.

One row per buyer, kind and rank. `catalogue`: releases that others have bought and the buyer has not, by the
recommender that did best on a split in global time. `announced`: releases that nobody has bought yet, by shared artist,
label, genre and format. Unpublished releases, those out of stock, and blocked pairs are left out. Scores compare
within one buyer and kind only.
"""

from assets.buyers.blocked import blocked_pairs
from assets.derived import Input, derived_table
from lake.contract import Column, Contract

RECOMMENDATIONS = Contract(
    name="recommendations",
    layer="gold",
    grain="one row per buyer, kind and rank",
    key=("buyer_id", "kind", "rank"),
    columns=(
        Column("buyer_id", "string", "the buyer; refers to buyers"),
        Column("as_of", "date", "newest day with an order"),
        Column("kind", "string", "whether the release has been bought by anybody", allowed=("catalogue", "announced")),
        Column("rank", "int32", "1 is offered first", minimum=1),
        Column("release_id", "string", "the release; refers to releases"),
        Column("score", "float64", "of the model; compares within one buyer and kind only"),
        Column("reason", "string", "the purchases that speak for it, and how many buyers have both"),
        Column("cited", "string", "the cited releases with commas between them; empty where none is cited"),
        Column("model", "string", "the recommender that served"),
    ),
    references={"buyer_id": "buyers", "release_id": "releases"},
)

recommendations = derived_table(
    RECOMMENDATIONS,
    inputs={
        "purchases": Input.sql(
            """
            select buyer_id, release_id, order_date as ds, sum(cast(quantity as double)) as quantity
            from gold.fct_order_line
            where is_product and buyer_id is not null and release_id is not null
            group by all order by all
            """
        ),
        "releases": Input.sql(
            """
            with closes as (
              select release_id, warehouse, arg_max(available, stock_date) as available
              from gold.fct_inventory_snapshot group by all
            ),
            stock as (select release_id, sum(available) as available from closes group by release_id)
            select r.release_id, r.artist_id, r.label_id, r.genre, r.format,
              coalesce(r.is_published, false) as is_published, coalesce(s.available > 0, true) as is_in_stock
            from gold.dim_release as r left join stock as s using (release_id)
            order by r.release_id
            """
        ),
    },
    compute="ml.buyers.catalogue:recommend_releases",
    parameters=blocked_pairs,
    group="buyers",
    description=__doc__,
)
