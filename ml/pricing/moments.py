"""Sums of squares per product, and the residual variances that they give.

Belongs here: what a regression needs of the rows. Does not belong here: the hierarchy (pooling.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RIDGE = 1e-8


@dataclass(frozen=True)
class Moments:
    """Per product, sums over its rows within the product: X'X, X'y, y'y, and its rows less one."""

    xx: Floats
    xy: Floats
    yy: Floats
    freedom: Floats

    def scaled(self, variance: Floats) -> Moments:
        """The same, each product divided by its residual variance."""
        return Moments(self.xx / variance[:, None, None], self.xy / variance[:, None], self.yy / variance, self.freedom)


def within_moments(design: Floats, response: Floats, weight: Floats, product: Ints, count: int) -> Moments:
    """Return the weighted moments after each product's own level is taken out."""
    total = np.maximum(np.bincount(product, weight, count), 1e-300)

    def centred(values: Floats) -> Floats:
        return np.asarray(values - (np.bincount(product, weight * values, count) / total)[product], dtype=np.float64)

    x = np.column_stack([centred(column) for column in design.T])
    y = centred(response)
    columns = x.shape[1]
    xx = np.empty((count, columns, columns))
    for row in range(columns):
        for column in range(row, columns):
            xx[:, row, column] = np.bincount(product, weight * x[:, row] * x[:, column], count)
            xx[:, column, row] = xx[:, row, column]
    xy = np.column_stack([np.bincount(product, weight * column * y, count) for column in x.T]).astype(np.float64)
    yy = np.asarray(np.bincount(product, weight * y * y, count), dtype=np.float64)
    freedom = np.maximum(np.bincount(product, minlength=count) - 1.0, 0.0)
    return Moments(xx, xy, yy, np.asarray(freedom, dtype=np.float64))


def pooled_variance(moments: Moments) -> float:
    """Residual variance of one common regression, as a start."""
    xx = moments.xx.sum(axis=0)
    ridge = RIDGE * np.trace(xx) / len(xx) * np.eye(len(xx))
    common = np.linalg.lstsq(xx + ridge, moments.xy.sum(axis=0), rcond=None)[0]
    rest = float(moments.yy.sum() - common @ moments.xy.sum(axis=0))
    return max(rest / max(float(moments.freedom.sum()) - len(xx), 1.0), 1e-10)


def own_variances(unit: Moments, mean: Floats, shrink: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Residual variance of each product, shrunk to the common one as far as they are alike, and its freedom.

    The prior is a scaled inverse chi square whose degrees of freedom come from the excess spread of log variances
    (Smyth 2004).
    """
    from scipy.special import digamma, polygamma

    square = unit.yy - 2 * np.einsum("ij,ij->i", mean, unit.xy) + np.einsum("ij,ijk,ik->i", mean, unit.xx, mean)
    used = np.einsum("ijk,ikj->i", shrink, unit.xx) / before
    freedom = np.maximum(unit.freedom - used, 0.5)
    own = np.maximum(square, 1e-12) / freedom
    counted = unit.freedom >= 3
    if counted.sum() < 3:
        common = float(np.maximum(square, 1e-12).sum() / freedom.sum())
        return np.full(len(own), common), np.full(len(own), float(freedom.sum()))
    logs = np.log(own[counted]) - digamma(freedom[counted] / 2) + np.log(freedom[counted] / 2)
    excess = float(np.var(logs, ddof=1) - polygamma(1, freedom[counted] / 2).mean())
    prior = 2.0 * _inverse_trigamma(excess) if excess > 1e-6 else 1e6
    common = (
        float(np.exp(logs.mean() + (digamma(prior / 2) - np.log(prior / 2))))
        if prior < 1e5
        else float(np.maximum(square, 1e-12).sum() / freedom.sum())
    )
    return (prior * common + freedom * own) / (prior + freedom), np.minimum(prior, freedom.sum()) + freedom


def _inverse_trigamma(value: float) -> float:
    from scipy.special import polygamma

    guess = 0.5 + 1.0 / value
    for _ in range(30):
        now = float(polygamma(1, guess))
        guess += now * (1 - now / value) / float(polygamma(2, guess))
    return max(guess, 0.05)
