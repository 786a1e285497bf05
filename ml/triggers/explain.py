"""Triggers in words: what was expected, how far off it was, and what moved on the same day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ml.triggers.panel import Metric
from ml.triggers.reasons import number

SEPARATOR = "\x1f"  # between metric and sigmas in `moved`


def explained(found: pl.DataFrame, metrics: Mapping[str, Metric]) -> pl.DataFrame:
    """The triggers with `moved_with`, what moved on the same day, and `reason`, a sentence.

    Args:
        found: triggers; `moved` names the metrics of a day that is unusual in several.
        metrics: how each metric is called.
    """
    words = pl.col("metric").replace_strict({name: one.words for name, one in metrics.items()}, default=None)
    stated = found.filter(pl.col("expected").is_not_null()).with_columns(
        said=pl.format("{} {} sigma", words, pl.col("sigmas").round(1).cast(pl.String).str.replace(r"^(\d)", "+$1"))
    )
    others = stated.select("unique_id", "ds", "metric", "said").rename({"metric": "other", "said": "other_said"})
    moved = (
        found.select("unique_id", "ds", "metric")
        .join(others, on=["unique_id", "ds"])
        .filter(pl.col("metric") != pl.col("other"))
        .group_by("unique_id", "ds", "metric")
        .agg(moved_with=pl.col("other_said").sort().str.join(", "))
    )
    joined = found.join(moved, on=["unique_id", "ds", "metric"], how="left")
    rows = [_in_words(row, metrics) for row in joined.iter_rows(named=True)]
    return joined.drop("moved", strict=False).with_columns(
        pl.Series("moved_with", [row[0] for row in rows], dtype=pl.String),
        pl.Series("reason", [row[1] for row in rows], dtype=pl.String),
    )


def _in_words(row: Mapping[str, Any], metrics: Mapping[str, Metric]) -> tuple[str | None, str]:
    """What moved with the metric, and the reason."""
    kind, moved = row["kind"], row["moved_with"]
    if kind == "unusual":
        pairs = [one.split(SEPARATOR) for one in (row["moved"] or "").split(", ")]
        moved = ", ".join(f"{metrics[name].words} {sigmas} sigma" for name, sigmas in pairs)
        return moved, f"{moved} together are unusual (isolation forest and PCA on windows)"
    words = metrics[row["metric"]].words
    if kind == "missing":
        return moved, f"no {words} for two days, where nearly every day had some"
    observed, expected, sigmas = row["observed"], row["expected"], row["sigmas"]
    percent = f", {(observed / expected - 1) * 100:+.0f}%" if expected > 1e-9 else ""
    if kind in ("shift_up", "shift_down"):
        text = f"the level of {words} is {number(observed)} since a week, it was {number(expected)}"
        text += f" ({sigmas:+.1f} standard errors{percent})"
    else:
        text = f"{words} {number(observed)} where {number(expected)} was expected ({sigmas:+.1f} sigma{percent})"
    return moved, f"{text}; moved with it: {moved}" if moved else text
