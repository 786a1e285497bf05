{#
  A model as a Delta table of the lake.

  The rows are built in memory under the enforced contract, then the plugin writes them: the requested partitions, or
  the whole table, with the versions that were read in the same commit. What to do was decided before dbt ran and
  stands in `build.steps`; a model whose sources have not moved is left alone and gets no new version.
#}
{% materialization delta, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set built = make_intermediate_relation(this.incorporate(type='table')) -%}
  {%- set steps = run_query("select mode from build.steps where model = '" ~ model.name ~ "'") -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {%- if steps.columns[0].values() | first == 'skip' -%}
    {% call noop_statement('main', message='SKIP', code='SKIP', rows_affected=0) -%}
      -- {{ model.name }}: no source has changed since its last version
    {%- endcall %}
  {%- else -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
      {{ create_table_as(False, built, compiled_code) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {% do adapter.store_relation('lake', built, adapter.get_columns_in_relation(built), '', 'delta', config) %}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
