"""A search for better parameters of the forecast on development origins, by Optuna.

The first trial is the parameters that serve today; every other trial is compared with it. Each trial is a
rolling-origin backtest; its loss is the mean scaled pinball loss of LightGBM's P10, P50 and P90 over active releases.
What serves wins ties: parameters that gain less than the promotion rule asks for are not worth a challenger. Origins
that the search has seen do not count in the challenger's reviews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from ml.evaluation.losses import summed_pinball
from ml.forecasting.backtest import HOLDOUT, backtest, origins_every
from ml.forecasting.boosting import Settings
from ml.forecasting.facts import Facts
from ml.forecasting.history import LIGHTGBM
from ml.promotion.decision import LEAST_GAIN

if TYPE_CHECKING:
    import optuna

Overrides = Mapping[str, Any]
ORIGINS = 4
SPACE: Mapping[str, tuple[int, int] | tuple[float, float]] = {
    "trees": (30, 240),
    "leaves": (4, 48),
    "learning_rate": (0.03, 0.2),
    "min_rows_per_leaf": (20, 400),
    "training_windows": (8, 36),
}
LINEAR = "training_windows"  # the others are searched by their logarithm


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        overrides: parameters of the best trial that differ from those that the search started from.
        loss, start_loss: of the best trial and of the first, on the same origins.
        origins: what the search has seen.
        trials: how many backtests were run, the first among them.
    """

    overrides: dict[str, Any]
    loss: float
    start_loss: float
    origins: tuple[date, ...]
    trials: int

    @property
    def gain(self) -> float:
        """Share by which the loss is smaller than that of the start."""
        return 1 - self.loss / self.start_loss

    @property
    def is_better(self) -> bool:
        """Whether the gain is worth a challenger."""
        return bool(self.overrides) and self.gain >= LEAST_GAIN


def development_origins(first: date, last: date, count: int = ORIGINS) -> list[date]:
    """The newest origins that are not held out, oldest first; empty where the sales are too short."""
    grid = origins_every(first, last)
    return grid[: max(0, len(grid) - HOLDOUT)][-count:]


def mean_loss(forecasts: pl.DataFrame) -> float:
    """Mean scaled pinball loss of LightGBM, summed over the three quantiles; of a frame of `backtest`."""
    rows = forecasts.filter((pl.col("model") == LIGHTGBM) & pl.col("is_active") & pl.col("demand").is_not_null())
    return float(rows.select((summed_pinball(pl.col("demand")) / pl.col("loss_scale")).mean()).item())


def suggested(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    """The parameters of one trial."""
    found: dict[str, Any] = {}
    for name, (low, high) in SPACE.items():
        if isinstance(low, int) and isinstance(high, int):
            found[name] = trial.suggest_int(name, low, high, log=name != LINEAR)
        else:
            found[name] = trial.suggest_float(name, low, high, log=name != LINEAR)
    return found


def search(
    sales: pl.DataFrame,
    catalogue: pl.DataFrame | None,
    origins: Sequence[date],
    settings: Settings,
    facts: Facts | None = None,
    *,
    trials: int = 20,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> Found:
    """Try parameters on the origins, those of `settings` first; `progress` is told (done, trials, what) after each.

    Raises:
        ValueError: no origin, or fewer than two trials.
    """
    import optuna

    if not origins or trials < 2:
        raise ValueError("a search needs a development origin and at least two trials; the sales may be too short")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    start = {name: getattr(settings, name) for name in SPACE}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(8, trials)))
    study.enqueue_trial(start)

    def loss(trial: optuna.Trial) -> float:
        tried = replace(settings, **suggested(trial))
        found = mean_loss(backtest(sales, catalogue, origins, holdout=0, settings=tried, facts=facts))
        if progress is not None:
            progress(trial.number + 1, trials, f"loss {found:.5f} with {trial.params}")
        return found

    study.optimize(loss, n_trials=trials)
    best = {name: value for name, value in study.best_params.items() if value != start[name]}
    first = study.trials[0].value
    assert first is not None, "the start is the first trial"
    return Found(best, float(study.best_value), float(first), tuple(origins), trials)
