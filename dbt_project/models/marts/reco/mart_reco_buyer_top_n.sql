with newest as (
    select * from {{ source('gold', 'buyer_propensity') }}
    qualify origin = max(origin) over ()
)

select
    reco.buyer_id,
    buyers.company_name,
    buyers.country,
    segments.segment,
    newest.probability as order_probability_30d,
    reco.kind,
    reco.rank,
    reco.release_id,
    releases.title,
    releases.artist_name,
    releases.genre,
    releases.format,
    releases.release_date,
    releases.list_price,
    releases.currency,
    reco.score,
    reco.reason,
    reco.cited,
    case
        when reco.cited <> '' and reco.kind = 'catalogue'
            then
                'select a.release_id, count(distinct a.buyer_id) as both_have from fct_order_line as a '
                || 'inner join fct_order_line as b using (buyer_id) where a.is_product and b.is_product '
                || 'and a.release_id in (''' || replace(reco.cited, ',', ''', ''') || ''') '
                || 'and b.release_id = ''' || reco.release_id || ''' group by a.release_id'
    end as reason_sql,
    reco.model,
    reco.as_of
from {{ source('gold', 'recommendations') }} as reco
left join {{ ref('dim_buyer') }} as buyers
    on reco.buyer_id = buyers.buyer_id
left join {{ ref('dim_release') }} as releases
    on reco.release_id = releases.release_id
left join {{ source('gold', 'buyer_segments') }} as segments
    on reco.buyer_id = segments.buyer_id
left join newest
    on reco.buyer_id = newest.buyer_id
