"""Dashboards for Apache Superset over gold: datasets, charts, the bundle that Superset imports, a server of one's own.

`dashboards` says which charts there are, `datasets` where their columns and metrics come from: metrics are those of
`dbt_project/models/semantic/`, so that Superset, API and copilot show one number. A new chart is one entry there.
"""
