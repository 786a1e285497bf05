"""The rows of the plan: what was read of forecasts, stock, overrides, explanations and past errors, put together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from ml.explaining.words import REASONS
from ml.planning.changes import explain_changes
from ml.planning.plan import plan
from ml.planning.rules import Rules
from ml.planning.tracking import tracking_signal, verdict

KEY = ["release_id", "horizon_days"]


def plan_rows(
    newest: pl.DataFrame, explained: pl.DataFrame, errors: pl.DataFrame, span: pl.DataFrame, planning: Rules
) -> pl.DataFrame | None:
    """One row per release and horizon of the newest origin; None where nothing is forecast.

    Args:
        newest: the forecasts of the newest origin with stock, override and sales.
        explained: [release_id, origin, horizon_days, reason, units] of that origin and of the one explained before it.
        errors: [release_id, horizon_days, error, turn], turn 1 being the newest.
        span: [currency] in one row.
        planning: the rules that orders go by.
    """
    if newest.is_empty():
        return None
    origin = newest["origin"][0]
    earlier = explained.filter(pl.col("origin") < origin)["origin"].max()
    before = earlier if isinstance(earlier, dt.date) else None
    now, then = (explained.filter(pl.col("origin") == one).drop("origin") for one in (origin, before or dt.date.min))
    labels = REASONS | {"base": "its usual pace", "usual_course": "what its peers do"}
    return (
        plan(newest, planning)
        .join(explain_changes(now, then, labels), on=KEY, how="left")
        .with_columns(pl.when(pl.col("previous_p50").is_not_null()).then(pl.lit(before)).alias("previous_origin"))
        .join(_bias(errors), on=KEY, how="left")
        .with_columns(pl.lit(span["currency"].item(), pl.String).alias("currency"))
    )


def _bias(errors: pl.DataFrame) -> pl.DataFrame:
    """Tracking signals by release and horizon, from errors that do not overlap, oldest first."""
    frames = []
    for (horizon,), some in errors.group_by("horizon_days", maintain_order=True):
        wide = some.pivot("turn", index="release_id", values="error", sort_columns=True)
        # Turn 1 is the newest error.
        turns = sorted((name for name in wide.columns if name != "release_id"), key=int, reverse=True)
        values = wide.select(pl.col(turns).cast(pl.Float64)).fill_null(np.nan).to_numpy()
        trigg, brown = tracking_signal(values)
        origins = (~np.isnan(values)).sum(axis=1)
        signals = {
            "bias_origins": pl.Series(origins, dtype=pl.Int32),
            "bias_signal": pl.Series(trigg).fill_nan(None),
            "bias_sum": pl.Series(brown).fill_nan(None),
            "bias": pl.Series(verdict(trigg, origins.astype(np.float64)), dtype=pl.String),
        }
        frames.append(
            wide.select("release_id", pl.lit(horizon, pl.Int32).alias("horizon_days")).with_columns(**signals)
        )
    kinds = {"bias_origins": pl.Int32, "bias_signal": pl.Float64, "bias_sum": pl.Float64, "bias": pl.String}
    empty = pl.DataFrame(schema={"release_id": pl.String, "horizon_days": pl.Int32, **kinds})
    return pl.concat([empty, *frames])
