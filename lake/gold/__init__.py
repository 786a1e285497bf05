"""What a build of gold does: which models and months are due, which tests have passed, and how a table is committed.

Pure over dbt's manifest and Delta's logs: neither dbt nor Dagster is imported here. `resources/dbt` runs dbt.
"""
