"""What MetricFlow needs to know of the database to write SQL for it. It never connects: the reader runs the SQL."""

from typing import Any, NoReturn

from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer


class CompilingClient:
    """A client of MetricFlow's protocol that only says how DuckDB is spoken."""

    @property
    def sql_engine_type(self) -> SqlEngine:
        """DuckDB."""
        return SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> DuckDbSqlPlanRenderer:
        """Writes plans as DuckDB's SQL."""
        return DuckDbSqlPlanRenderer()

    def query(self, stmt: str, sql_bind_parameter_set: Any = None) -> NoReturn:
        """Refuse: questions are compiled here and run by a reader."""
        raise RuntimeError(f"this client only compiles; run it on a reader's views: {stmt[:80]}")

    execute = query
    dry_run = query

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """How a parameter is written in DuckDB."""
        return f"${bind_parameter_key}"

    def close(self) -> None:
        """Nothing is open."""
