"""The SQL of gold's models, which dbt compiles for DuckDB, in Spark's dialect.

sqlglot translates most of it. Here stands what it does not know: tables by layer, whole numbers of 128 bits, ISO weeks,
months as intervals, division as DuckDB does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def view_name(layer: str, table: str) -> str:
    """The temporary view in Spark that stands for a table or view of a layer."""
    return f"{layer}_{table}"


def spark_gold_sql(sql: str) -> str:
    """A model's query in Spark's dialect, over the views of :func:`view_name`.

    Raises:
        sqlglot.errors.UnsupportedError: it has something that Spark cannot do.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, read="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            view = exp.to_table(view_name(table.db, table.name))
            table.replace(exp.alias_(view, table.alias or table.name, table=True))
    for select in list(tree.find_all(exp.Select)):
        if qualify := select.args.get("qualify"):  # sqlglot asks it of a subquery, where tables have no names
            for column in qualify.find_all(exp.Column):
                column.set("table", None)
    for node in reversed(list(tree.walk(bfs=False))):
        new = _rewritten(node)
        if new is not node:
            node.replace(new)
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def spark_type(duckdb_type: str) -> str:
    """A column's type in Spark."""
    import sqlglot
    from sqlglot import exp

    return exp.DataType.build(duckdb_type, dialect="duckdb").sql(
        dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )


def _rewritten(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.Div):
        return exp.func("lq_divide", node.this, node.expression)
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build("decimal(38, 0)")
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Explode | exp.Unnest):
        return node.this  # Spark wants it by itself; the column gets its type with the others
    if isinstance(node, exp.Extract):
        return _extracted(node)
    if isinstance(node, exp.GenerateSeries) and isinstance(node.args.get("step"), exp.Interval):
        step = node.args["step"]
        end = node.args["end"]
        last = exp.Sub(this=end.copy(), expression=step.copy()) if node.args.get("is_end_exclusive") else end
        return exp.Anonymous(this="sequence", expressions=[node.args["start"], last, step])
    if isinstance(node, exp.Dayname):
        return exp.Anonymous(this="date_format", expressions=[node.this, exp.Literal.string("EEEE")])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "to_months":
        return exp.Anonymous(this="make_ym_interval", expressions=[exp.Literal.number(0), *node.expressions])
    return node


def _extracted(node: exp.Extract) -> exp.Expr:
    """Parts of ISO weeks, which Spark names otherwise."""
    from sqlglot import exp

    part = node.this.name.lower()
    if part == "isodow":
        return exp.paren(exp.Anonymous(this="weekday", expressions=[node.expression]) + 1)
    if part == "isoyear":
        return exp.Extract(this=exp.Var(this="YEAROFWEEK"), expression=node.expression)
    return node
