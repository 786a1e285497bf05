"""Series that are mostly zero: a mean by one of the rules made for them, quantiles from the series' own windows.

Which rule serves is decided once for all such series of a file, on their last windows: TSB, unless Croston or SBA was
better there by more than chance.

Belongs here: those series, the choice. Does not belong here: the rules (simple.py).
"""

from __future__ import annotations

import numpy as np

from ml.evaluation.arrays import Floats, Ints
from ml.series.boosting import FEWEST_KNOWN
from ml.series.fallbacks import known_counts
from ml.series.features import Rows
from ml.series.kinds import better_than
from ml.series.panel import Shaped
from ml.series.rehearsal import Request
from ml.series.simple import INTERMITTENT, known_values

MOSTLY_ZERO = 0.5
LATEST_WINDOWS = 400  # older ones say little about what sells now
FARTHEST_RATIO = 3.0  # by which the windows of the past are stretched to the mean that is expected now
LOOKED_AT = 500  # series that the choice is made on
ORIGINS = 3


def intermittent(shaped: Shaped, request: Request) -> tuple[str, dict[int, tuple[Floats, Floats]]]:
    """Who serves, and per intermittent series the mean (steps,) and quantiles (steps, levels).

    Both are means over the window aimed at. A series counts as intermittent at a step where at least half of its latest
    windows of that width were zero; NaN at its other steps.
    """
    values = shaped.panel.values
    owner = np.repeat(np.arange(shaped.panel.n_series), shaped.lengths)
    zeros = np.bincount(owner[values == 0], minlength=shaped.panel.n_series)
    below = np.bincount(owner[values < 0], minlength=shaped.panel.n_series) > 0
    counts = known_counts(shaped)
    series: Ints = np.flatnonzero((zeros >= MOSTLY_ZERO * counts) & ~below & (counts >= FEWEST_KNOWN))
    name = _serving(shaped, series, max(request.steps))
    rows = Rows(series, shaped.lengths[series] - 1, np.ones(len(series), dtype=np.int64), request.is_sum)
    expected = INTERMITTENT[name](shaped, 1, rows)
    known = (known_values(shaped, int(one), int(shaped.lengths[one]) - 1) for one in series)
    found = [_from_windows(y, float(mean), request) for y, mean in zip(known, expected, strict=True)]
    return name, dict(zip(series.tolist(), found, strict=True))


def _serving(shaped: Shaped, series: Ints, longest: int) -> str:
    """The rule that missed the mean of the last windows least, squared; the first unless another is surely better."""
    first = next(iter(INTERMITTENT))
    long = series[shaped.lengths[series] >= 2 * longest + FEWEST_KNOWN]
    if not len(long):
        return first
    looked = long[np.unique(np.linspace(0, len(long) - 1, min(LOOKED_AT, len(long))).astype(np.int64))]
    misses = {name: np.full((ORIGINS, len(looked)), np.nan) for name in INTERMITTENT}
    for k in range(ORIGINS):
        # Windows side by side, from the end back.
        last = shaped.lengths[looked] - 1 - longest * (k + 1)
        there = last >= longest + FEWEST_KNOWN - 1
        rows = Rows(looked[there], last[there], np.full(int(there.sum()), longest), True)
        came = shaped.values.mean(rows.series, rows.last + longest, rows.width)
        for name, rule in INTERMITTENT.items():
            point = rule(shaped, 1, rows) / shaped.size[rows.series]
            misses[name][k, there] = np.minimum((came - point) ** 2, FARTHEST_RATIO**2)
    with np.errstate(all="ignore"):
        mean = {name: np.nansum(miss, axis=0) / np.isfinite(miss).sum(axis=0) for name, miss in misses.items()}
    return better_than(mean, first)


def _from_windows(known: Floats, expected: float, request: Request) -> tuple[Floats, Floats]:
    steps, levels = request.steps, request.quantiles
    mean = np.full(len(steps), np.nan)
    quantiles = np.full((len(steps), len(levels)), np.nan)
    sums = np.concatenate([[0.0], np.cumsum(known)])
    for k, width in enumerate(steps if request.is_sum else (1,)):
        if width > len(known) // 2:
            continue
        windows = ((sums[width:] - sums[:-width]) / width)[-LATEST_WINDOWS:]
        if (windows <= 1e-12).mean() < MOSTLY_ZERO:
            continue
        usual = windows.mean()
        ratio = np.clip(expected / usual, 1 / FARTHEST_RATIO, FARTHEST_RATIO) if usual > 0 else 1.0
        place = slice(k, k + 1) if request.is_sum else slice(None)
        mean[place] = expected
        quantiles[place] = np.quantile(windows, levels) * ratio
    return mean, quantiles
