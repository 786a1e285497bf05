-- A sum that lacks a line would pass for the whole: without a rate of exchange for each line there is no revenue.
with months as (
    select
        release_id,
        order_month as statement_month,
        cast(coalesce(sum(quantity) filter (where quantity > 0), 0) as bigint) as sold_units,
        cast(coalesce(sum(-quantity) filter (where quantity < 0), 0) as bigint) as returned_units,
        case
            when bool_and(house_revenue is not null) then cast(sum(house_revenue) as decimal(18, 4))
        end as net_revenue,
        min(house_currency) as currency
    from {{ ref('int_product_line') }}
    group by release_id, order_month
)

-- Decimals throughout, so that the royalty is exact before it is rounded to the cent, half away from zero.
select
    months.statement_month,
    releases.label_id,
    releases.label_name,
    releases.artist_id,
    releases.artist_name,
    months.release_id,
    releases.title,
    months.sold_units,
    months.returned_units,
    months.sold_units - months.returned_units as net_units,
    months.net_revenue,
    rates.royalty_percent,
    rates.stated_by,
    cast(
        round(
            cast(months.net_revenue as decimal(28, 4)) * rates.royalty_percent * cast(0.01 as decimal(3, 2)), 2
        ) as decimal(18, 2)
    ) as royalty,
    months.currency
from months
inner join {{ ref('dim_release') }} as releases
    on months.release_id = releases.release_id
inner join {{ ref('dim_royalty_rate') }} as rates
    on months.release_id = rates.release_id
