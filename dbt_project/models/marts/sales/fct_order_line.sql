{{ config(partition_by='order_month') }}

with order_lines as (
    select
        *,
        {{ business_date('ordered_at') }} as order_date,
        cast(quantity * unit_price as decimal(18, 4)) as net_revenue,
        {{ house_currency() }} as house_currency
    from {{ ref('stg_order_lines') }}
    where {{ requested_months('order_month', neighbour_months(), neighbour_months()) }}
),

-- Most lines are in the house currency and ask for no rate: what is left is a few currencies on some hundred days.
foreign_days as (
    select distinct
        currency,
        order_date,
        house_currency
    from order_lines
    where currency <> house_currency
),

wanted as (
    select
        currency,
        order_date
    from foreign_days
    union
    select
        house_currency as currency,
        order_date
    from foreign_days
),

-- The last rate known on the day, never a later one, and none that is too old.
rates as (
    select
        wanted.currency,
        wanted.order_date,
        max_by(known.rate, known.rate_date) as rate,
        max(known.rate_date) as rate_date
    from wanted
    inner join {{ ref('stg_exchange_rates') }} as known
        on
            wanted.currency = known.currency
            and wanted.order_date >= known.rate_date
            and wanted.order_date <= known.rate_date + {{ rate_days() }}
    group by wanted.currency, wanted.order_date
),

day_rates as (
    select
        foreign_days.currency,
        foreign_days.order_date,
        if(foreign_days.currency = 'EUR', 1, own.rate) as rate,
        if(foreign_days.house_currency = 'EUR', 1, house.rate) as house_rate,
        least(own.rate_date, house.rate_date) as rate_date
    from foreign_days
    left join rates as own
        on foreign_days.currency = own.currency and foreign_days.order_date = own.order_date
    left join rates as house
        on foreign_days.house_currency = house.currency and foreign_days.order_date = house.order_date
)

select
    order_lines.order_id,
    order_lines.line_number,
    order_lines.ordered_at,
    order_lines.order_date,
    orders.buyer_id,
    orders.country,
    order_lines.release_id,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.net_revenue,
    order_lines.currency,
    case
        when order_lines.currency = order_lines.house_currency then order_lines.net_revenue
        else {{ converted('order_lines.net_revenue', 'day_rates.rate', 'day_rates.house_rate') }}
    end as house_revenue,
    order_lines.house_currency,
    if(day_rates.rate is not null and day_rates.house_rate is not null, day_rates.rate_date, null) as rate_date,
    coalesce(order_lines.currency <> orders.currency, false) as is_currency_disputed,
    order_lines.is_return,
    order_lines.is_product,
    order_lines.order_type,
    cast(date_trunc('month', order_lines.order_date) as date) as order_month
from order_lines
left join {{ ref('stg_orders') }} as orders
    on order_lines.order_id = orders.order_id
left join day_rates
    on order_lines.currency = day_rates.currency and order_lines.order_date = day_rates.order_date
where {{ requested_months("cast(date_trunc('month', order_lines.order_date) as date)") }}
