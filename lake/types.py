"""Logical column types, and what each is called in Arrow (hence Delta), DuckDB and SQL casts.

One spelling in contracts, everywhere: ``string``, ``int32``, ``int64``, ``float64``, ``float64[]`` (a list), ``bool``,
``date``, ``timestamp`` (microseconds, UTC, always with a zone), ``binary`` and ``decimal(p, s)``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "float64[]": "DOUBLE[]",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "binary": "BLOB",
}
# The years that Python, Arrow and polars can show; DuckDB knows more, and infinity.
READABLE = {
    "date": "between date '0001-01-01' and date '9999-12-31'",
    "timestamp": "between timestamptz '0001-01-01 00:00:00Z' and timestamptz '9999-12-31 23:59:59.999999Z'",
}
# How an ISO 8601 day begins, alone or before a time.
ISO_DAY = r"^\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(\D|$)"
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def decimal_parts(logical: str) -> tuple[int, int] | None:
    """Precision and scale of a ``decimal(p, s)``, or None for any other type."""
    match = _DECIMAL.fullmatch(logical)
    return (int(match[1]), int(match[2])) if match else None


def duckdb_type(logical: str) -> str:
    """The DuckDB name of a logical type.

    Raises:
        ValueError: the type is not one of those listed in this module.
    """
    if parts := decimal_parts(logical):
        return f"DECIMAL({parts[0]},{parts[1]})"
    try:
        return DUCKDB_TYPES[logical]
    except KeyError:
        known = ", ".join([*DUCKDB_TYPES, "decimal(p, s)"])
        raise ValueError(f"unknown column type {logical!r}; a contract may use {known}") from None


def exact_value(logical: str, text: str) -> str:
    """SQL: the value of this type that a text says, without losing a digit; null where it says none.

    Args:
        logical: the type.
        text: SQL of the text.
    """
    if logical == "string":
        return text
    value = f"try_cast({text} as {duckdb_type(logical)})"
    if logical in READABLE:
        # DuckDB takes 26-03-01 for the year 26.
        return f"case when regexp_matches({text}, '{ISO_DAY}') and {value} {READABLE[logical]} then {value} end"
    if logical == "float64":
        return f"case when isfinite({value}) then {value} end"
    if logical in ("int32", "int64"):
        return f"case when try_cast({text} as decimal(38, 18)) = {value} then {value} end"
    return value


@cache
def arrow_type(logical: str) -> pa.DataType:
    """The Arrow type that a column of this logical type is written with."""
    import pyarrow as pa

    if parts := decimal_parts(logical):
        return pa.decimal128(*parts)
    types = {
        "string": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "float64[]": pa.list_(pa.field("element", pa.float64())),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
        "binary": pa.binary(),
    }
    duckdb_type(logical)
    return types[logical]
