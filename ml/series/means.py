"""The mean of a forecast: between its median and the mean of the unbent errors, as far as held-back rows bear out.

The median plus each pooled error, unbent and averaged, is the mean only if the pool is as wide as the series' errors.
Pools are wider for calm series, and unbending (exp, sinh) makes of width a bias upward. So a share of the way from the
median to that mean is fitted by least squares on the rows held back, in units of the series' size.

Belongs here: means. Does not belong here: quantiles (conformal.py), who serves (rehearsal.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.evaluation.arrays import Floats
from ml.evaluation.conformal import Calibration
from ml.series.features import Rows
from ml.series.panel import Shaped

LARGEST_ERROR = 5.0  # in units of the series' size; one wild series does not decide
FEWEST_ROWS = 50


def around(shaped: Shaped, rows: Rows, point: Floats, by: Floats, errors: Floats, widest: float) -> Floats:
    """The point plus an error per row (rows,), in the series' own units.

    Args:
        shaped: the panel.
        rows: whose target is meant.
        point: median in the shape.
        by: the variability that the error is measured in.
        errors: per row.
        widest: bound of an error in the shape.
    """
    return shaped.unbend(point + np.clip(by * errors, -widest, widest), rows.series)


def spread_means(
    shaped: Shaped, rows: Rows, point: Floats, by: Floats, calibration: Calibration, steps: Sequence[int]
) -> tuple[Floats, Floats]:
    """Median (rows,) and the mean of the pooled errors around it (rows,), within their middle four fifths."""
    grid = np.stack([calibration.grid(step) for step in steps])[np.searchsorted(np.array(steps), rows.ahead)]

    def at(errors: Floats) -> Floats:
        return around(shaped, rows, point, by, errors, calibration.widest)

    mean = np.zeros(len(point))
    for k in range(grid.shape[1]):
        mean += at(grid[:, k]) / grid.shape[1]
    # One wild error, unbent, must not carry the mean away.
    mean = np.clip(mean, at(np.quantile(grid, 0.1, axis=1)), at(np.quantile(grid, 0.9, axis=1)))
    return at(np.quantile(grid, 0.5, axis=1)), mean


def mean_share(median: Floats, mean: Floats, actual: Floats, size: Floats) -> float:
    """How far towards `mean` the least squared error lies, 0 (the median) to 1.

    All of (rows,) in the series' own units; NaN in `actual` where nothing is known. 0 where too few rows are known.
    """
    known = np.isfinite(actual) & np.isfinite(median) & np.isfinite(mean)
    if known.sum() < FEWEST_ROWS:
        return 0.0
    scale = size[known]
    apart = np.clip((mean - median)[known] / scale, -LARGEST_ERROR, LARGEST_ERROR)
    error = np.clip((actual - median)[known] / scale, -LARGEST_ERROR, LARGEST_ERROR)
    square = float(apart @ apart)
    return float(np.clip(apart @ error / square, 0.0, 1.0)) if square > 0 else 0.0
