{{ config(meta={'dagster': {'ref': {'name': 'fct_signal_day'}}}) }}

-- Nothing is lost or doubled on the way from silver: events agree in every month, values to rounding.
with silver as (
    select
        signal_month,
        count(*) as events,
        sum(value) as value_sum,
        sum(abs(value)) as size
    from {{ ref('stg_signals') }}
    group by signal_month
),

gold as (
    select
        signal_month,
        sum(events) as events,
        sum(value_sum) as value_sum
    from {{ ref('fct_signal_day') }}
    group by signal_month
)

select
    coalesce(silver.signal_month, gold.signal_month) as signal_month,
    silver.events as silver_events,
    gold.events as gold_events,
    silver.value_sum as silver_sum,
    gold.value_sum as gold_sum
from silver
full outer join gold
    on silver.signal_month = gold.signal_month
where
    silver.events is distinct from gold.events
    or abs(silver.value_sum - gold.value_sum) > 1e-9 * silver.size
