"""Evidence that stays valid however often it is looked at: an e-process by betting on the paired loss ratio.

Each origin gives one bet: x = log(champion's loss / challenger's loss), clipped to [-CLIP, CLIP]. Under the hypothesis
that the challenger is not better, E[x | past] <= 0, and the wealth of a gambler who stakes a fixed share on x is a
supermartingale; so is the mean of many such gamblers. By Ville's inequality the wealth ever reaches 1 / alpha with
probability at most alpha, whatever the number and the moments of the looks (Waudby-Smith and Ramdas 2024, "Estimating
means of bounded random variables by betting"; Choe and Ramdas 2024, "Comparing sequential forecasters").

Windows of origins that lie closer together than the horizon overlap, and their outcomes are no new evidence: only
origins at least a horizon apart are bets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

CLIP = 0.04  # an origin counts at most as 4%: no single origin can promote, and a steady gain of 3% soon does
STAKES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)  # gamblers' shares of their wealth; the mean over them is the evidence
ALPHA = 0.05
ENOUGH = 1 / ALPHA


def evidence(log_ratios: Sequence[float]) -> NDArray[np.float64]:
    """The wealth after each bet, from log(champion's loss / challenger's loss) in the order of time.

    >>> evidence([0.02] * 3).round(2).tolist()
    [1.22, 1.52, 1.92]
    """
    x = np.clip(np.asarray(log_ratios, dtype=np.float64), -CLIP, CLIP) / CLIP
    wealth: NDArray[np.float64] = np.exp(np.cumsum(np.log1p(np.outer(STAKES, x)), axis=1)).mean(axis=0)
    return wealth


def bets(pairs: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    """[origin, log_ratio] of origins at least a horizon apart, oldest first.

    Takes [origin, champion_loss, challenger_loss], a row per entity. Origins without a loss of both are left out.
    """
    sums = pairs.group_by("origin").agg(pl.col("champion_loss").sum(), pl.col("challenger_loss").sum()).sort("origin")
    sums = sums.filter((pl.col("champion_loss") > 0) & (pl.col("challenger_loss") > 0))
    kept = apart(sums["origin"].to_list(), horizon_days)
    ratio = (pl.col("champion_loss") / pl.col("challenger_loss")).log().alias("log_ratio")
    return sums.filter(pl.col("origin").is_in(kept)).select("origin", ratio)


def apart(origins: Sequence[date], days: int) -> list[date]:
    """The origins that lie at least so many days after the last one kept, from the oldest on."""
    kept: list[date] = []
    for origin in sorted(origins):
        if not kept or (origin - kept[-1]).days >= days:
            kept.append(origin)
    return kept
