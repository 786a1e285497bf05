"""dbt-duckdb's door to the lake: Delta tables come in as views when the connection opens, and models go out to it.

The built-in way of reading sources by plugin (``load``) runs while dbt parses and would need the lake there; views
made when the connection opens do not.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig
from duckdb import DuckDBPyConnection

from resources.dbt.running import current


class Plugin(BasePlugin):
    """Hands dbt's connection and the rows it built to the build that is running."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Nothing to read from the profile: lake and versions come with the build."""
        self._connection: DuckDBPyConnection | None = None

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called once for each in-memory database, which lives for one invocation."""
        self._connection = conn
        conn.execute("set TimeZone = 'UTC'")
        build, due = current()
        build.open(conn, due)

    def store(self, target_config: TargetConfig) -> None:
        """Write the table that the materialization built to the model's Delta table."""
        assert self._connection is not None
        model = target_config.config.model
        build, _ = current()
        build.store(self._connection.cursor(), model.name, target_config.relation.render())
