with file_rates as (
    {{ royalty_rates() }}
),

-- The nearest statement wins; the file goes before the product list, and its default fills what nobody states.
found as (
    select
        releases.release_id,
        own_rates.stated_percent as of_release,
        artists.stated_percent as of_artist,
        label_rates.stated_percent as of_label,
        releases.royalty_percent as of_list,
        default_rates.stated_percent as of_default
    from {{ ref('dim_release') }} as releases
    left join file_rates as own_rates
        on own_rates.stated_for = 'release' and releases.release_id = own_rates.number
    left join file_rates as artists
        on artists.stated_for = 'artist' and releases.artist_id = artists.number
    left join file_rates as label_rates
        on label_rates.stated_for = 'label' and releases.label_id = label_rates.number
    left join file_rates as default_rates
        on default_rates.stated_for = 'default'
)

select
    release_id,
    coalesce(of_release, of_artist, of_label, of_list, of_default) as royalty_percent,
    case
        when of_release is not null then 'release'
        when of_artist is not null then 'artist'
        when of_label is not null then 'label'
        when of_list is not null then 'product list'
        when of_default is not null then 'default'
    end as stated_by
from found
