"""A year of weekly looks at a challenger whose true gain is known: how often and when the rule promotes it.

Losses are resampled from a backtest of two real models. Each week an origin and releases are drawn, and a coin decides
which of the two models plays the champion, so without a gain the two are exchangeable; a gain scales the loss of the
challenger.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.promotion.decision import LEAST_GAIN, Decision, decide
from ml.promotion.eprocess import ENOUGH, bets, evidence

START = date(2026, 1, 5)
WEEK = 7


def simulated_pairs(losses: pl.DataFrame, gain: float, origins: int, seed: int, entities: int = 400) -> pl.DataFrame:
    """Paired losses of so many weekly origins, as `decide` takes them.

    Args:
        losses: [origin, entity, segment, first, second]: losses of two models in a backtest.
        gain: by how much the challenger's loss is smaller in truth; negative: larger.
        origins: weekly origins.
        seed: of all draws.
        entities: drawn at each origin.
    """
    rng = np.random.default_rng(seed)
    by_origin = [rows for _, rows in sorted(losses.partition_by("origin", as_dict=True).items())]
    frames = []
    for week in range(origins):
        rows = by_origin[int(rng.integers(len(by_origin)))]
        drawn = rows[rng.integers(rows.height, size=entities)]
        champion, challenger = ("first", "second") if rng.random() < 0.5 else ("second", "first")
        frames.append(
            drawn.select(
                pl.lit(START + timedelta(days=WEEK * week)).alias("origin"),
                pl.int_range(pl.len()).cast(pl.String).alias("entity"),
                "segment",
                pl.col(champion).alias("champion_loss"),
                (pl.col(challenger) * (1 - gain)).alias("challenger_loss"),
                pl.lit(0.9).alias("champion_covered"),
                pl.lit(0.9).alias("challenger_covered"),
            )
        )
    return pl.concat(frames)


def first_promotion(pairs: pl.DataFrame, known: int, weeks: int = 52, resamples: int = 200) -> int | None:
    """The week of the first look at which the rule promotes; None where it never does.

    `known` origins are the challenger's backtest; one more matures each week. The whole rule is evaluated only where
    its cheap conditions hold, which changes no verdict.
    """
    days = pairs["origin"].unique().sort().to_list()
    placed = bets(pairs, WEEK)["log_ratio"].to_list()
    wealth = np.maximum.accumulate(evidence(placed))
    sums = pairs.group_by("origin").agg(pl.col("champion_loss", "challenger_loss").sum()).sort("origin")
    ratio = (sums["challenger_loss"].cum_sum() / sums["champion_loss"].cum_sum()).to_numpy()
    for week in range(weeks + 1):
        last = known + week - 1
        if last < 0 or last >= len(days) or wealth[last] < ENOUGH or ratio[last] > 1 - LEAST_GAIN:
            continue
        found: Decision = decide(pairs.filter(pl.col("origin") <= days[last]), WEEK, resamples=resamples)
        if found.verdict == "promote":
            return week
    return None


def promotions_within(losses: pl.DataFrame, gain: float, seeds: range, known: int, weeks: int = 52) -> list[int | None]:
    """The week of the first promotion of each seed."""
    return [first_promotion(simulated_pairs(losses, gain, known + weeks, seed), known, weeks) for seed in seeds]
