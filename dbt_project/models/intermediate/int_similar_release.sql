-- Comparing every release with every other would cost the square of the catalogue. Those that can be alike stand close
-- to each other in some order, so each is compared with its neighbours in four of them.
{%- set orders = [
    ('artist_id', 'release_year'),
    ('label_id, genre', 'release_year'),
    ('genre', 'bpm'),
    ('genre', 'release_year'),
] %}

with releases as (
    select
        known.release_id,
        known.artist_id,
        known.label_id,
        known.genre,
        known.release_year,
        sound.embedding,
        coalesce(known.bpm, sound.bpm) as bpm
    from {{ ref('dim_release') }} as known
    left join {{ ref('int_release_sound') }} as sound
        on known.release_id = sound.release_id
),

neighbours as (
    {% for partition, along in orders %}
        select
            release_id,
            unnest(list(release_id) over nearby) as other_id
        from releases
        where {{ partition.split(', ')[0] }} is not null and {{ along }} is not null
        window
            nearby as (
                partition by {{ partition }}
                order by {{ along }}, release_id
                rows between 4 preceding and 4 following
                exclude current row
            )
        {% if not loop.last %}union{% endif %}
    {% endfor %}
),

compared as (
    select
        neighbours.release_id,
        neighbours.other_id,
        coalesce(3.0 * cast(releases.artist_id = candidates.artist_id as integer), 0)
        + coalesce(2.0 * cast(releases.label_id = candidates.label_id as integer), 0)
        + coalesce(1.0 * cast(releases.genre = candidates.genre as integer), 0)
        + coalesce(1.0 / (1 + abs(releases.release_year - candidates.release_year)), 0)
        + coalesce(greatest(0, 1 - abs(releases.bpm - candidates.bpm) / 20), 0)
        + coalesce(greatest(0, 2 * list_inner_product(releases.embedding, candidates.embedding) - 1), 0) as closeness
    from neighbours
    inner join releases
        on neighbours.release_id = releases.release_id
    inner join releases as candidates
        on neighbours.other_id = candidates.release_id
),

ranked as (
    select
        release_id,
        other_id,
        closeness,
        row_number() over (partition by release_id order by closeness desc, other_id asc) as place
    from compared
)

select
    release_id,
    list(other_id order by place) as similar_releases
from ranked
where place <= 5
group by release_id
