select
    recommended.release_id,
    recommended.strategy,
    recommended.as_of,
    dim_release.title,
    dim_release.artist_name,
    dim_release.genre,
    dim_release.format,
    elasticity.elasticity,
    elasticity.low as elasticity_low,
    elasticity.high as elasticity_high,
    recommended.current_price,
    recommended.price,
    recommended.price / nullif(recommended.current_price, 0) - 1 as price_change_share,
    recommended.units_now,
    recommended.units,
    recommended.units_low,
    recommended.units_high,
    recommended.revenue - recommended.revenue_now as revenue_gain,
    recommended.margin - recommended.margin_now as margin_gain,
    recommended.binding,
    recommended.conflict,
    recommended.currency
from {{ source('gold', 'price_recommendations') }} as recommended
left join {{ ref('dim_release') }} as dim_release
    on recommended.release_id = dim_release.release_id
left join {{ source('gold', 'price_elasticities') }} as elasticity
    on recommended.release_id = elasticity.release_id
