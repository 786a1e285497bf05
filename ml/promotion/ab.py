"""The report of a canary: losses of the share that the challenger serves beside those of the champion's, A against B.

Nobody is served by both, so the groups are compared and not pairs. What the groups differed by before the canary began,
when one champion served both, is taken off (difference in differences on the log scale); the interval resamples
entities with all their origins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEED = 11
LIMITS = (2.5, 97.5)
FEWEST = 30  # entities of a group


@dataclass(frozen=True)
class AbReport:
    """The ratio of the challenger's loss to the champion's with its 95% interval, and the report in sentences."""

    ratio: float
    low: float
    high: float
    sentences: tuple[str, ...]


def ab_report(live: pl.DataFrame, resamples: int = 1_000) -> AbReport | None:
    """Compare both groups at the origins that both have; None where there is no such origin or a group is small.

    Args:
        live: [role, origin, entity, loss, covered] of one model; roles champion and canary.
        resamples: of the entities.
    """
    tested = live.filter(pl.col("role") == "canary")
    origins = tested["origin"].unique().sort()
    share = tested["entity"].unique()
    now = live.filter(pl.col("origin").is_in(origins.implode()) & pl.col("role").is_in(["canary", "champion"]))
    before = live.filter((pl.col("role") == "champion") & (pl.col("origin") < pl.lit(origins.min(), pl.Date)))
    sums = _sums(now, "now").join(_sums(before, "before"), on="entity", how="left").sort("entity").fill_null(0)
    is_test = sums["entity"].is_in(share.implode()).to_numpy()
    counts = int(is_test.sum()), int((~is_test).sum())
    if min(counts) < FEWEST:
        return None
    values = sums.select("now_loss", "now_n", "before_loss", "before_n").to_numpy().astype(np.float64)
    adjusted = bool((values[is_test, 3] > 0).any() and (values[~is_test, 3] > 0).any())
    ratio = _ratio(values[is_test].sum(axis=0), values[~is_test].sum(axis=0), adjusted)
    rng = np.random.default_rng(SEED)
    drawn = [_ratio(_draw(values[is_test], rng), _draw(values[~is_test], rng), adjusted) for _ in range(resamples)]
    low, high = (float(one) for one in np.percentile(drawn, LIMITS))
    means = [values[group, 0].sum() / values[group, 1].sum() for group in (is_test, ~is_test)]
    covered = [now.filter(pl.col("role") == role)["covered"].mean() for role in ("canary", "champion")]
    sentences = (
        f"At {len(origins)} origins from {origins[0]} to {origins[-1]} the challenger served {counts[0]} entities and"
        f" the champion {counts[1]}.",
        f"Mean loss {means[0]:.4f} against {means[1]:.4f}; at or below P90 {_share(covered[0])} against"
        f" {_share(covered[1])}.",
        "What the groups differed by before is taken off." if adjusted else "Nothing is known of the groups before.",
        f"Ratio of the losses {ratio:.4f}, 95% interval {low:.4f} to {high:.4f}: {_verdict(low, high)}.",
    )
    return AbReport(ratio, low, high, sentences)


def _sums(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    loss = pl.col("loss").sum().alias(f"{name}_loss")
    return rows.group_by("entity").agg(loss, pl.len().cast(pl.Float64).alias(f"{name}_n"))


def _draw(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values[rng.integers(len(values), size=len(values))].sum(axis=0)
    return found


def _ratio(test: NDArray[np.float64], control: NDArray[np.float64], adjusted: bool) -> float:
    now = (test[0] / test[1]) / (control[0] / control[1])
    if not adjusted or min(test[3], control[3]) == 0:
        return float(now)
    return float(now / ((test[2] / test[3]) / (control[2] / control[3])))


def _share(value: object) -> str:
    return "–" if value is None else f"{float(value):.1%}"  # type: ignore[arg-type]


def _verdict(low: float, high: float) -> str:
    if high < 1:
        return "the challenger is better"
    return "the challenger is worse" if low > 1 else "no difference is shown"
