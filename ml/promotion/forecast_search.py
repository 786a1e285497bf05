"""A search for better parameters of the forecast on development origins, by Optuna.

Each trial is a rolling-origin backtest with other parameters; its loss is the mean scaled pinball loss of LightGBM's
P10, P50 and P90 over active releases. The simple wins ties: parameters that gain less than the promotion rule asks for
are not worth a challenger. Origins that the search has seen do not count in the challenger's reviews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from ml.forecasting.backtest import HOLDOUT, backtest, origins_every
from ml.forecasting.boosting import Settings
from ml.forecasting.facts import Facts
from ml.forecasting.history import LIGHTGBM
from ml.promotion.decision import LEAST_GAIN

if TYPE_CHECKING:
    import optuna

Overrides = Mapping[str, Any]
ORIGINS = 4
LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        overrides: parameters of the best trial that differ from the default.
        loss, default_loss: of the best trial and of the default, on the same origins.
        origins: what the search has seen.
        trials: how many backtests were run, the default's among them.
    """

    overrides: dict[str, Any]
    loss: float
    default_loss: float
    origins: tuple[date, ...]
    trials: int

    @property
    def gain(self) -> float:
        """Share by which the loss is smaller than the default's."""
        return 1 - self.loss / self.default_loss

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
    error = {name: pl.col("demand") - pl.col(name) for name in LEVELS}
    losses = [pl.max_horizontal(level * error[name], (level - 1) * error[name]) for name, level in LEVELS.items()]
    return float(rows.select((pl.sum_horizontal(losses) / pl.col("loss_scale")).mean()).item())


def suggested(trial: optuna.trial.BaseTrial) -> dict[str, Any]:
    """The parameters of one trial."""
    return {
        "trees": trial.suggest_int("trees", 30, 240, log=True),
        "leaves": trial.suggest_int("leaves", 4, 48, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.2, log=True),
        "min_rows_per_leaf": trial.suggest_int("min_rows_per_leaf", 20, 400, log=True),
        "training_windows": trial.suggest_int("training_windows", 8, 36),
    }


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
    """Try parameters on the origins, the default first; `progress` is told (done, trials, what) after each.

    Raises:
        ValueError: no origin, or fewer than two trials.
    """
    import optuna

    if not origins or trials < 2:
        raise ValueError("a search needs a development origin and at least two trials; the sales may be too short")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    default = {name: getattr(settings, name) for name in suggested(optuna.trial.FixedTrial(_middle()))}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(8, trials)))
    study.enqueue_trial(default)

    def loss(trial: optuna.Trial) -> float:
        tried = replace(settings, **suggested(trial))
        found = mean_loss(backtest(sales, catalogue, origins, holdout=0, settings=tried, facts=facts))
        if progress is not None:
            progress(trial.number + 1, trials, f"loss {found:.5f} with {trial.params}")
        return found

    study.optimize(loss, n_trials=trials)
    best = {name: value for name, value in study.best_params.items() if value != default[name]}
    first = study.trials[0].value
    assert first is not None, "the default is the first trial"
    return Found(best, float(study.best_value), float(first), tuple(origins), trials)


def _middle() -> dict[str, Any]:
    """Any parameters within the space, to read its names by."""
    return {"trees": 60, "leaves": 15, "learning_rate": 0.1, "min_rows_per_leaf": 50, "training_windows": 24}
