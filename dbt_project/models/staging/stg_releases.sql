select
    release_id,
    title,
    artist_id,
    label_id,
    genre,
    format,
    release_date,
    release_year,
    list_price,
    currency,
    ean,
    catalogue_number,
    unit_cost,
    marketing_budget_tier,
    is_published
from {{ source('silver', 'releases') }}
