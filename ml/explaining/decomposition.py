"""Contributions to a logarithm turned into units, so that they add up to the forecast exactly.

The model predicts `log((units + 1) / (base + 1))` as a sum of parts, one per feature (SHAP values of the trees;
Lundberg et al. 2020). A part p becomes `p * L` units with the logarithmic mean

    L(a, b) = (a - b) / (ln a - ln b),  L(a, a) = a,  a = forecast + 1,  b = base + 1.

The sum of all parts is `ln a - ln b`, so the units add up to `a - b = forecast - base` without a remainder. This is the
logarithmic mean Divisia decomposition (Ang 2005, "The LMDI approach to decomposition analysis", eq. 5), and the same as
the Aumann-Shapley value of exp along the straight path from base to forecast: no order of the features is preferred.
"""

from __future__ import annotations

import numpy as np

from ml.evaluation.arrays import Floats


def logarithmic_mean(one: Floats, other: Floats) -> Floats:
    """L(one, other) of positive numbers, elementwise."""
    ratio = np.log(one) - np.log(other)
    near = np.abs(ratio) < 1e-9
    return np.where(near, (one + other) / 2, (one - other) / np.where(near, 1.0, ratio))


def in_units(parts: Floats, base: Floats, forecast: Floats) -> Floats:
    """Units per part, shaped (n, k + 1): those of the k given log parts (n, k), then what they leave unexplained.

    The last column is the move from `base` to `forecast` (n,) that no given part accounts for. Rows add up to
    `forecast - base`.
    """
    left = np.log(forecast + 1) - np.log(base + 1) - parts.sum(axis=1)
    return np.column_stack([parts, left]) * logarithmic_mean(forecast + 1, base + 1)[:, None]
