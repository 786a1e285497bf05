with months as (
    select
        release_id,
        cast(date_trunc('month', sales_date) as date) as statement_month,
        cast(sum(net_units) as bigint) as net_units,
        case when bool_and(net_revenue is not null) then cast(sum(net_revenue) as decimal(18, 4)) end as net_revenue,
        min(currency) as currency
    from {{ ref('fct_sales_day') }}
    group by release_id, date_trunc('month', sales_date)
)

-- In ten thousandths of a percent, so that the royalty is exact before it is rounded to the cent.
select
    months.statement_month,
    releases.label_id,
    releases.label_name,
    months.release_id,
    releases.title,
    months.net_units,
    months.net_revenue,
    releases.royalty_percent,
    cast(
        round(months.net_revenue * cast(releases.royalty_percent as decimal(9, 4)) / 100, 2) as decimal(18, 2)
    ) as royalty,
    months.currency
from months
inner join {{ ref('dim_release') }} as releases
    on months.release_id = releases.release_id
where releases.label_id is not null
