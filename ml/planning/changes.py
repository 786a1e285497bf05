"""What moved since the last forecast of a release, and which of its reasons moved it.

Both forecasts are taken apart into reasons whose units add up to their P50 (ml.explaining), so the differences, reason
by reason, add up to the change.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

NAMED = 2  # how many reasons a change is told by
KEY = ("release_id", "horizon_days")


def explain_changes(now: pl.DataFrame, before: pl.DataFrame, labels: Mapping[str, str]) -> pl.DataFrame:
    """The change of each forecast that both have: [release_id, horizon_days, previous_p50, change_units, change_why].

    Args:
        now: [release_id, horizon_days, reason, units] of the newest forecasts.
        before: the same of the ones before.
        labels: a reason's name in words.
    """
    columns = [*KEY, "reason", "units"]
    both = now.select(columns).join(
        before.select(columns), on=[*KEY, "reason"], how="full", coalesce=True, suffix="_was"
    )
    both = both.with_columns(pl.col("units", "units_was").fill_null(0))
    known = before.select(KEY).unique().join(now.select(KEY).unique(), on=KEY, how="inner")
    moved = both.join(known, on=KEY, how="semi").with_columns(moved=pl.col("units") - pl.col("units_was"))
    said = pl.format(
        "{} {}{}",
        pl.col("reason").replace_strict(labels, default=pl.col("reason").str.replace_all("_", " ")),
        pl.when(pl.col("moved") > 0).then(pl.lit("+")).otherwise(pl.lit("−")),
        pl.col("moved").abs().round(1),
    )
    strongest = pl.col("moved").abs().rank("ordinal", descending=True).over(KEY) <= NAMED
    told = (
        moved.with_columns(said=said, by=pl.col("moved").abs())
        .filter(strongest & (pl.col("by") >= 0.05))
        .sort(*KEY, "by", "reason", descending=[False, False, True, False])
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("said").str.join(", ").alias("change_why"))
    )
    return (
        moved.group_by(KEY)
        .agg(pl.col("units_was").sum().alias("previous_p50"), pl.col("moved").sum().alias("change_units"))
        .join(told, on=KEY, how="left")
        .sort(KEY)
    )
