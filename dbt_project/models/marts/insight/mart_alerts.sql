with history as (
    select
        alert_id,
        min(ds) filter (where event = 'acknowledged') as acknowledged_on,
        max(ds) filter (where event in ('resolved', 'cleared')) as last_closed_on,
        count(*) as event_count,
        count(distinct who) filter (where who <> 'rules') as people_count
    from {{ source('gold', 'alert_events') }}
    where event <> 'evaluated'
    group by alert_id
),

followed as (
    select max(ds) as followed_until from {{ source('gold', 'alert_events') }}
    where event = 'evaluated'
)

select
    alerts.alert_id,
    alerts.release_id,
    dim_release.title,
    dim_release.artist_name,
    dim_release.label_name,
    dim_release.format,
    alerts.type,
    alerts.cause,
    alerts.state,
    alerts.priority,
    alerts.stake,
    alerts.urgency,
    alerts.rank,
    alerts.message,
    alerts.next_step,
    alerts.rules,
    alerts.rule_version,
    alerts.opened_on,
    history.acknowledged_on,
    case when alerts.state = 'resolved' then history.last_closed_on end as closed_on,
    cast(history.acknowledged_on - alerts.opened_on as integer) as days_to_acknowledge,
    cast(
        case
            when alerts.state = 'resolved' then history.last_closed_on
            else greatest(followed.followed_until, alerts.opened_on)
        end
        - alerts.opened_on as integer
    ) as days_open,
    alerts.until,
    alerts.condition,
    alerts.changed_on,
    alerts.changed_by,
    alerts.why,
    alerts.times_reopened,
    alerts.feedback,
    coalesce(history.event_count, 0) as event_count,
    coalesce(history.people_count, 0) as people_count
from {{ source('gold', 'alerts') }} as alerts
cross join followed
left join history
    on alerts.alert_id = history.alert_id
left join {{ ref('dim_release') }} as dim_release
    on alerts.release_id = dim_release.release_id
