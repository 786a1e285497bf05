"""Quantiles of the streams of a spell's next days: boosted trees on what spells that went on have done.

The target is the logarithm of the mean of the next days over that of the last week; a model per quantile minimises its
pinball loss in it. Rows weigh as their loss will be measured, by the last week over the last four. Spells that have
ended teach as well, from the days whose window lay within them: what is asked is how those go on that stay.

Belongs here: training rows, fits, quantiles. Does not belong here: features (features.py), scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats
from ml.evaluation.trees import parameters as tree_parameters
from ml.streams.features import KEYS, SPELL, spell_days

EVERY_DAYS = 7  # windows that begin a day apart say the same
MOST_WEIGHT = 3.0
FEWEST_ROWS = 300


@dataclass(frozen=True)
class Settings:
    """What a fit depends on besides its data. Chosen on origins before May 2020 (docs/benchmarks.md)."""

    trees: int = 80
    leaves: int = 8
    learning_rate: float = 0.08
    min_rows_per_leaf: int = 40
    seed: int = 0


def forecast(
    streams: pl.DataFrame, origin: date, horizons: Sequence[int], quantiles: Sequence[float], settings: Settings
) -> pl.DataFrame:
    """[unique_id, horizon, q…] of the spells under way at `origin`, 28 days old or more: sums of the next days.

    Takes daily streams as `spell_days` does, and reads nothing after the origin.

    Raises:
        ValueError: too few windows have ended to learn from.
    """
    known = streams.filter(pl.col("ds") <= origin)
    days = spell_days(known)
    now = days.filter(pl.col("ds") == origin)
    names = [name for name in days.columns if name not in KEYS]
    parts = []
    for horizon in horizons:
        past = _ended(days, known, horizon, origin)
        if past.height < FEWEST_ROWS:
            raise ValueError(
                f"{past.height} windows of {horizon} days have ended by {origin}; a fit needs {FEWEST_ROWS}"
            )
        logs = np.sort(_quantiles(past, now, names, quantiles, settings), axis=1)
        sums = np.exp(logs + now["week"].to_numpy()[:, None]) * horizon
        said = {f"q{level:g}": sums[:, k] for k, level in enumerate(quantiles)}
        parts.append(pl.DataFrame({SPELL: now[SPELL], "horizon": [horizon] * now.height, **said}))
    return pl.concat(parts).with_columns(pl.col("horizon").cast(pl.Int32)).sort(SPELL, "horizon")


def _ended(days: pl.DataFrame, known: pl.DataFrame, horizon: int, origin: date) -> pl.DataFrame:
    """Every seventh day of each spell whose window has ended within it, with `went_on`, the target."""
    ordered = known.sort(SPELL, "ds")
    last = pl.col("ds").shift(-horizon).over(SPELL)
    came = pl.col("y").rolling_sum(horizon, min_samples=horizon).shift(-horizon).over(SPELL)
    whole = ordered.with_columns(came=came, through=last).filter(
        (pl.col("through") - pl.col("ds")).dt.total_days() == horizon
    )
    back = (pl.lit(origin) - pl.col("ds")).dt.total_days()
    rows = days.join(whole.select(SPELL, "ds", "came"), on=[SPELL, "ds"]).filter(
        back % EVERY_DAYS == horizon % EVERY_DAYS
    )
    mean = (pl.col("came") / horizon).clip(lower_bound=1).log()
    return rows.with_columns(went_on=mean - pl.col("week")).sort(SPELL, "ds")


def _quantiles(
    past: pl.DataFrame, now: pl.DataFrame, names: list[str], quantiles: Sequence[float], settings: Settings
) -> Floats:
    """(rows of now, quantiles) of the logarithm over the last week."""
    import lightgbm as lgb

    weight = np.minimum(np.exp((past["week"] - past["month"]).to_numpy()), MOST_WEIGHT)
    seen, asked = past.select(names).to_numpy(), now.select(names).to_numpy()
    said = []
    for level in quantiles:
        parameters = tree_parameters("quantile", settings, 0.5, alpha=level, bagging_fraction=0.5)
        data = lgb.Dataset(seen, past["went_on"].to_numpy(), weight=weight, params={"max_bin": 63, "verbose": -1})
        said.append(np.asarray(lgb.train(parameters, data, settings.trees).predict(asked, num_threads=1)))
    return np.stack(said, axis=1)
