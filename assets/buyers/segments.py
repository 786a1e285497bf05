"""Segments of buyers by recency, frequency, money, breadth and seasonality.

One row per buyer with an order. The number of segments is the most stable one. Names come from fixed profiles and
stay between runs. Traps: over the lake's whole history; cash sales have no buyer and are not here.
"""

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

SEGMENTS = ("key accounts", "regulars", "small", "seasonal", "lapsing", "specialists")
BUYER_SEGMENTS = Contract(
    name="buyer_segments",
    layer="gold",
    grain="one row per buyer",
    key=("buyer_id",),
    columns=(
        Column("buyer_id", "string", "the buyer; refers to buyers"),
        Column("as_of", "date", "newest day with an order of any buyer"),
        Column("segment", "string", "name of the segment", allowed=SEGMENTS),
        Column("recency_days", "int32", "days from the last order to as_of", unit="days", minimum=0),
        Column("orders", "int32", "orders of products", minimum=1),
        Column("monetary", "float64", "revenue in the house currency; lines without a known rate count as zero"),
        Column("breadth", "int32", "artists ordered", minimum=0),
        Column("fourth_quarter_share", "float64", "share of orders from October to December", minimum=0, maximum=1),
        Column("segment_count", "int32", "segments in this run", minimum=1),
        Column("stability", "float64", "adjusted Rand index between the segments of two halves of the buyers"),
    ),
    references={"buyer_id": "buyers"},
)

buyer_segments = derived_table(
    BUYER_SEGMENTS,
    inputs={
        "lines": Input.sql(
            """
            select l.buyer_id, l.order_date as ds, l.order_id, r.artist_id as item,
              cast(coalesce(l.house_revenue, 0) as double) as amount
            from gold.fct_order_line as l left join gold.dim_release as r using (release_id)
            where l.is_product and not l.is_return and l.buyer_id is not null
            order by all
            """
        )
    },
    compute="ml.buyers.segments:segment_buyers",
    group="buyers",
    description=__doc__,
)
