{# Each version ends at the latest when the next begins, none ends before it begins, and only the last is current. #}
{% test spans_apart(model, key) %}
with spans as (
    select
        *,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
    from {{ model }}
)

select
    {{ key }},
    valid_from,
    valid_to,
    next_from
from spans
where
    valid_to <= valid_from
    or is_current <> (valid_to is null)
    or (next_from is not null and (valid_to is null or valid_to > next_from))
{% endtest %}
