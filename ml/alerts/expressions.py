"""Expressions of rules: comparisons and arithmetic over columns, by simpleeval, vectorised by polars.

`price_change <= -0.05 and units_28 > 10` becomes one polars expression. Names are columns and nothing else; there are
no attributes, subscripts, comprehensions or calls but those of `FUNCTIONS`. A comparison with a missing value does not
hold.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

import polars as pl

FUNCTIONS: dict[str, Callable[..., pl.Expr]] = {
    "abs": lambda value: value.abs(),
    "min": lambda *values: pl.min_horizontal(*values),
    "max": lambda *values: pl.max_horizontal(*values),
    "coalesce": lambda *values: pl.coalesce(*values),
    "known": lambda value: value.is_not_null(),
}
NODES = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div),
    *(ast.UnaryOp, ast.USub, ast.UAdd, ast.Not, ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
    *(ast.Name, ast.Load, ast.Constant, ast.Call),
)


class ExpressionError(ValueError):
    """An expression that cannot be: the message quotes it and names what is wrong."""


class _Bitwise(ast.NodeTransformer):
    """Turn and, or, not into &, |, ~, which polars and simpleeval both know."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Fold the operands from the left."""
        self.generic_visit(node)
        operator = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        folded = node.values[0]
        for value in node.values[1:]:
            folded = ast.BinOp(folded, operator, value)
        return folded

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Turn not into ~."""
        self.generic_visit(node)
        return ast.UnaryOp(ast.Invert(), node.operand) if isinstance(node.op, ast.Not) else node


def names_in(text: str) -> set[str]:
    """The columns that an expression reads."""
    tree = _parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def compiled(text: str, columns: Collection[str], constants: Mapping[str, float] | None = None) -> pl.Expr:
    """The expression over the columns.

    Args:
        text: the expression.
        columns: whose names it may use.
        constants: further names, with their values.

    Raises:
        ExpressionError: it does not parse, uses something that is not allowed, or an unknown column.
    """
    from simpleeval import InvalidExpression, SimpleEval

    tree = _parsed(text)
    fixed = dict(constants or {})
    if unknown := sorted(names_in(text) - set(columns) - set(fixed)):
        raise ExpressionError(f"{text!r}: unknown column {', '.join(unknown)}; known are {', '.join(sorted(columns))}")
    evaluator = SimpleEval(names={name: pl.col(name) for name in columns} | fixed, functions=dict(FUNCTIONS))
    for node in (ast.Attribute, ast.Subscript, ast.JoinedStr):
        evaluator.nodes.pop(node, None)
    try:
        found = evaluator.eval(ast.unparse(ast.fix_missing_locations(_Bitwise().visit(tree))))
    except (InvalidExpression, TypeError, pl.exceptions.PolarsError) as error:
        raise ExpressionError(f"{text!r}: {error}") from error
    return found if isinstance(found, pl.Expr) else pl.lit(found)


def _parsed(text: str) -> ast.Expression:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"{text!r}: {error.msg}") from error
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            raise ExpressionError(
                f"{text!r}: {type(node).__name__} is not allowed; use comparisons, and, or, not, + - * /"
            )
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise ExpressionError(f"{text!r}: write a < b and b < c instead of a < b < c")
        if isinstance(node, ast.Call) and (
            not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords
        ):
            raise ExpressionError(f"{text!r}: the functions are {', '.join(FUNCTIONS)}, with arguments by position")
    return tree
