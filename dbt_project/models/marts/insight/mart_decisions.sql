with open_alerts as (
    select
        release_id,
        count(*) as open_alerts,
        arg_min(message, rank) as first_alert
    from {{ source('gold', 'alerts') }}
    where state <> 'resolved'
    group by release_id
)

select
    decisions.release_id,
    decisions.origin,
    dim_release.title,
    dim_release.artist_name,
    dim_release.label_name,
    dim_release.genre,
    dim_release.format,
    decisions.kind,
    decisions.rank,
    decisions.risk,
    stock.available,
    stock.incoming,
    stock.days_of_cover,
    decisions.stock_target,
    decisions.expected_returns,
    decisions.order_units,
    decisions.order_cost,
    decisions.profit_low,
    decisions.profit_expected,
    decisions.profit_high,
    decisions.advertising_before,
    decisions.advertising_budget,
    decisions.advertising_gain,
    decisions.advertising_estimator,
    decisions.advertising_budget - decisions.advertising_before as advertising_change,
    decisions.impact,
    decisions.confidence,
    decisions.urgency,
    decisions.score,
    decisions.reason,
    coalesce(open_alerts.open_alerts, 0) as open_alerts,
    open_alerts.first_alert,
    decisions.model,
    decisions.rule_version
from {{ source('gold', 'decisions') }} as decisions
left join {{ ref('dim_release') }} as dim_release
    on decisions.release_id = dim_release.release_id
left join {{ ref('mart_stock_cover') }} as stock
    on decisions.release_id = stock.release_id
left join open_alerts
    on decisions.release_id = open_alerts.release_id
