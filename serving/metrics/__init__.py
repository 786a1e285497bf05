"""Metrics by name: MetricFlow compiles a question, and the reader's own views answer it.

What a metric is stands in `dbt_project/models/semantic/`. `layer` compiles and asks. A new metric is a few lines of
YAML there and nothing here. The packages of `make serve-tools` are needed; dbt and `lacquer run` do without them.
"""
