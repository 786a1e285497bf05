"""A toy model under governance: losses with a planted gain, so that every decision has a known right answer."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lake.lakehouse import Lake
from ml.promotion.candidate import Candidate
from resources.registry import Registry

MODEL = "toy"
START = dt.datetime(2026, 1, 5, 6, tzinfo=dt.UTC)
DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=30 * k) for k in range(20)]


def backtest(gain: float, entities: int = 250) -> pl.DataFrame:
    """Losses of a recipe: the same releases and moods for every recipe, smaller by `gain`."""
    rng = np.random.default_rng(17)
    frames = []
    for day in DAYS:
        loss = rng.gamma(2, 0.5, entities) * rng.lognormal(0, 0.15)
        own = loss * (1 - gain)
        rows = {"origin": [day] * entities, "entity": [f"R{k}" for k in range(entities)], "segment": ["all"] * entities}
        rows |= {"loss": own, "first_loss": own, "rival_loss": 1.1 * loss, "covered": np.full(entities, 0.9)}
        frames.append(pl.DataFrame(rows))
    return pl.concat(frames)


def candidate(recipe: str, week: int, gain: float = 0.0, **more: Any) -> Candidate:
    """A weekly fit of a recipe."""
    origin = START.date() + dt.timedelta(weeks=week)
    artefact = f"{recipe} {week}".encode()
    return Candidate(MODEL, recipe, recipe, origin, {"gold/x": week}, artefact, losses=backtest(gain), **more)


def registry_at(root: Path) -> Registry:
    """The registry of a lake."""
    return Registry(Lake(root))


def live_rows(version: int, role: str, origin: dt.date, factor: float, entities: int = 100) -> pl.DataFrame:
    """Live losses of a version at one origin: `factor` times the mean of the backtest."""
    loss = float(backtest(0.0)["loss"].mean()) * factor  # type: ignore[arg-type]
    return pl.DataFrame(
        {
            "model": [MODEL] * entities,
            "version": [version] * entities,
            "role": [role] * entities,
            "origin": [origin] * entities,
            "entity": [f"R{k}" for k in range(entities)],
            "horizon_days": pl.Series([30] * entities, dtype=pl.Int32),
            "actual": np.ones(entities),
            "loss": np.full(entities, loss),
            "covered": np.full(entities, 0.9),
        }
    )
