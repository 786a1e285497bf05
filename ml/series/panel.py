"""All series side by side: one flat array, each series divided by its own size and bent to a common shape.

A series that stays well above zero is seen as logarithms, so that growth is additive; any other as `asinh`, which is
linear about zero and logarithmic far out, and knows negative values. Sums over any window cost two look-ups.

Belongs here: storage, windows, scale. Does not belong here: which windows a model looks at (features.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints

LOWEST_LOG = 0.02  # of the series' mean size: a series with smaller values is not seen as logarithms
FARTHEST = 300.0  # exp of more, times the size of a series, is no number


@dataclass(frozen=True)
class Covariate:
    """A further column, laid out as the values and, where known ahead, as many steps beyond each origin.

    Series i holds `values[offset[i]:offset[i + 1]]`, longer than its target by the known steps.
    """

    values: Floats
    offset: Ints
    is_known_ahead: bool


@dataclass(frozen=True)
class Panel:
    """Series through their origins. Series i holds `values[offset[i]:offset[i + 1]]`, NaN where nothing is known.

    Its first value stands at step `first[i]`, its last one is the origin.
    """

    ids: tuple[str, ...]
    values: Floats
    offset: Ints
    first: Ints
    covariates: Mapping[str, Covariate] = field(default_factory=dict)

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return len(self.first)

    @property
    def lengths(self) -> Ints:
        """Steps from first value through origin, per series."""
        return np.diff(self.offset)

    def cut(self, lengths: Ints, ahead: int) -> tuple[Panel, Ints]:
        """The first `lengths[i]` steps of each series, and which series have any.

        A column that is known `ahead` steps after the origin is taken as known so far after an earlier one, too.
        """
        kept = np.flatnonzero(lengths > 0)
        covariates = {}
        for name, one in self.covariates.items():
            longer = np.minimum(lengths[kept] + ahead * one.is_known_ahead, np.diff(one.offset)[kept])
            covariates[name] = Covariate(*_heads(one.values, one.offset, kept, longer), one.is_known_ahead)
        values, offset = _heads(self.values, self.offset, kept, lengths[kept])
        return Panel(tuple(self.ids[i] for i in kept), values, offset, self.first[kept], covariates), kept


def _heads(values: Floats, offset: Ints, kept: Ints, lengths: Ints) -> tuple[Floats, Ints]:
    """The first so many values of the kept series."""
    new = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return values[np.arange(new[-1]) + np.repeat(offset[kept] - new[:-1], lengths)], new


class Windows:
    """Means over any window of a ragged array, by running sums."""

    def __init__(self, values: Floats, offset: Ints, *, is_known_ahead: bool = False) -> None:
        self.offset, self.lengths, self.is_known_ahead = offset, np.diff(offset), is_known_ahead
        known = ~np.isnan(values)
        self.sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
        self.counts = np.concatenate([[0], np.cumsum(known)]).astype(np.int64)

    def _reach(self, series: Ints, last: Ints, width: Ints | int) -> tuple[Ints, Ints]:
        until = np.clip(last + 1, 0, self.lengths[series])
        since = np.clip(last + 1 - width, 0, until)
        return self.offset[series] + since, self.offset[series] + until

    def mean(self, series: Ints, last: Ints, width: Ints | int) -> Floats:
        """Mean over the `width` steps through `last`; NaN where nothing is known or `last` lies beyond the end.

        A window that begins ahead of the series is the mean of what there is of it.
        """
        since, until = self._reach(series, last, width)
        known = self.counts[until] - self.counts[since]
        inside = (known > 0) & (last < self.lengths[series])
        means: Floats = np.full(len(series), np.nan)
        np.divide(self.sums[until] - self.sums[since], known, out=means, where=inside)
        return means

    def share_known(self, series: Ints, last: Ints, width: Ints | int) -> Floats:
        """Which share of the window is known; what lies ahead of the series or beyond its end is not."""
        since, until = self._reach(series, last, width)
        share: Floats = (self.counts[until] - self.counts[since]) / np.asarray(width, dtype=np.float64)
        return share


class Shaped:
    """A panel in its common shape: windows of any length at any step, in the shape `g`.

    `size` is each series' mean absolute value; `is_log` says which shape it has. Both come from the whole known past.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.offset, self.lengths = panel.offset, panel.lengths
        owner = np.repeat(np.arange(panel.n_series), self.lengths)
        known = ~np.isnan(panel.values)
        count = np.bincount(owner[known], minlength=panel.n_series)
        # By the largest first: a sum of huge values must not overflow.
        peak = np.zeros(panel.n_series)
        np.maximum.at(peak, owner[known], np.abs(panel.values[known]))
        peak[peak <= 0] = 1.0
        share = np.bincount(owner[known], np.abs(panel.values[known]) / peak[owner[known]], panel.n_series)
        self.size: Floats = np.where(share > 0, peak * (share / np.maximum(count, 1)), 1.0)
        relative = panel.values / self.size[owner]
        lowest = np.full(panel.n_series, np.inf)
        np.minimum.at(lowest, owner[known], relative[known])
        self.is_log: Bools = lowest > LOWEST_LOG
        self._relative = relative
        self.values = Windows(relative, panel.offset)
        steps = np.full(len(relative), np.nan)
        places = np.flatnonzero(known)
        moved = np.abs(np.diff(self.bend(relative[places], owner[places])))
        same = owner[places[1:]] == owner[places[:-1]]
        # Over a gap a series wanders farther, by the root of its length as a random walk does.
        steps[places[1:][same]] = (moved / np.sqrt(np.diff(places)))[same]
        self.steps = Windows(steps, panel.offset)
        self.covariates = {
            name: Windows(one.values, one.offset, is_known_ahead=one.is_known_ahead)
            for name, one in panel.covariates.items()
        }

    def bend(self, relative: Floats, series: Ints) -> Floats:
        """From multiples of the series' size to the common shape."""
        log = self.is_log[series]
        return np.where(log, np.log(np.where(log, relative, 1.0)), np.arcsinh(relative))

    def shape(self, values: Floats, series: Ints) -> Floats:
        """From the series' own values to the common shape."""
        return self.bend(values / self.size[series], series)

    def unbend(self, shaped: Floats, series: Ints) -> Floats:
        """Back to the series' own values."""
        bounded = np.clip(shaped, -FARTHEST, FARTHEST)
        values: Floats = np.where(self.is_log[series], np.exp(bounded), np.sinh(bounded)) * self.size[series]
        return values

    def floored(self, values: Floats, series: Ints) -> Floats:
        """The values, those of a series seen as logarithms not below the least that it is seen with."""
        least: Floats = np.where(self.is_log[series], LOWEST_LOG * self.size[series], -np.inf)
        return np.maximum(values, least)

    def window(self, series: Ints, last: Ints, width: Ints | int) -> Floats:
        """Shape of the mean over the window; NaN as in :meth:`Windows.mean`."""
        return self.bend(self.values.mean(series, last, width), series)

    def scale(self, series: Ints, last: Ints, width: int | None = None) -> Floats:
        """Mean absolute step of the shape through `last`, of the last `width` steps or of all; NaN where none.

        A step is the way from one known value to the next, over the root of the steps that lie between.
        """
        return self.steps.mean(series, last, width if width is not None else int(self.lengths.max()) + 1)

    def last_known(self, series: Ints, last: Ints) -> Floats:
        """The shape of the latest known value at or before `last`; NaN where there is none."""
        base = self.offset[series]
        count = self.values.counts[base + np.minimum(last + 1, self.lengths[series])]
        place = np.searchsorted(self.values.counts, count, side="left") - 1
        found = place >= base
        return np.where(found, self.bend(self._relative[np.where(found, place, 0)], series), np.nan)
