{{ config(partition_by='order_month') }}

with order_lines as (
    select
        order_id,
        line_number,
        ordered_at,
        release_id,
        buyer_id,
        order_month
    from {{ ref('fct_order_line') }}
    where {{ requested_months('order_month') }}
),

releases as (
    select
        *,
        {{ version_key('release_id') }} as release_version_key,
        {{ serves_from('release_id') }} as serves_from,
        {{ serves_to('release_id') }} as serves_to
    from {{ source('silver', 'releases_history') }}
),

artists as (
    select
        *,
        {{ version_key('artist_id') }} as artist_version_key,
        {{ serves_from('artist_id') }} as serves_from,
        {{ serves_to('artist_id') }} as serves_to
    from {{ source('silver', 'artists_history') }}
),

buyers as (
    select
        *,
        {{ version_key('buyer_id') }} as buyer_version_key,
        {{ serves_from('buyer_id') }} as serves_from,
        {{ serves_to('buyer_id') }} as serves_to
    from {{ source('silver', 'buyers_history') }}
)

select
    order_lines.order_id,
    order_lines.line_number,
    order_lines.ordered_at,
    releases.release_version_key,
    artists.artist_version_key,
    buyers.buyer_version_key,
    coalesce(
        order_lines.ordered_at >= releases.valid_from
        and order_lines.ordered_at < coalesce(releases.valid_to, timestamptz 'infinity'), false
    ) as is_release_as_ordered,
    coalesce(
        order_lines.ordered_at >= artists.valid_from
        and order_lines.ordered_at < coalesce(artists.valid_to, timestamptz 'infinity'), false
    ) as is_artist_as_ordered,
    coalesce(
        order_lines.ordered_at >= buyers.valid_from
        and order_lines.ordered_at < coalesce(buyers.valid_to, timestamptz 'infinity'), false
    ) as is_buyer_as_ordered,
    order_lines.order_month
from order_lines
left join releases
    on
        order_lines.release_id = releases.release_id
        and order_lines.ordered_at >= releases.serves_from
        and order_lines.ordered_at < releases.serves_to
left join artists
    on
        releases.artist_id = artists.artist_id
        and order_lines.ordered_at >= artists.serves_from
        and order_lines.ordered_at < artists.serves_to
left join buyers
    on
        order_lines.buyer_id = buyers.buyer_id
        and order_lines.ordered_at >= buyers.serves_from
        and order_lines.ordered_at < buyers.serves_to
