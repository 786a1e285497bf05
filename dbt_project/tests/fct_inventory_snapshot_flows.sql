{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'fct_inventory_snapshot'}}}) }}

-- Each day opens with what the one before it closed with: no unit comes or goes between two rows.
with days as (
    select
        *,
        lag(on_hand) over (partition by release_id, warehouse order by stock_date) as closed_before
    from {{ ref('fct_inventory_snapshot') }}
)

select
    release_id,
    warehouse,
    stock_date,
    opening,
    closed_before
from days
where opening <> closed_before
