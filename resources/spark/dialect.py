"""Silver's SQL, which a contract writes for DuckDB, in Spark's dialect.

sqlglot translates what the dialects name differently. What they *do* differently goes through the functions of
:mod:`resources.spark.functions`: casts of text, division, and the structure that ``from_json`` reads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

LARGEST = "1.7976931348623157e308D"


def spark_sql(sql: str) -> str:
    """The statement in Spark's dialect.

    Raises:
        sqlglot.errors.UnsupportedError: it has something that Spark cannot do.
    """
    import sqlglot

    tree = sqlglot.parse_one(sql, read="duckdb")
    for node in reversed(list(tree.walk(bfs=False))):  # what stands inside first
        new = _rewritten(node)
        if new is not node:
            node.replace(new)
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _rewritten(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.TryCast):
        return _cast_of_text(node)
    if isinstance(node, exp.Div):
        return exp.func("lq_divide", node.this, node.expression)
    if isinstance(node, exp.RegexpFullMatch):
        return exp.RegexpLike(this=node.this, expression=exp.Literal.string(f"^(?:{node.expression.name})\\z"))
    if isinstance(node, exp.FromJson):
        schema = exp.Literal.string(_structure(json.loads(node.expression.name)))
        return exp.Anonymous(this="from_json", expressions=[node.this, schema])
    if isinstance(node, exp.JSONType):
        found = exp.func(
            "try_variant_get", exp.func("try_parse_json", node.this), node.expression, exp.Literal.string("variant")
        )
        return exp.func("lq_kind", exp.func("schema_of_variant", found))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        low, high = exp.Var(this=f"-{LARGEST}"), exp.Var(this=LARGEST)
        return exp.paren(exp.Between(this=node.expressions[0], low=low, high=high))
    return node


def _cast_of_text(cast: exp.TryCast) -> exp.Expr:
    """What a text says, by DuckDB's rules; every cast of silver that may fail is one of text."""
    from sqlglot import exp

    kinds, text, to = exp.DataType.Type, cast.this, cast.to
    functions = {
        kinds.DOUBLE: "lq_double",
        kinds.BOOLEAN: "lq_bool",
        kinds.DATE: "lq_date",
        kinds.TIMESTAMPTZ: "lq_timestamp",
    }
    if to.this in functions:
        return exp.func(functions[to.this], text)
    if to.this in (kinds.INT, kinds.BIGINT):
        return exp.TryCast(this=exp.func("lq_decimal", text), to=to, safe=True)
    if to.this == kinds.DECIMAL:
        return exp.TryCast(this=exp.func("lq_number", text), to=to, safe=True)
    raise ValueError(f"{cast.sql(dialect='duckdb')}: no rule says how Spark reads a text as {to.sql()}")


def _structure(node: object) -> str:
    if isinstance(node, dict):
        fields = (f"`{name}`: {_structure(child)}" for name, child in node.items())
        return f"STRUCT<{', '.join(fields)}>"
    return "STRING"
