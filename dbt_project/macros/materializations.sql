{#
  A model as a Delta table of the lake.

  The rows are built in memory under the enforced contract, then the plugin writes them: the requested partitions, or
  the whole table, with the versions that were read in the same commit. What to do was decided before dbt ran; a model
  whose sources have not moved is not run at all.
#}
{% materialization delta, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set built = make_intermediate_relation(this.incorporate(type='table')) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') -%}
    {{ create_table_as(False, built, compiled_code) }}
  {%- endcall %}
  {{ adapter.commit() }}
  {% do adapter.store_relation('lake', built, [], '', 'delta', config) %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
  A view for the time of one build.

  The database begins empty, so nothing stands where the view is to be; dbt's own way makes it under another name, looks
  for what stands there, and renames and drops, in eight statements.
#}
{% materialization view, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') -%}
    {{ create_view_as(target_relation, compiled_code) }}
  {%- endcall %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
