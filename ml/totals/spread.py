"""Each group's own quantiles, from what the same sums missed at origins whose days were over.

The log error of a sum has two parts: the miss of everything together, which all groups of a window share, and the
group's own, which shrinks as the group grows. The shared part is a Student t with the spread of the windows seen so
far (`ml.evaluation.shifted_conformal.shift_nodes`) around none; the own part is divided by sqrt(a + b / size), fitted
by least squares, and pooled over groups and windows: split conformal prediction with scaled residuals (Lei et al. 2018,
"Distribution-free predictive inference for regression"), so that a large group's range is not that of a small one.

Belongs here: errors into quantiles. Does not belong here: sums (groups.py), scores (scores.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats
from ml.evaluation.shifted_conformal import QUANTILES, shift_nodes
from ml.forecasting.intervals import QUANTILE_COLUMNS
from ml.totals.groups import EVERYTHING

FEWEST_ERRORS = 30
ASSUMED = (0.05, 4.0)  # a and b before that many errors are known
MOST_WINDOWS = 12
SMALLEST_SCALE = 1e-3
# Prior spread of the shared part; in the first year nobody has seen the season that comes, which weighs more in a month
# than in three. On the wholesaler's development origins .8, .5, .35 and .25 were tried for it.
SEEN_SD, UNSEEN_SD = 0.15, 0.5
YEAR = 364
PIECE = ("target", "from_day", "to_day")


@dataclass(frozen=True)
class GroupSpread:
    """The own part of one level: a and b of the scale, pooled scaled errors; `measured` where they were."""

    floor: float
    by_size: float
    errors: Floats
    measured: bool

    def scale(self, size: Floats) -> Floats:
        """The spread of the own part at these sizes, in units."""
        found: Floats = np.sqrt(np.maximum(self.floor + self.by_size / (1 + size), SMALLEST_SCALE))
        return found


def own_spread(size: Floats, error: Floats) -> GroupSpread:
    """From sizes and own log errors of past windows; the assumed one where they are fewer than 30."""
    if len(error) < FEWEST_ERRORS:
        from scipy.special import ndtri

        return GroupSpread(*ASSUMED, ndtri((np.arange(19) + 0.5) / 19), measured=False)
    design = np.column_stack([np.ones(len(size)), 1 / (1 + size)])
    # A tiny group's error squared must not outweigh everything: rows weigh as their expected square is small.
    weight = 1 / (1 + 10 / (1 + size))
    floor, by_size = least_squares_of_two(design * weight[:, None], error**2 * weight)
    spread = GroupSpread(floor, by_size, np.zeros(0), measured=True)
    return GroupSpread(spread.floor, spread.by_size, error / spread.scale(size), measured=True)


def least_squares_of_two(design: Floats, target: Floats) -> tuple[float, float]:
    """The two weights, none below zero, that come closest to the target; of a design (n, 2) without a negative entry.

    Where the best pair has a negative one, the best is on an axis. Written out, as SciPy's takes longer to import than
    everything else about a day's sums.
    """
    free = np.linalg.lstsq(design, target, rcond=None)[0]
    if (free >= 0).all():
        return float(free[0]), float(free[1])
    alone = np.maximum(design.T @ target / np.maximum((design**2).sum(axis=0), SMALLEST_SCALE), 0.0)
    left_over = ((target[:, None] - design * alone) ** 2).sum(axis=0)
    return (float(alone[0]), 0.0) if left_over[0] <= left_over[1] else (0.0, float(alone[1]))


def with_quantiles(sums: pl.DataFrame, past: pl.DataFrame, origin: date, first: date) -> pl.DataFrame:
    """The sums of one origin with q0.1, q0.5, q0.9 and is_calibrated.

    `past` is the frame of `rehearse`; of it only windows that ended at or before `origin` are looked at. `first` is the
    first day of the sales. Quantiles of sums from the first day on grow with their length.
    """
    ends = pl.col("origin") + pl.duration(days=pl.col("to_day").cast(pl.Int64))
    over = past.filter(ends <= origin)
    days_known = (origin - first).days + 1
    done = []
    for key, rows in sums.partition_by(PIECE, as_dict=True, maintain_order=True).items():
        target, from_day, to_day = key
        piece = (pl.col("from_day") == from_day) & (pl.col("to_day") == to_day)
        length = int(to_day - from_day + 1)
        prior = SEEN_SD if days_known > YEAR else UNSEEN_SD * float((30 / length) ** (1 / 3))
        done.append(_piece(rows, over.filter(piece & (pl.col("target") == target)), sums.filter(piece), prior))
    grown = pl.concat(done).sort("to_day")
    same = pl.col("from_day") == 1
    keys = ["level", "member", "target", "from_day"]
    return grown.with_columns(
        pl.when(same).then(pl.col(q).cum_max().over(keys)).otherwise(q).alias(q) for q in QUANTILE_COLUMNS
    )


def _unit_price(rows: pl.DataFrame) -> float:
    """What a unit brings on the mean, so that sizes of revenue count in units; 1 for units themselves."""
    everything = rows.filter(pl.col("level") == EVERYTHING)
    by = {target: float(everything.filter(pl.col("target") == target)["mean"].sum()) for target in ("units", "revenue")}
    return by["revenue"] / by["units"] if min(by.values()) > 0 else 1.0


def _piece(rows: pl.DataFrame, past: pl.DataFrame, both_targets: pl.DataFrame, prior: float) -> pl.DataFrame:
    newest = past["origin"].unique().sort().tail(MOST_WINDOWS)
    past = past.filter(pl.col("origin").is_in(newest.implode()))
    price = _unit_price(both_targets) if rows["target"][0] == "revenue" else 1.0
    error = ((pl.col("actual") + price) / (pl.col("mean") + price)).log()
    shared = past.filter(pl.col("level") == EVERYTHING).select("origin", shared=error).sort("origin")
    own = past.join(shared, on="origin", how="inner", maintain_order="left").with_columns(own=error - pl.col("shared"))
    # What everything missed then, forecasts have been fitted to since: it says how far they miss, not to which side.
    nodes = shift_nodes(shared["shared"].to_numpy(), prior, centre=0.0)
    parts = []
    for (level,), group in rows.partition_by("level", as_dict=True, maintain_order=True).items():
        size = group["mean"].to_numpy() / price
        if level == EVERYTHING:
            log_quantiles = np.tile(np.quantile(nodes, QUANTILES), (len(size), 1))
            measured = len(shared) > 0
        else:
            known = own.filter(pl.col("level") == level)
            found = own_spread(known["mean"].to_numpy() / price, known["own"].to_numpy())
            log_quantiles = _convolved(found, size, nodes)
            measured = found.measured
        values = np.maximum((size[:, None] + 1) * np.exp(log_quantiles) - 1, 0.0) * price
        columns = [pl.Series(name, values[:, k]) for k, name in enumerate(QUANTILE_COLUMNS)]
        parts.append(group.with_columns(*columns, is_calibrated=pl.lit(measured)))
    return pl.concat(parts)


def _convolved(found: GroupSpread, size: Floats, nodes: Floats) -> Floats:
    """Quantiles (n, 3) of shared plus own part; the own errors are thinned to 99 quantiles."""
    errors = np.quantile(found.errors, (np.arange(99) + 0.5) / 99)
    own = found.scale(size)[:, None, None] * errors[None, :, None]
    both = (own + nodes[None, None, :]).reshape(len(size), -1)
    return np.asarray(np.quantile(both, QUANTILES, axis=1).T, dtype=np.float64)
