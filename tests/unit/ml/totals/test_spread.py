"""The spread of a group's own errors, fitted without SciPy, is what SciPy fits."""

import numpy as np
import pytest
from scipy.optimize import nnls

from ml.totals.spread import least_squares_of_two


@pytest.mark.parametrize("seed", range(60))
def test_the_two_weights_of_the_spread_are_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design = np.column_stack([rng.random(40), rng.random(40) ** 3])
    target = design @ rng.normal(0, 1, 2) + rng.normal(0, 0.3, 40)
    expected, _ = nnls(design, target)
    assert least_squares_of_two(design, target) == pytest.approx(tuple(expected), abs=1e-9)
