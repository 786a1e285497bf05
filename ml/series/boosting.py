"""One model for all series per step (or window): a ridge regression, and boosted trees on what it leaves.

The ridge carries what is linear in the past (level, season, trend), which trees only approximate by stairs; the trees
carry the rest. Both aim at the target's difference to the last value in units of the series' variability; the trees
minimise absolute error, so that a forecast is a median, whatever shape the series has. Many steps share models: up to
`models` of them, each for a run of neighbouring steps, which it tells apart by the column `ahead`.

Belongs here: training rows, fitting, predicting. Does not belong here: columns (features.py), spread (calibration.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.evaluation.trees import parameters as tree_parameters
from ml.series.features import Rows, Seen, look
from ml.series.frequency import Frequency
from ml.series.panel import Shaped

if TYPE_CHECKING:
    import lightgbm

FEWEST_KNOWN = 8  # steps before a training origin, or a forecast by the model
SHARE_KNOWN = 0.8  # of a window, or its sum is unknown


@dataclass(frozen=True)
class Settings:
    """What a fit depends on besides its data. `num_threads` fits run side by side and change no byte."""

    seed: int = 0
    num_threads: int = 1
    trees: int = 300
    leaves: int = 31
    learning_rate: float = 0.06
    min_rows_per_leaf: int = 20
    feature_share: float = 0.4
    rows_per_series: int = 100
    fewest_rows: int = 3_000
    training_rows: int = 60_000
    min_training_rows: int = 150
    models: int = 26
    ridge: float = 10.0
    chunk_rows: int = 100_000


@dataclass(frozen=True)
class Part:
    """The fitted model of the steps `first` to `last`."""

    first: int
    last: int
    middle: Floats
    spread: Floats
    weights: Floats
    intercept: float
    trees: lightgbm.Booster

    def predict(self, seen: Seen) -> Floats:
        """In units of variability, about the median."""
        line = _line(seen, self.middle, self.spread) @ self.weights + self.intercept
        trees = self.trees.predict(np.column_stack([seen.matrix, line.astype(np.float32)]), num_threads=1)
        return np.asarray(line + trees, dtype=np.float64)


def runs_of_steps(steps: Sequence[int], models: int) -> list[tuple[int, int]]:
    """Neighbouring steps that share a model: each its own while they are few, even runs after that."""
    chosen = sorted(set(steps))
    runs = np.array_split(np.array(chosen), min(models, len(chosen)))
    return [(int(run[0]), int(run[-1])) for run in runs]


def target(shaped: Shaped, rows: Rows) -> Floats:
    """Shape of what came; NaN where too little of it is known."""
    end, width = rows.last + rows.ahead, rows.width
    share = shaped.values.share_known(rows.series, end, width)
    return np.where(share >= SHARE_KNOWN, shaped.window(rows.series, end, width), np.nan)


def training_rows(shaped: Shaped, run: tuple[int, int], season: int, is_sum: bool, settings: Settings) -> Rows:
    """Origins of all series whose target has come: half from the last season, half from all of the past."""
    rng = np.random.default_rng([settings.seed, run[0], run[1]])
    latest = shaped.lengths - 1 - run[1]
    series = np.flatnonzero(latest >= FEWEST_KNOWN - 1)
    if not len(series):
        return Rows(series, series, series, is_sum)
    wanted = max(settings.rows_per_series, settings.fewest_rows // len(series))
    each = max(2, min(wanted, settings.training_rows // len(series)))
    if each * len(series) > settings.training_rows:
        series = np.sort(rng.choice(series, settings.training_rows // each, replace=False))
    known = latest[series] - FEWEST_KNOWN + 2  # how many origins there are
    recent = np.minimum(known, max(season, each // 2))
    newer = (rng.random((len(series), each - each // 2)) * recent[:, None]).astype(np.int64)
    older = (rng.random((len(series), each // 2)) * known[:, None]).astype(np.int64)
    back = np.concatenate([newer, older], axis=1)
    few = known <= each
    if few.any():
        back[few] = np.where(np.arange(each) < known[few, None], np.arange(each), -1)
    owner = np.repeat(series, each)
    last = (latest[series][:, None] - back).ravel()
    ahead = rng.integers(run[0], run[1] + 1, len(last)) if run[1] > run[0] else np.full(len(last), run[0])
    key = (owner * (int(shaped.lengths.max()) + 1) + last) * (run[1] + 1) + ahead
    _, once = np.unique(key, return_index=True)
    once = once[back.ravel()[once] >= 0]
    return Rows(owner[once], last[once], ahead[once], is_sum)


def _line(seen: Seen, middle: Floats, spread: Floats) -> Floats:
    columns = seen.matrix[:, seen.linear].astype(np.float64)
    columns = np.where(np.isfinite(columns), columns, middle)
    return np.clip((columns - middle) / spread, -8.0, 8.0)


def fit_part(run: tuple[int, int], seen: Seen, moved: Floats, settings: Settings) -> Part:
    """Ridge, then trees on what it leaves."""
    import lightgbm as lgb

    columns = seen.matrix[:, seen.linear].astype(np.float64)
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, columns, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, columns - middle, 0.0) ** 2).sum(axis=0) / count) + 1e-6
    x = _line(seen, middle, spread)
    # A few wild moves must not bend the line.
    bound = np.quantile(np.abs(moved), 0.99)
    y = np.clip(moved, -bound, bound)
    intercept = float(y.mean())
    weights = np.linalg.solve(x.T @ x + settings.ridge * np.eye(x.shape[1]), x.T @ (y - intercept)).astype(np.float64)
    line = x @ weights + intercept
    data = lgb.Dataset(
        np.column_stack([seen.matrix, line.astype(np.float32)]),
        moved - line,
        params={"max_bin": 63, "bin_construct_sample_cnt": 20_000, "verbose": -1},
    )
    parameters = tree_parameters("regression_l1", settings, settings.feature_share)
    return Part(*run, middle, spread, weights, intercept, lgb.train(parameters, data, settings.trees))


def fit_parts(
    shaped: Shaped,
    frequency: Frequency,
    steps: Sequence[int],
    is_sum: bool,
    settings: Settings,
    told: Callable[[int, int], None] | None = None,
) -> list[Part]:
    """The models of all steps; fewer, or none, where too few targets have come."""
    runs = runs_of_steps(steps, len(steps) if is_sum else settings.models)
    season = max((s for s in frequency.seasons if s <= 366), default=1)

    def fit_one(run: tuple[int, int]) -> Part | None:
        rows = training_rows(shaped, run, season, is_sum, settings)
        came = target(shaped, rows)
        seen = look(shaped, frequency, rows) if len(rows.series) else None
        if seen is None:
            return None
        moved = (came - seen.base) / seen.scale
        usable = np.isfinite(moved)
        if usable.sum() < settings.min_training_rows:
            return None
        return fit_part(run, _only(seen, usable), np.clip(moved[usable], -200, 200), settings)

    parts = []
    with ThreadPoolExecutor(settings.num_threads) as pool:
        for done, part in enumerate(pool.map(fit_one, runs), start=1):
            parts += [part] if part is not None else []
            if told is not None:
                told(done, len(runs))
    return parts


def _only(seen: Seen, chosen: Bools) -> Seen:
    return Seen(seen.matrix[chosen], seen.names, seen.linear, seen.base[chosen], seen.scale[chosen])


def predict_rows(
    parts: Sequence[Part], shaped: Shaped, frequency: Frequency, rows: Rows, settings: Settings
) -> tuple[Floats, Floats]:
    """Shape of the median per row, and the variability that it is scaled by; NaN where no model can say.

    Rows are taken in pieces, so that memory does not grow with their number.
    """
    point = np.full(len(rows.series), np.nan)
    scale = np.full(len(rows.series), np.nan)
    for part in parts:
        mine: Ints = np.flatnonzero((rows.ahead >= part.first) & (rows.ahead <= part.last))
        for begin in range(0, len(mine), settings.chunk_rows):
            chunk = mine[begin : begin + settings.chunk_rows]
            seen = look(shaped, frequency, Rows(rows.series[chunk], rows.last[chunk], rows.ahead[chunk], rows.is_sum))
            point[chunk] = seen.base + seen.scale * part.predict(seen)
            scale[chunk] = seen.scale
    enough = rows.last + 1 >= FEWEST_KNOWN
    return np.where(enough, point, np.nan), scale


def covers(parts: Sequence[Part], steps: Sequence[int]) -> bool:
    """Whether there is a model for every step."""
    return all(any(part.first <= step <= part.last for part in parts) for step in steps)
