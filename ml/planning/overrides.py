"""What people's own figures were worth: forecast value added (Gilliland 2010, "The business forecasting deal").

An override is compared with the P50 that it stood in for, at each origin it stood at, once the window has ended.
"""

from __future__ import annotations

import polars as pl


def added_value(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows [… units (the override's), p50, actual] with error_with, error_without and added_units.

    Errors are absolute. `added_units` is the error that the override saved; negative where the forecast was nearer.
    """
    return rows.with_columns(
        error_with=(pl.col("actual") - pl.col("units")).abs(), error_without=(pl.col("actual") - pl.col("p50")).abs()
    ).with_columns(added_units=pl.col("error_without") - pl.col("error_with"))
