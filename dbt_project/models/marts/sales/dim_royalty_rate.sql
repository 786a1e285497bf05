with file_rates as (
    {{ royalty_rates() }}
),

-- The nearest statement wins; the file goes before the product list, and its default fills what nobody states.
found as (
    select
        releases.release_id,
        own.percent as of_release,
        artists.percent as of_artist,
        labels.percent as of_label,
        releases.royalty_percent as of_list,
        defaults.percent as of_default
    from {{ ref('dim_release') }} as releases
    left join file_rates as own
        on own.level = 'release' and releases.release_id = own.number
    left join file_rates as artists
        on artists.level = 'artist' and releases.artist_id = artists.number
    left join file_rates as labels
        on labels.level = 'label' and releases.label_id = labels.number
    left join file_rates as defaults
        on defaults.level = 'default'
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
