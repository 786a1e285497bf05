select
    campaign_id,
    name,
    channel,
    release_id,
    category,
    started_on,
    ended_on,
    spend,
    currency
from {{ source('silver', 'campaigns') }}
