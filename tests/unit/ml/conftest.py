"""Small sales with planted truth: what every forecasting test starts from."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.forecasting.facts import Facts

START = date(2022, 1, 1)


def make_sales(n_series: int, n_days: int, seed: int, season: float = 0.0) -> pl.DataFrame:
    """Intermittent sales: gamma levels, Poisson days, prices that move once; `season` swings all series."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(0.8, 2.0, n_series) + 0.02
    born = np.where(rng.random(n_series) < 0.3, rng.integers(0, n_days, n_series), 0)
    day = np.arange(n_days)
    swing = 1 + season * np.cos(2 * np.pi * day / 364)
    units = rng.poisson(level[:, None] * swing[None, :] * (day[None, :] >= born[:, None]))
    price = np.round(rng.uniform(2, 30, n_series), 2)[:, None] * np.where(day[None, :] < n_days // 2, 1.0, 1.1)
    series, days = np.nonzero(units)
    return pl.DataFrame(
        {
            "unique_id": [f"R{i:04d}" for i in series],
            "ds": [START + timedelta(days=int(d)) for d in days],
            "y": units[series, days].astype(np.float64),
            "revenue": np.round(units * price, 2)[series, days],
        }
    )


def make_catalogue(sales: pl.DataFrame, seed: int) -> pl.DataFrame:
    """A catalogue with holes; every fifth release becomes known late."""
    rng = np.random.default_rng(seed)
    ids = sales["unique_id"].unique().sort()
    n = len(ids)
    return pl.DataFrame(
        {
            "unique_id": ids,
            "release_date": [START + timedelta(days=int(d)) if d > 60 else None for d in rng.integers(0, 600, n)],
            "genre": [("jazz", "rock", "folk", None)[k] for k in rng.integers(0, 4, n)],
            "format": [("LP", "CD")[k] for k in rng.integers(0, 2, n)],
            "artist_id": [f"A{k}" if k else None for k in rng.integers(0, 8, n)],
            "list_price": np.round(rng.uniform(5, 30, n), 2),
            "known_from": [START + timedelta(days=500) if k == 0 else None for k in rng.integers(0, 5, n)],
            "label_id": [f"L{k}" if k else None for k in rng.integers(0, 6, n)],
        }
    )


@pytest.fixture(scope="session")
def sales() -> pl.DataFrame:
    """60 series over 560 days."""
    return make_sales(60, 560, seed=7, season=0.4)


@pytest.fixture(scope="session")
def catalogue(sales: pl.DataFrame) -> pl.DataFrame:
    return make_catalogue(sales, seed=8)


def make_facts(sales: pl.DataFrame, seed: int) -> Facts:
    """Stock-outs of a week or three, prices that move up to three times, plays and mentions that come late."""
    rng = np.random.default_rng(seed)
    ids = sales["unique_id"].unique().sort().to_list()
    last = int((sales["ds"] - START).dt.total_days().max())  # type: ignore[arg-type]

    def days(frame: list[tuple[Any, ...]], *names: str) -> pl.DataFrame:
        rows = [(name, START + timedelta(days=day), *rest) for name, day, *rest in frame]
        return pl.DataFrame(rows, schema=["unique_id", "ds", *names], orient="row")

    outs = [
        (name, first + k)
        for name in ids[::2]
        for first in rng.integers(0, last, 3).tolist()
        for k in range(int(rng.choice([7, 21])))
    ]
    prices = _price_list(rng, ids[::2], last)
    heard = [
        (name, int(day), ("plays", "mentions")[k % 2], float(rng.integers(1, 90)))
        for name in ids[1::2]
        for k, day in enumerate(rng.integers(0, last, 60))
    ]
    sound = [
        (name, int(day), float(rng.integers(60, 180)), float(-rng.integers(6, 20)))
        for name in ids[::4]
        for day in rng.integers(0, last, 2)
    ]
    signals = days(heard, "kind", "value")
    ordered = [
        (name, int(day), float(rng.integers(1, 50)), float(rng.integers(0, 4)))
        for name in ids[::2]
        for day in np.unique(rng.integers(0, last, 5))
    ]
    pre_orders = days(ordered, "units", "buyers")
    return Facts(days(outs), prices, signals, days(sound, "bpm", "loudness"), pre_orders)


def _price_list(rng: np.random.Generator, ids: list[str], last: int) -> pl.DataFrame:
    """Prices of one or two markets: some announced ahead, some lower for a time, some corrected before or after."""
    rows: list[tuple[str, str, int, int, int | None, float]] = []
    for name in ids:
        days = np.sort(rng.choice(last, 6, replace=False)).tolist()
        levels = np.log(rng.choice([8.0, 9.0, 10.0, 12.0], 6)).tolist()
        known = [day - int(ahead) for day, ahead in zip(days, rng.choice([0, 20, 45, 80], 6), strict=True)]
        for market in ("DE", "UK")[: int(rng.integers(1, 3))]:
            for number, (day, level, since) in enumerate(zip(days, levels, known, strict=True)):
                price = level + (0.01 * number if market == "UK" else 0.0)
                if rng.random() < 0.3:  # the first word was another, and some weeks later, also after the day, it went
                    corrected = since + int(rng.integers(0, 40))
                    rows.append((name, market, day, since, corrected, price + 0.3))
                    rows.append((name, market, day, corrected, None, price))
                else:
                    rows.append((name, market, day, since, None, price))
    frame = pl.DataFrame(
        rows,
        schema=["unique_id", "market", "ds", "known_on", "until", "log_price"],
        orient="row",
        infer_schema_length=None,
    )
    return frame.with_columns(
        (pl.lit(START) + pl.duration(days=pl.col(name))).cast(pl.Date).alias(name)
        for name in ("ds", "known_on", "until")
    )


@pytest.fixture(scope="session")
def facts(sales: pl.DataFrame) -> Facts:
    return make_facts(sales, seed=9)
