"""Whether buyers are who they seem."""

from lake.quality.suites import Suite, expect

BUYERS = Suite(
    name="buyers",
    table="gold/dim_buyer",
    question="Is each buyer one customer, and none too large?",
    query="""
with sold as (
  select buyer_id, sum(house_revenue)::double as revenue from gold.fct_order_line
  where order_date > (select max(order_date) from gold.fct_order_line) - 365 group by all
)
select buyer_id, country,
  count(*) over (partition by regexp_replace(lower(company_name), '[^\\w]', '', 'g'), country) as same_name,
  revenue / nullif(sum(revenue) over (), 0) as share_of_revenue
from gold.dim_buyer left join sold using (buyer_id)
""",
    row=("buyer_id",),
    expectations=(
        expect(
            "column_values_to_be_between",
            "companies of one name in one country are one customer with two numbers",
            column="same_name",
            max_value=1,
            mostly=0.98,
        ),
        expect(
            "column_values_to_be_between",
            "half of a year's revenue from one buyer is a risk, or many buyers under one number",
            column="share_of_revenue",
            max_value=0.5,
        ),
        expect(
            "column_values_to_not_be_null",
            "taxes and shipping need the buyer's country",
            column="country",
            mostly=0.95,
        ),
    ),
)
