"""What plugs into dbt-duckdb: the way of Delta tables in and out.

Only glue lives here, in the shape that dbt-duckdb asks for; what it calls is in ``lake/gold/build.py``. To add a
plugin: one module with a class ``Plugin``, named in ``profiles.yml``.
"""
