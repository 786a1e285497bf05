"""How large a deviation must be to be a trigger: by the false-alarm share, over all series of a metric."""

from __future__ import annotations

import numpy as np

from ml.triggers.grid import Floats

LIMIT_DAYS = 28
TAIL_FACTOR = 1.6
TAIL_FROM = 1.0  # sigmas; limits look among larger deviations only, which is exact and faster


def limits(sigmas: Floats, share: float, least_sigmas: float, days: int | None = None) -> Floats:
    """The limit (days,) of each day: the pooled quantile of the 28 days before it, at least `least_sigmas`.

    Only the last `days` have one, where that is given; the others' is infinite.
    """
    size = np.abs(sigmas)
    count = size.shape[1]
    found = np.full(count, np.inf)
    first = 1 if days is None else max(1, count - days)
    known = {day: size[:, day][~np.isnan(size[:, day])] for day in range(max(0, first - LIMIT_DAYS), count)}
    tails = {day: values[values > TAIL_FROM] for day, values in known.items()}
    for day in range(first, count):
        past = range(max(0, day - LIMIT_DAYS), day)
        total = sum(len(known[one]) for one in past)
        if total >= 20:
            tail = np.concatenate([tails[one] for one in past])
            ranks = [(1 - 6 * share) * (total - 1), (1 - share) * (total - 1)]
            if total - len(tail) > int(ranks[0]):  # the quantile lies below what counts as the tail
                tail = np.concatenate([known[one] for one in past])
            # Earlier incidents are among the largest: they must not hide later ones.
            usual, extreme = _at_ranks(tail, [rank - (total - len(tail)) for rank in ranks])
            found[day] = max(least_sigmas, min(extreme, TAIL_FACTOR * usual))
    return found


def _at_ranks(values: Floats, ranks: list[float]) -> list[float]:
    """The values at fractional ranks from 0, as quantiles are interpolated."""
    lower = [int(rank) for rank in ranks]
    upper = [min(one + 1, len(values) - 1) for one in lower]
    ordered = np.partition(values, sorted({*lower, *upper}))
    return [
        float(ordered[low] + (rank - low) * (ordered[high] - ordered[low]))
        for rank, low, high in zip(ranks, lower, upper, strict=True)
    ]
