"""SQL that people and assistants send: one SELECT over gold, with a time limit, in the scope of who asks.

Three walls: DuckDB's own syntax tree is walked for tables and functions that are not allowed; the database has no
access to files beside the lake's gold, and its settings are locked; a timer ends the query.
"""

import json
import threading
from typing import Any

from pydantic import BaseModel

from serving.queries.publications import Publications
from serving.queries.reader import Reader
from serving.queries.scopes import Scope

SECONDS = 10.0
MOST_ROWS = 200
MEMORY = "1GB"
OPEN_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
CLOSED_FUNCTIONS = frozenset(
    {"getenv", "getvariable", "current_setting", "query", "query_table", "read_text", "read_blob", "pg_read_file"}
)


class SqlRefusedError(ValueError):
    """A query that is not run, or ended, and why."""


class Rows(BaseModel):
    """The answer to a query.

    Attributes:
        columns: their names.
        rows: values as JSON has them; others as text.
        is_cut: whether there are more rows than are shown.
        published_state: that they are of.
    """

    columns: list[str]
    rows: list[list[Any]]
    is_cut: bool
    published_state: int


class GuardedSql:
    """Runs queries over the newest published state.

    Args:
        publications: of the lake.
        seconds: after which a query is ended.
    """

    def __init__(self, publications: Publications, seconds: float = SECONDS) -> None:
        self._publications, self._seconds = publications, seconds
        self._lock = threading.Lock()
        self._readers: dict[Scope, Reader] = {}

    def ask(self, sql: str, scope: Scope) -> Rows:
        """The rows of one SELECT.

        Raises:
            SqlRefusedError: the query is not allowed, wrong, or took too long.
        """
        import duckdb

        reader = self._reader(scope)
        cursor = reader.cursor()
        self._check(sql, cursor)
        timer = threading.Timer(self._seconds, cursor.interrupt)
        timer.start()
        try:
            cursor.execute(sql)
            names = [str(column[0]) for column in cursor.description or []]
            rows = cursor.fetchmany(MOST_ROWS + 1)
        except duckdb.InterruptException:
            raise SqlRefusedError(f"the query took more than {self._seconds:g} s; ask for less") from None
        except duckdb.Error as error:
            raise SqlRefusedError(str(error).splitlines()[0]) from None
        finally:
            timer.cancel()
        shown = [[one if isinstance(one, int | float | str | None) else str(one) for one in row] for row in rows]
        return Rows(
            columns=names, rows=shown[:MOST_ROWS], is_cut=len(rows) > MOST_ROWS, published_state=reader.state.number
        )

    def _reader(self, scope: Scope) -> Reader:
        """A reader of its own: its database is locked, which that of other requests must not be."""
        state = self._publications.reader(scope).state
        with self._lock:
            found = self._readers.get(scope)
            if found is None or found.state.number != state.number:
                found = Reader(self._publications.lake, state, scope)
                found.lock([f"{self._publications.lake.root}/gold/"], MEMORY)
                self._readers[scope] = found
            return found

    @staticmethod
    def _check(sql: str, cursor: Any) -> None:
        import duckdb

        try:
            statements = cursor.extract_statements(sql)
        except duckdb.Error as error:
            raise SqlRefusedError(str(error).splitlines()[0]) from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise SqlRefusedError("send one SELECT and nothing else")
        tree = cursor.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
        _walk(json.loads(tree[0]))


def _walk(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            _walk(one)
    elif isinstance(node, dict):
        if node.get("error") is True:
            raise SqlRefusedError(f"not a SELECT: {node.get('error_message')}")
        _check_node(node)
        for one in node.values():
            _walk(one)


def _check_node(node: dict[str, Any]) -> None:
    if node.get("type") == "BASE_TABLE":
        schema, name = node["schema_name"], node["table_name"]
        if schema not in ("", "gold") or node["catalog_name"] or not name.isidentifier():
            raise SqlRefusedError(f"only tables of gold can be read, as gold.dim_release; not {schema}.{name}")
    if node.get("type") == "TABLE_FUNCTION":
        function = node["function"].get("function_name")
        if function not in OPEN_TABLE_FUNCTIONS:
            raise SqlRefusedError(f"the table function {function} is closed here")
    if node.get("class") == "FUNCTION" and node["function_name"].lower() in CLOSED_FUNCTIONS:
        raise SqlRefusedError(f"the function {node['function_name']} is closed here")
