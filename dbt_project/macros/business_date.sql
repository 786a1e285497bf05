{# The time zone of business days, as the build has settled it. #}
{% macro business_zone() -%}
  {{ run_query("select time_zone from build.calendar").columns[0].values()[0] if execute else 'UTC' }}
{%- endmacro %}

{#
  The day of a moment in the time zone of the business.

  Midnight of UTC is how sources state a day without a time, and stays that day in every zone.
#}
{% macro business_date(moment) -%}
  {%- if business_zone() == 'UTC' -%} cast({{ moment }} as date)
  {%- else -%}
    if(
      {{ moment }} = date_trunc('day', {{ moment }}),
      cast({{ moment }} as date), cast(timezone('{{ business_zone() }}', {{ moment }}) as date)
    )
  {%- endif -%}
{%- endmacro %}

{# How many months of UTC around a business month hold moments of it. #}
{% macro neighbour_months() -%} {{ 0 if business_zone() == 'UTC' else 1 }} {%- endmacro %}
