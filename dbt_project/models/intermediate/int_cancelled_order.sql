{{ config(partition_by='order_month') }}

-- An order of the month's last day can be cancelled on the first of the next, so that month is read as well.
with order_lines as (
    select *
    from {{ ref('fct_order_line') }}
    where
        is_product
        and buyer_id is not null
        and {{ requested_months('order_month', following=1) }}
),

sold as (
    select
        order_id,
        order_month,
        buyer_id,
        release_id,
        sum(quantity) as units,
        min(min(ordered_at)) over (partition by order_id, order_month) as ordered_at
    from order_lines
    where order_type = 'sale' and quantity > 0
    group by order_id, order_month, buyer_id, release_id
),

given_back as (
    select
        order_id,
        buyer_id,
        release_id,
        sum(-quantity) as units,
        min(ordered_at) as ordered_at
    from order_lines
    where order_type = 'cancellation' and quantity < 0
    group by order_id, buyer_id, release_id
),

-- Only what some cancellation could touch is worked on.
candidates as (
    select sold.*
    from sold
    where
        {{ requested_months('order_month') }}
        and exists (
            select 1
            from given_back
            where
                given_back.buyer_id = sold.buyer_id
                and given_back.release_id = sold.release_id
                and given_back.ordered_at between sold.ordered_at and sold.ordered_at + interval 24 hours
        )
),

movements as (
    select
        order_id,
        buyer_id,
        release_id,
        ordered_at,
        -units as units_back,
        false as is_cancellation
    from sold
    union all
    select
        order_id,
        buyer_id,
        release_id,
        ordered_at,
        units as units_back,
        true as is_cancellation
    from given_back
),

-- What comes back is taken from the buyer's latest sale first: later sales count against it.
balances as (
    select
        candidates.order_id,
        candidates.order_month,
        candidates.release_id,
        candidates.units,
        movements.ordered_at as moved_at,
        sum(movements.units_back) over (
            partition by candidates.order_id, candidates.order_month, candidates.release_id
            order by movements.ordered_at, movements.is_cancellation, movements.order_id
        ) as units_back
    from candidates
    inner join movements
        on
            candidates.buyer_id = movements.buyer_id
            and candidates.release_id = movements.release_id
            and movements.ordered_at between candidates.ordered_at and candidates.ordered_at + interval 24 hours
            and (
                movements.is_cancellation
                or (movements.ordered_at, movements.order_id) > (candidates.ordered_at, candidates.order_id)
            )
),

emptied as (
    select
        order_id,
        order_month,
        release_id,
        min(moved_at) as emptied_at
    from balances
    where units_back >= units
    group by order_id, order_month, release_id
)

select
    sold.order_id,
    sold.order_month,
    sold.buyer_id,
    min(sold.ordered_at) as ordered_at,
    max(emptied.emptied_at) as cancelled_at,
    cast(sum(sold.units) as bigint) as units
from sold
left join emptied
    on
        sold.order_id = emptied.order_id
        and sold.order_month = emptied.order_month
        and sold.release_id = emptied.release_id
where {{ requested_months('sold.order_month') }}
group by sold.order_id, sold.order_month, sold.buyer_id
having count(*) = count(emptied.emptied_at)
