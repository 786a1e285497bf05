{#
  Whether the query gives the columns that the model's contract declares, asked in one question.

  dbt's own way asks two and compares in Jinja, which takes as long as the model; it is left to say what differs.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
  {%- if model['columns'] -%}
    {%- set differing -%}
      select count(*) as columns
      from (describe {{ duckdb__get_empty_subquery_sql(sql) }}) as given
      full join (describe {{ get_empty_schema_sql(model['columns']) }}) as declared using (column_name)
      where given.column_type is distinct from declared.column_type
    {%- endset -%}
    {%- if run_query(differing).columns[0].values()[0] == 0 -%} {{ return('') }} {%- endif -%}
  {%- endif -%}
  {{ return(assert_columns_equivalent(sql)) }}
{%- endmacro %}
