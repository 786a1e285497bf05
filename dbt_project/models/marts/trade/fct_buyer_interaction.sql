with interactions as (
    select
        *,
        {{ business_date('occurred_at') }} as interaction_date
    from {{ ref('stg_buyer_interactions') }}
)

-- Of the same buyer: the first contact of all has none before it.
select
    interaction_id,
    buyer_id,
    kind,
    occurred_at,
    interaction_date,
    release_id,
    outcome,
    cast(
        date_diff(
            'day',
            lag(interaction_date) over (partition by buyer_id order by occurred_at, interaction_id),
            interaction_date
        ) as integer
    ) as days_since_contact
from interactions
