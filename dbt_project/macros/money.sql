{# How many days a rate of exchange may be old: over a weekend and a string of holidays, and no longer. #}
{% macro rate_days() %}7{% endmacro %}

{# The currency that gold sums up in, as the build has settled it; null in a lake without order lines. #}
{% macro house_currency() -%}
  {%- set found = run_query("select house_currency from build.money").columns[0].values() if execute else [none] -%}
  {%- if found and found[0] -%} '{{ found[0] }}' {%- else -%} cast(null as varchar) {%- endif -%}
{%- endmacro %}

{#
  An amount of four decimals in another currency, by the rates of both per euro, rounded once, half away from zero.

  In whole numbers, for a quotient of decimals is a float in DuckDB. Through the euro, and by no inverse or crossed
  rate, which would be rounded twice (Council Regulation (EC) No 1103/97, article 4). Null where a rate is, and where
  the result has no room.
#}
{% macro converted(amount, rate, house_rate) -%}
  {%- set units -%} cast(abs(cast({{ amount }} as decimal(38, 4))) * 10000 as hugeint) {%- endset -%}
  {%- set per_euro -%} cast(cast({{ rate }} as decimal(38, 8)) * 100000000 as hugeint) {%- endset -%}
  {%- set house_per_euro -%} cast(cast({{ house_rate }} as decimal(38, 8)) * 100000000 as hugeint) {%- endset -%}
  cast(
    try_cast(
      sign({{ amount }}) * ((2 * {{ units }} * {{ house_per_euro }} + {{ per_euro }}) // (2 * {{ per_euro }}))
      as decimal(18, 0)
    ) * cast(0.0001 as decimal(4, 4)) as decimal(18, 4)
  )
{%- endmacro %}
