"""Losses of two equally good models of a backtest: common moods, and a mood of each model at each origin."""

import datetime as dt

import numpy as np
import polars as pl


def paired_losses(origins: int = 9, entities: int = 300, spread: float = 0.02, noise: float = 0.05) -> pl.DataFrame:
    """[origin, entity, segment, one, one_first, other, other_first], seeded."""
    rng = np.random.default_rng(3)
    frames = []
    for k in range(origins):
        one = rng.gamma(2, 0.5, entities) * rng.lognormal(0, 0.2)
        other = one * rng.lognormal(0, spread) * rng.lognormal(0, noise, entities)
        columns = {"entity": [f"R{n}" for n in range(entities)], "one": one, "one_first": 0.9 * one}
        columns |= {"segment": ["low" if n % 2 else "high" for n in range(entities)]}
        columns |= {"other": other, "other_first": 0.9 * other}
        frames.append(pl.DataFrame(columns).with_columns(origin=dt.date(2025, 1, 1) + dt.timedelta(days=30 * k)))
    return pl.concat(frames)
