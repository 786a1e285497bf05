{# A part of the fiscal calendar that the build has settled: first_month, 1 to 12, or first_weekday, 1 to 7. #}
{% macro fiscal_calendar(part) -%}
  {{ run_query("select " ~ part ~ " from build.calendar").columns[0].values()[0] if execute else 1 }}
{%- endmacro %}
