with attention as (
    -- A place on a chart counts as its inverse: the first counts ten times the tenth.
    select
        entity_type,
        entity_id,
        kind,
        source,
        signal_date,
        case
            when kind != 'chart_position' then greatest(value_sum, 0)
            when value_min >= 1 then 1 / value_min
        end as amount
    from {{ ref('fct_signal_day') }}
    where kind in ('plays', 'streams', 'views', 'searches', 'mentions', 'chart_position')
),

last_days as (
    select max(sales_date) as last_day
    from {{ ref('fct_sales_day') }}
    union all
    select max(signal_date) as last_day
    from attention
),

newest as (
    select max(last_day) as as_of
    from last_days
),

reaches as (
    select
        'release' as entity_type,
        release_id as entity_id,
        release_id
    from {{ ref('dim_release') }}
    union all
    select
        'artist' as entity_type,
        artist_id as entity_id,
        release_id
    from {{ ref('dim_release') }}
    where artist_id is not null
    union all
    select
        'track' as entity_type,
        track_id as entity_id,
        release_id
    from {{ ref('stg_tracks') }}
    where release_id is not null
),

recent_attention as (
    select
        attention.entity_type,
        attention.entity_id,
        attention.kind,
        attention.source,
        coalesce(sum(attention.amount) filter (where attention.signal_date > newest.as_of - 28), 0) as lately,
        coalesce(sum(attention.amount) filter (where attention.signal_date <= newest.as_of - 28), 0) as earlier
    from attention
    cross join newest
    where attention.signal_date > newest.as_of - 56 and attention.signal_date <= newest.as_of
    group by attention.entity_type, attention.entity_id, attention.kind, attention.source
),

changes as (
    select
        reaches.release_id,
        recent_attention.kind,
        recent_attention.source,
        (sum(recent_attention.lately) - sum(recent_attention.earlier))
        / nullif(sum(recent_attention.lately) + sum(recent_attention.earlier), 0) as score
    from recent_attention
    inner join reaches
        on recent_attention.entity_type = reaches.entity_type and recent_attention.entity_id = reaches.entity_id
    group by reaches.release_id, recent_attention.kind, recent_attention.source
),

momentum as (
    select
        release_id,
        avg(score) as social_momentum_score
    from changes
    group by release_id
),

sold as (
    select
        releases.artist_id,
        releases.genre,
        sales.release_id,
        sales.order_month,
        sum(sales.gross_units) as units
    from {{ ref('fct_sales_day') }} as sales
    inner join {{ ref('dim_release') }} as releases
        on sales.release_id = releases.release_id
    group by releases.artist_id, releases.genre, sales.release_id, sales.order_month
),

artists as (
    select
        artist_id,
        sum(units) / count(distinct release_id) as historical_artist_avg_sales
    from sold
    where artist_id is not null and units > 0
    group by artist_id
),

first_month as (
    -- The first month that was whole.
    select date_trunc('month', min(sales_date) + interval 1 month - interval 1 day) as month_start
    from {{ ref('fct_sales_day') }}
),

spans as (
    -- The last 24 whole months, or the last 12, so that each month of the year counts as often as any other.
    select
        month(newest.as_of + 1) as coming_month,
        date_trunc('month', newest.as_of + 1) as end_month,
        date_trunc('month', newest.as_of + 1)
        - to_months(
            case
                when datediff('month', first_month.month_start, date_trunc('month', newest.as_of + 1)) >= 24 then 24
                else 12
            end
        ) as begin_month
    from newest
    cross join first_month
    where datediff('month', first_month.month_start, date_trunc('month', newest.as_of + 1)) >= 12
),

whole_months as (
    select
        dates.month_start,
        dates.month_number = spans.coming_month as is_coming,
        count(*) as day_count
    from {{ ref('dim_date') }} as dates
    inner join spans
        on dates.date_day < spans.end_month and dates.date_day >= spans.begin_month
    group by dates.month_start, dates.month_number, spans.coming_month
),

span_totals as (
    select
        sum(day_count) as day_count,
        sum(day_count) filter (where is_coming) as coming_day_count
    from whole_months
),

seasons as (
    -- A row per genre, and one without a genre for all of them together.
    select
        sold.genre,
        grouping(sold.genre) = 1 as is_all,
        (sum(sold.units) filter (where whole_months.is_coming) / any_value(span_totals.coming_day_count))
        / nullif(sum(sold.units) / any_value(span_totals.day_count), 0) as seasonality_factor
    from sold
    inner join whole_months
        on sold.order_month = whole_months.month_start
    cross join span_totals
    group by rollup (sold.genre)
)

select
    releases.release_id as product_id,
    releases.artist_id,
    releases.genre as genre_primary,
    coalesce(releases.bpm, sound.bpm) as bpm,
    releases.release_date,
    cast(artists.historical_artist_avg_sales as double) as historical_artist_avg_sales,
    momentum.social_momentum_score,
    cast(
        case
            when seasons.genre is not null then coalesce(seasons.seasonality_factor, 0) else overall.seasonality_factor
        end
        as double
    ) as seasonality_factor,
    coalesce(similar_to.similar_releases, []) as similar_products,
    releases.marketing_budget_tier,
    sound.musical_key,
    sound.loudness_lufs
from {{ ref('dim_release') }} as releases
left join artists
    on releases.artist_id = artists.artist_id
left join momentum
    on releases.release_id = momentum.release_id
left join seasons
    on releases.genre = seasons.genre and not seasons.is_all
left join seasons as overall
    on overall.is_all
left join {{ ref('int_similar_release') }} as similar_to
    on releases.release_id = similar_to.release_id
left join {{ ref('int_release_sound') }} as sound
    on releases.release_id = sound.release_id
