"""Limits of the ratio of two losses: releases and origins are resampled, independently of each other.

Releases err alike over origins, and all releases of one origin share the market's mood, so a row counts as often as its
release times its origin (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), which errs on the
side of caution).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

RESAMPLES = 1_000
AT_ONCE = 200
LIMIT = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """Loss of the challenger over that of the champion with one-sided 95% limits; below 1 the challenger is better."""

    ratio: float
    low: float
    high: float
    n: int
    origins: int


def ratio_of_losses(pairs: pl.DataFrame, resamples: int = RESAMPLES, seed: int = 0) -> Ratio:
    """The ratio of [origin, entity, champion_loss, challenger_loss] and its limits; NaN without a champion's loss."""
    entities, origins = (pairs[name].rank("dense").cast(pl.Int64).to_numpy() - 1 for name in ("entity", "origin"))
    shape = (int(entities.max()) + 1, int(origins.max()) + 1, 2) if len(pairs) else (0, 0, 2)
    cube = np.zeros(shape)
    np.add.at(cube, (entities, origins), pairs.select("champion_loss", "challenger_loss").to_numpy())
    total = cube.sum(axis=(0, 1))
    if not len(pairs) or total[0] <= 0:
        return Ratio(float("nan"), float("nan"), float("nan"), len(pairs), shape[1])
    sums = _resampled(cube, resamples, seed)
    ratios = np.divide(sums[:, 1], sums[:, 0], out=np.full(len(sums), np.nan), where=sums[:, 0] > 0)
    low, high = np.nanquantile(ratios, [1 - LIMIT, LIMIT])
    return Ratio(float(total[1] / total[0]), float(low), float(high), len(pairs), shape[1])


def _resampled(cube: Floats, resamples: int, seed: int) -> Floats:
    """Sums (resamples, 2) of the losses of each two-way resample of (entities, origins, 2)."""
    entities, origins, _ = cube.shape
    rng, flat, found = np.random.default_rng(seed), cube.reshape(entities, -1), []
    for first in range(0, resamples, AT_ONCE):
        size = min(AT_ONCE, resamples - first)
        by_entity = (counts(rng, size, entities) @ flat).reshape(size, origins, 2)
        found.append(np.einsum("bo,bok->bk", counts(rng, size, origins), by_entity))
    return np.concatenate(found)


def counts(rng: np.random.Generator, size: int, of: int) -> Floats:
    """How often each of `of` things was drawn, in `size` draws of as many with replacement."""
    drawn = rng.integers(of, size=(size, of)) + np.arange(size)[:, None] * of
    return np.bincount(drawn.ravel(), minlength=size * of).reshape(size, of).astype(np.float64)
