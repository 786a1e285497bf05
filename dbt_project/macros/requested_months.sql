{#
  The condition that a row lies in a month that this invocation rebuilds.

  The plan of the build stands in `build.requested`; a model that is rebuilt in full has no rows there and the
  condition is `true`, as it is in unit tests. `following` adds as many months after each requested one, for a model
  whose rows depend on what happens shortly after, `before` as many before.
#}
{% macro requested_months(column, following=0, before=0) -%}
  {%- if not execute or model.resource_type != 'model' -%}
    true
  {%- else -%}
    {%- set months = run_query(
      "select distinct strftime(month + to_months(cast(step as integer)), '%Y-%m-%d') as month"
      ~ " from build.requested cross join range(" ~ (0 - before | int) ~ ", " ~ (following | int + 1) ~ ") as steps(step)"
      ~ " where model = '" ~ model.name ~ "' order by month"
    ).columns[0].values() -%}
    {%- if months | length == 0 -%}
      true
    {%- else -%}
      {{ column }} in (date '{{ months | join("', date '") }}')
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
