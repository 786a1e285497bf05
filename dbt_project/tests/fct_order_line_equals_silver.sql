{{ config(meta={'dagster': {'ref': {'name': 'fct_order_line'}}}) }}

-- Nothing is lost or doubled on the way from silver: lines, units and revenue agree in every month of UTC.
with silver as (
    select
        order_month,
        count(*) as line_count,
        sum(quantity) as units,
        sum(quantity * unit_price) as revenue
    from {{ ref('stg_order_lines') }}
    group by order_month
),

gold as (
    select
        cast(date_trunc('month', ordered_at) as date) as order_month,
        count(*) as line_count,
        sum(quantity) as units,
        sum(net_revenue) as revenue
    from {{ ref('fct_order_line') }}
    group by all
)

select
    coalesce(silver.order_month, gold.order_month) as order_month,
    silver.line_count as silver_lines,
    gold.line_count as gold_lines,
    silver.units as silver_units,
    gold.units as gold_units,
    silver.revenue as silver_revenue,
    gold.revenue as gold_revenue
from silver
full outer join gold
    on silver.order_month = gold.order_month
where
    silver.line_count is distinct from gold.line_count
    or silver.units is distinct from gold.units
    or silver.revenue is distinct from gold.revenue
