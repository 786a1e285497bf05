with scores as (
    select * from {{ source('gold', 'forecast_scores') }}
),

simple as (
    select
        target,
        horizon_days,
        origin,
        population,
        pinball
    from scores
    where model = 'mean_28'
)

select
    scores.target,
    scores.horizon_days,
    scores.population,
    scores.origin,
    scores.model,
    scores.serves,
    scores.n as releases,
    scores.wape,
    scores.bias,
    scores.rmsse,
    scores.pinball,
    simple.pinball as pinball_of_mean_28,
    1 - scores.pinball / nullif(simple.pinball, 0) as skill,
    case
        when scores.model != 'served' then
            cast(rank() over (
                partition by
                    scores.target, scores.horizon_days, scores.population, scores.origin, scores.model = 'served'
                order by scores.pinball nulls last
            ) as integer)
    end as pinball_rank,
    scores.pinball_ratio,
    scores.pinball_ratio_limit,
    scores.wape_ratio,
    scores.wape_ratio_limit,
    scores.coverage_p90,
    scores.width
from scores
left join simple
    on
        scores.target = simple.target
        and scores.horizon_days = simple.horizon_days
        and scores.population = simple.population
        and scores.origin is not distinct from simple.origin
