"""What each campaign added, by segment of buyers: a difference in differences with releases that had none.

One row per campaign and segment, and one for `all` buyers. `uplift` is null where no spend is stated, the campaign is
not over, another one overlaps it, or sales or control are too few; `reason` says which. Traps: segments are those of
today; campaigns are for releases and reach everybody, so a segment's uplift says who answered and not who was chosen;
what the control releases lose to the campaign counts as uplift.
"""

from assets.buyers.segments import SEGMENTS
from assets.derived import Input, derived_table
from lake.contract import Column, Contract

CAMPAIGN_UPLIFT = Contract(
    name="campaign_uplift",
    layer="gold",
    grain="one row per campaign and segment",
    key=("campaign_id", "segment"),
    columns=(
        Column("campaign_id", "string", "the campaign; refers to fct_campaign"),
        Column("segment", "string", "segment of buyers, or all", allowed=(*SEGMENTS, "all")),
        Column("started_on", "date", "first day"),
        Column("ended_on", "date", "last day"),
        Column("spend", "float64", "money spent on the campaign, in all segments together", nullable=True),
        Column("currency", "string", "currency of the spend, ISO 4217", nullable=True),
        Column("units_before", "float64", "units of what it is for, in the 56 days before", nullable=True),
        Column("units_during", "float64", "units of what it is for, during it", nullable=True),
        Column("control_releases", "int32", "control releases with sales", nullable=True),
        Column("control_units_before", "float64", "their units in the 56 days before", nullable=True),
        Column("control_units_during", "float64", "their units during it", nullable=True),
        Column("expected_units", "float64", "units during it, had it moved as the control did", nullable=True),
        Column("uplift", "float64", "units over expected_units, less one", nullable=True),
        Column("low", "float64", "lower end of the 90% interval", nullable=True),
        Column("high", "float64", "upper end of the 90% interval", nullable=True),
        Column("extra_units", "float64", "units beyond expected_units", nullable=True),
        Column("reason", "string", "why there is no uplift", nullable=True),
    ),
    references={"campaign_id": "campaigns"},
)

campaign_uplift = derived_table(
    CAMPAIGN_UPLIFT,
    inputs={
        "campaigns": Input.sql(
            """
            select campaign_id, release_id, category as genre, started_on, ended_on,
              cast(spend as double) as spend, currency
            from gold.fct_campaign order by campaign_id
            """
        ),
        "sales": Input.sql(
            """
            select s.segment, l.release_id, l.order_date as ds, sum(cast(l.quantity as double)) as units
            from gold.fct_order_line as l inner join gold.buyer_segments as s using (buyer_id)
            where l.is_product and not l.is_return and l.release_id is not null
            group by all order by all
            """
        ),
        "releases": Input.sql(
            """
            select r.release_id, r.genre, min(d.sales_date) as first_day
            from gold.dim_release as r
            left join gold.fct_sales_day as d on r.release_id = d.release_id and d.gross_units > 0
            group by all order by all
            """
        ),
    },
    compute="ml.buyers.uplift:campaign_uplift",
    group="buyers",
    description=__doc__,
)
