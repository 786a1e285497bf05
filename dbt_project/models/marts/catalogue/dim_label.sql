select
    label_id,
    name,
    country
from {{ ref('stg_labels') }}
