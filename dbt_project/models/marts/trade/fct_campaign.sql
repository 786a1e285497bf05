with campaigns as (
    select
        *,
        coalesce(ended_on, started_on) as last_day
    from {{ ref('stg_campaigns') }}
)

select
    campaign_id,
    name,
    channel,
    release_id,
    category,
    started_on,
    last_day as ended_on,
    cast(date_diff('day', started_on, last_day) + 1 as integer) as length_days,
    spend,
    currency
from campaigns
