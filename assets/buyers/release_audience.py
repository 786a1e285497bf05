"""Collaborative signals of each release: its buyers, what is bought with it, and to how many it is recommended.

One row per release. What the feature store serves beside the forecast's features. Traps: as of the newest order; sums
over all buyers, so not for somebody who may see one label only.
"""

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

RELEASE_AUDIENCE = Contract(
    name="release_audience",
    layer="gold",
    grain="one row per release",
    key=("release_id",),
    columns=(
        Column("release_id", "string", "the release; refers to releases"),
        Column("as_of", "date", "newest day with an order"),
        Column("buyers", "int64", "buyers who have ordered it", minimum=0),
        Column("recommended_to", "int64", "buyers that it is recommended to", minimum=0),
        Column("mean_rank", "float64", "mean rank of these recommendations", nullable=True),
        Column(
            "likely_buyers", "float64", "sum of the ten highest probabilities of an order in 30 days", nullable=True
        ),
        Column("likeliest_probability", "float64", "the highest of them", minimum=0, maximum=1, nullable=True),
        Column("bought_with", "string", "up to five releases that the same buyers have, with commas", nullable=True),
        Column("likeness", "float64", "shrunk cosine with the first of them", nullable=True),
    ),
    references={"release_id": "releases"},
)

release_audience = derived_table(
    RELEASE_AUDIENCE,
    inputs={
        "purchases": Input.sql(
            """
            select buyer_id, release_id, order_date as ds, sum(cast(quantity as double)) as quantity
            from gold.fct_order_line
            where is_product and not is_return and buyer_id is not null and release_id is not null
            group by all order by all
            """
        ),
        "releases": Input.sql("select release_id from gold.dim_release order by release_id"),
        "recommended": Input.sql("select release_id, rank from gold.recommendations order by all"),
        "likely": Input.sql("select release_id, probability from gold.release_propensity order by all"),
    },
    compute="ml.buyers.audience:release_audience",
    group="buyers",
    description=__doc__,
)
