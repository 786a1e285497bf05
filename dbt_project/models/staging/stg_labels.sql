select
    label_id,
    name,
    country
from {{ source('silver', 'labels') }}
