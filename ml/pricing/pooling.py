"""Hierarchical regression: coefficients per product around a common mean, fitted by empirical Bayes.

Each product has coefficients b_i ~ N(m, diag(t)) and residual variance s_i. The variances are found by restricted
maximum likelihood, the products' own residual variances shrink towards the common one, and the uncertainty of the
price coefficient's own spread is averaged over a grid (Morris 1983). Every formula works for a
product whose own data does not determine its coefficients.

Belongs here: estimation over matrices. Does not belong here: which columns there are (sales.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml.pricing.inverting import inverse_above, inverse_beside_unit, root_of
from ml.pricing.moments import RIDGE, Moments, own_variances, pooled_variance

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRID, GRID_ENDS = 25, (0.02, 4.0)  # values of the price coefficient's spread that are averaged over
# Weak prior of that spread, log-normal: elasticities of products of one category differ by about a half. It keeps the
# average away from zero, where intervals would be too narrow.
NUDGE = 1e-4  # of a log variance, for its numerical derivative
PRIOR_SPREAD, PRIOR_LOG_SD = 0.5, 0.6


@dataclass(frozen=True)
class Pooled:
    """Posterior of every product's coefficients.

    Attributes:
        mean: (products, columns).
        price_variance: posterior variance of the first column's coefficient, all sources of uncertainty included.
        common: the mean that products shrink to; `common_variance` its variance for the first column.
        spread: standard deviation of each column's coefficient between products.
        residual: residual variance per product.
        freedom: degrees of freedom behind each residual variance.
        shrink: posterior covariance about the common mean, per product; `kept` what a product keeps of the mean.
        covariance: of the common mean.
        mode: the spreads that the data makes most likely.
    """

    mean: Floats
    price_variance: Floats
    common: Floats
    common_variance: float
    spread: Floats
    residual: Floats
    freedom: Floats
    shrink: Floats
    kept: Floats
    covariance: Floats
    mode: Floats


def fit_pooled(moments: Moments, free: npt.NDArray[np.bool_], refits: int = 2, start: Pooled | None = None) -> Pooled:
    """Fit the hierarchy by empirical Bayes.

    Args:
        moments: per product.
        free: columns whose coefficient differs between products; the others have one coefficient for all.
        refits: how often variances, coefficients and products' own residual variances are found in turn.
        start: an earlier fit, whose variances are kept or improved.
    """
    own = pooled_variance(moments)
    residual, freedom = np.full(len(moments.yy), own), np.full(len(moments.yy), moments.freedom.sum())
    # On its own scale, each column has a within variance of one: starting values and bounds then fit every column.
    scale = np.sqrt(np.maximum(np.einsum("ikk->k", moments.xx) / max(moments.freedom.sum(), 1.0), 1e-12))
    unit = Moments(moments.xx / (scale[:, None] * scale[None, :]), moments.xy / scale, moments.yy, moments.freedom)
    log_spread = np.where(free, np.log(max(own, 1e-12)) - 1.0, -np.inf)
    if start is not None:
        residual, freedom = start.residual, start.freedom
        log_spread = np.where(free, 2 * np.log(np.maximum(start.mode * scale, 1e-12)), -np.inf)
    for _ in range(refits):
        scaled = unit.scaled(residual)
        log_spread, log_factor = _maximise(scaled, log_spread, free)
        residual = residual * np.exp(log_factor)
        posterior = _posterior(unit.scaled(residual), np.exp(log_spread))
        residual, freedom = own_variances(unit, posterior[0], posterior[2].shrink, residual)
    scaled = unit.scaled(residual)
    mean, variance, common, common_variance, spread = _averaged(scaled, log_spread, free, scale[0])
    at = _marginal(scaled, spread**2)
    square = scale[:, None] * scale[None, :]
    shrink = at.shrink / square
    return Pooled(
        mean / scale, variance / scale[0] ** 2, common / scale, common_variance / scale[0] ** 2, spread / scale,
        residual, freedom, shrink, np.eye(len(scale)) - shrink @ moments.xx / residual[:, None, None],
        at.common_variance / square, np.exp(log_spread / 2) / scale,
    )  # fmt: skip


def widen_for_dates(
    pooled: Pooled, design: Floats, weight: Floats, product: Ints, period: Ints, date_precision: Floats
) -> Pooled:
    """Add the uncertainty that estimating an effect of each date leaves in the common coefficients.

    Args:
        pooled: the fit of the response less the dates' effects.
        design: controls of each row, the price first.
        weight: of each row.
        product: position of the row's product.
        period: position of the row's date.
        date_precision: of each date's effect, infinite where it has none.
    """
    count = len(pooled.residual)
    total = np.maximum(np.bincount(product, weight, count), 1e-300)
    x = np.column_stack([one - (np.bincount(product, weight * one, count) / total)[product] for one in design.T])
    seen = np.einsum("ikj,ik->ij", pooled.kept[product], x) * (weight / pooled.residual[product])[:, None]
    sums = np.column_stack([np.bincount(period, column, len(date_precision)) for column in seen.T])
    lost = sums.T @ (sums / date_precision[:, None])
    root = root_of(pooled.covariance)
    # Relative to the information there is, at most nearly all of it can be lost.
    share, vectors = np.linalg.eigh(root.T @ lost @ root)
    more = (root @ vectors) @ np.diag(1 / (1 - np.clip(share, 0, 0.98)) - 1) @ (root @ vectors).T
    extra = np.einsum("ij,jk,ik->i", pooled.kept[:, 0, :], more, pooled.kept[:, 0, :])
    return replace(
        pooled, price_variance=pooled.price_variance + extra, common_variance=pooled.common_variance + float(more[0, 0])
    )


@dataclass(frozen=True)
class _Marginal:
    """What integrating the products' coefficients out leaves, for given variances."""

    shrink: Floats  # L D L, the posterior variance about the common mean
    information: Floats
    weighted: Floats
    common: Floats
    common_variance: Floats
    log_likelihood: float


def _marginal(scaled: Moments, spread: Floats, log_factor: float = 0.0) -> _Marginal:
    """Scaled moments have residual variance one; `log_factor` multiplies it."""
    factor = np.exp(-log_factor)
    xx, xy, yy = scaled.xx * factor, scaled.xy * factor, scaled.yy * factor
    root = np.sqrt(spread)
    inner, log_inner = inverse_beside_unit(root[:, None] * xx * root[None, :])
    shrink = root[:, None] * inner * root[None, :]
    sx = shrink @ xx
    information = xx - xx @ sx
    moved = np.einsum("ijk,ik->ij", shrink, xy)
    weighted = xy - np.einsum("ijk,ik->ij", xx, moved)
    total = information.sum(axis=0)
    ridge = RIDGE * abs(np.trace(total)) / len(total) + 1e-12
    common_variance, log_total = inverse_above(total + ridge * np.eye(len(total)), ridge)
    common = common_variance @ weighted.sum(axis=0)
    quadratic = float(yy.sum() - np.einsum("ij,ij->", xy, moved) - common @ weighted.sum(axis=0))
    value = -0.5 * (log_inner.sum() + log_total + quadratic + log_factor * float(scaled.freedom.sum()))
    return _Marginal(shrink, information, weighted, common, common_variance, float(value))


def _maximise(scaled: Moments, start: Floats, free: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """The spreads (log variances) and the factor on the residual variance that the data makes most likely."""
    from scipy.optimize import minimize

    def spreads(values: Floats) -> Floats:
        log_spread = np.full(len(free), -np.inf)
        log_spread[free] = values
        return log_spread

    def cost(values: Floats) -> tuple[float, Floats]:
        at = _marginal(scaled, np.exp(spreads(values[:-1])), values[-1])
        aside = _marginal(scaled, np.exp(spreads(values[:-1])), values[-1] + NUDGE)
        slope = np.append(
            _slope(at, np.exp(spreads(values[:-1])))[free], (aside.log_likelihood - at.log_likelihood) / NUDGE
        )
        return -at.log_likelihood, -slope

    first = np.append(start[free], 0.0)
    bounds = [(-16.0, 4.0)] * int(free.sum()) + [(-3.0, 3.0)]
    options = {"maxiter": 40, "ftol": 1e-7}
    found = minimize(cost, np.clip(first, -15.9, 3.9), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return spreads(found.x[:-1]), float(found.x[-1])


def _slope(at: _Marginal, spread: Floats) -> Floats:
    """Derivative of the log likelihood with respect to each log spread."""
    rest = at.weighted - np.einsum("ijk,k->ij", at.information, at.common)
    own = np.einsum("ikk->k", at.information)
    fitted = np.einsum("ikj,jl,ilk->k", at.information, at.common_variance, at.information, optimize=True)
    return np.asarray(-0.5 * spread * (own - fitted - (rest**2).sum(axis=0)), dtype=np.float64)


def _posterior(scaled: Moments, spread: Floats) -> tuple[Floats, Floats, _Marginal]:
    """Mean and variance of every product's coefficients about the origin."""
    at = _marginal(scaled, spread)
    mean = at.common + np.einsum("ijk,ik->ij", at.shrink, scaled.xy - np.einsum("ijk,k->ij", scaled.xx, at.common))
    kept = np.eye(len(spread)) - at.shrink @ scaled.xx
    variance = at.shrink + kept @ at.common_variance @ np.swapaxes(kept, 1, 2)
    return mean, variance, at


def _averaged(
    scaled: Moments, log_spread: Floats, free: npt.NDArray[np.bool_], scale: float
) -> tuple[Floats, Floats, Floats, float, Floats]:
    """Posterior averaged over the price coefficient's spread, which few products determine poorly."""
    if not free[0]:
        mean, variance, at = _posterior(scaled, np.exp(log_spread))
        return mean, variance[:, 0, 0], at.common, float(at.common_variance[0, 0]), np.exp(log_spread / 2)
    roots = np.geomspace(*GRID_ENDS, GRID)
    found = []
    for root in roots:
        spread = np.exp(log_spread)
        spread[0] = (root * scale) ** 2
        found.append(_posterior(scaled, spread))
    likelihood = np.array([at.log_likelihood for *_, at in found])
    prior = -0.5 * (np.log(roots / PRIOR_SPREAD) / PRIOR_LOG_SD) ** 2
    share = np.exp(likelihood + prior - (likelihood + prior).max())
    share /= share.sum()
    means = np.array([mean for mean, *_ in found])
    mean = np.einsum("g,gij->ij", share, means)
    own = np.array([variance[:, 0, 0] for _, variance, _ in found])
    variance = np.einsum("g,gi->i", share, own + (means[:, :, 0] - mean[:, 0]) ** 2)
    commons = np.array([at.common for *_, at in found])
    common = share @ commons
    common_variance = float(
        share @ (np.array([at.common_variance[0, 0] for *_, at in found]) + (commons[:, 0] - common[0]) ** 2)
    )
    spread = np.exp(log_spread / 2)
    spread[0] = float(share @ roots) * scale
    return mean, variance, common, common_variance, spread
