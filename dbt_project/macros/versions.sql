{# The key of a version of a dimension: the row's own key and the microsecond from which it holds. It stays the same
   when other versions come between. #}
{% macro version_key(key) -%} {{ key }} || '@' || cast(epoch_us(valid_from) as varchar) {%- endmacro %}

{# From when to when a version serves facts: the first one also those before it, each one up to the next. #}
{% macro serves_from(key) -%}
  if(lag(valid_from) over (partition by {{ key }} order by valid_from) is null, timestamptz '-infinity', valid_from)
{%- endmacro %}
{% macro serves_to(key) -%}
  coalesce(lead(valid_from) over (partition by {{ key }} order by valid_from), timestamptz 'infinity')
{%- endmacro %}
