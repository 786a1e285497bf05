with newest as (
    select max(order_date) as as_of_date from {{ ref('int_product_line') }}
),

buyers as (
    select
        buyer_id,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(distinct order_id) as frequency,
        case when bool_and(house_revenue is not null) then cast(sum(house_revenue) as decimal(18, 4)) end as monetary,
        min(house_currency) as currency
    from {{ ref('int_product_line') }}
    where is_gross and buyer_id is not null
    group by buyer_id
),

-- Shares of the others that a buyer leaves behind, so that equals score equally; a quantile would part them by chance.
ranked as (
    select
        *,
        percent_rank() over (order by last_order_date) as recency_rank,
        percent_rank() over (order by frequency) as frequency_rank,
        percent_rank() over (partition by monetary is null order by monetary) as monetary_rank
    from buyers
),

scored as (
    select
        *,
        cast(least(5, 1 + floor(5 * recency_rank)) as integer) as recency_score,
        cast(least(5, 1 + floor(5 * frequency_rank)) as integer) as frequency_score,
        case
            when monetary is not null then cast(least(5, 1 + floor(5 * monetary_rank)) as integer)
        end as monetary_score
    from ranked
)

select
    scored.buyer_id,
    newest.as_of_date,
    scored.first_order_date,
    scored.last_order_date,
    cast(newest.as_of_date - scored.last_order_date as integer) as recency_days,
    scored.frequency,
    scored.monetary,
    scored.currency,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    cast(scored.recency_score as varchar) || scored.frequency_score || scored.monetary_score as rfm_score
from scored
cross join newest
