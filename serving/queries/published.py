"""The published state as the command line opens it, and what it answers to a query that fails."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from serving.failures import explained, fail
from serving.options import current_tenant

if TYPE_CHECKING:
    import duckdb

    from serving.queries.reader import Reader


def open_published(lake: str) -> "duckdb.DuckDBPyConnection":
    """A DuckDB with a view per published table; ends the command where there is no lake or nothing is published."""
    from lake.lakehouse import Lake

    with explained(ValueError):
        root = Lake(lake)
    if not root.root.is_dir():
        fail(f"no lake at {root.root}: build one with lacquer run --lake {lake}, or name another with --lake")
    if not root.published():
        fail(f"nothing is published in {root.root} yet: finish a run with lacquer run --lake {lake}")
    connection = root.connect_published()
    if "bronze/dead_letters" in root.published():
        from lake.ingest.reasons import create_reasons_view

        create_reasons_view(connection)
    if current_tenant() is not None:
        _lock(connection, root.root)
    return connection


def _lock(connection: "duckdb.DuckDBPyConnection", root: Path) -> None:
    """Keep the SQL of a tenant within its lake: no other file, address or extension, and no way back."""
    from lake.delta.views import literal

    connection.execute(f"set allowed_directories = [{literal(str(root) + '/')}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def open_reader(lake: str) -> "tuple[Reader, Path]":
    """A reader of the whole published state, and the lake's folder; ends the command where nothing is published."""
    from lake.lakehouse import Lake
    from serving.queries.publications import read_state
    from serving.queries.reader import Reader

    with explained(ValueError):
        root = Lake(lake)
    if not root.root.is_dir():
        fail(f"no lake at {root.root}: build one with lacquer run --lake {lake}, or name another with --lake")
    state = read_state(root)
    if not state.versions:
        fail(f"nothing is published in {root.root} yet: finish a run with lacquer run --lake {lake}")
    return Reader(root, state), Path(root.root)


def published_tables(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """Published tables as layer.name, in order."""
    return [
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema <> 'main' order by all"
        ).fetchall()
    ]


def explain(error: "duckdb.Error", connection: "duckdb.DuckDBPyConnection") -> str:
    """DuckDB's message; for an unknown table the published names that are near to it instead of DuckDB's guess."""
    message = str(error).strip()
    unknown = re.search(r"Table with name (\S+) does not exist", message)
    if unknown is None:
        return message
    names = sorted(table.split(".")[1] for table in published_tables(connection))
    near = get_close_matches(unknown[1].split(".")[-1], names)
    hint = f"did you mean {' or '.join(near)}?" if near else f"published are {', '.join(names)}"
    return f"no published table {unknown[1]}: {hint}"
