with scored as (
    select
        review_id,
        entity_type,
        entity_id,
        cast(date_trunc('month', reviewed_at) as date) as review_month,
        rating_share,
        score,
        label as sentiment,
        aspects
    from {{ source('gold', 'review_sentiment') }}
),

mentions as (
    select
        scored.entity_type,
        scored.entity_id,
        scored.review_month,
        scored.review_id,
        scored.rating_share,
        json_extract_string(mention.value, '$.aspect') as aspect,
        cast(json_extract_string(mention.value, '$.score') as double) as score,
        json_extract_string(mention.value, '$.label') as sentiment
    from scored, json_each(scored.aspects) as mention
    where scored.aspects is not null
),

said as (
    select
        entity_type,
        entity_id,
        review_month,
        review_id,
        rating_share,
        'all' as aspect,
        score,
        sentiment
    from scored
    union all
    select
        entity_type,
        entity_id,
        review_month,
        review_id,
        rating_share,
        aspect,
        score,
        sentiment
    from mentions
),

months as (
    select
        entity_type,
        entity_id,
        review_month,
        aspect,
        count(distinct review_id) as reviews,
        avg(score) as score_mean,
        count(*) filter (where sentiment = 'positive') as positive,
        count(*) filter (where sentiment = 'negative') as negative,
        avg(rating_share) as rating_mean
    from said
    group by all
)

select
    entity_type,
    entity_id,
    review_month,
    aspect,
    reviews,
    score_mean,
    positive,
    negative,
    rating_mean,
    rating_mean - lag(rating_mean) over before_it as rating_change,
    score_mean - lag(score_mean) over before_it as score_change
from months
window before_it as (partition by entity_type, entity_id, aspect order by review_month)
