select
    currency,
    rate_date,
    rate
from {{ source('silver', 'exchange_rates') }}
