{#
  The rates of the installation's file as rows of level (release, artist, label, default), number and percent; none
  outside a build.
#}
{% macro royalty_rates() -%}
  {%- set found = run_query("select stated_for, number, stated_percent from build.royalty_rates").rows if execute else [] -%}
  {%- for level, number, percent in found %}
    select '{{ level }}' as stated_for, '{{ number | replace("'", "''") }}' as number, cast({{ percent }} as decimal(7, 4)) as stated_percent
    union all
  {%- endfor %}
    select cast(null as varchar) as stated_for, cast(null as varchar) as number, cast(null as decimal(7, 4)) as stated_percent
    where false
{%- endmacro %}
