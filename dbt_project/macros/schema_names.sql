{# Schemas are layers of the lake: a model's own schema stands alone, it is not appended to the profile's. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}
