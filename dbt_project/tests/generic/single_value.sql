{# At most one distinct value: sums over the column's rows would otherwise mix units. #}
{% test single_value(model, column_name) %}
select distinct {{ column_name }}
from {{ model }}
where (select count(distinct {{ column_name }}) from {{ model }}) > 1
{% endtest %}
