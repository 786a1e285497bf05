"""Which rows to look at first: impact times confidence times urgency, and not ten of one kind in a row."""

from __future__ import annotations

import polars as pl

REPETITION = 0.85  # what each earlier row of the same kind leaves of a row's score


def ranked(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The rows [impact, confidence, urgency, …] with `score` and `rank`, 1 first.

    A row's score is lowered by each better row of the same `kind`, so that the first rows are of several kinds.
    """
    score = pl.col("impact").abs() * pl.col("confidence") * pl.col("urgency")
    scored = rows.with_columns(score=score).sort("score", descending=True, maintain_order=True)
    place = pl.int_range(pl.len()).over(kind)
    diverse = scored.with_columns(__diverse=pl.col("score") * REPETITION**place)
    ordered = diverse.sort("__diverse", descending=True, maintain_order=True).drop("__diverse")
    return ordered.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
