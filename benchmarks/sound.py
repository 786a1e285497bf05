"""Would the release forecast gain by what is heard? `python -m benchmarks.sound --lake LAKE`, a finished demo run.

The model is given heard tempo and loudness as two more columns, drawn at random: without any effect on sales, and with
one planted (releases that are faster fade more slowly). A gain with the first would be an error of ours, without the
second a fault of the model. Not a part of `lacquer bench`: it decides what the model learns from and is run for that.
"""

import argparse
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import polars as pl

from assets.forecasts.inputs import read_facts, read_inputs
from lake.lakehouse import Lake
from ml.forecasting import boosting, history
from ml.forecasting.backtest import HOLDOUT, backtest, origins_every
from ml.forecasting.facts import Facts
from ml.forecasting.forecaster import default_settings

ORIGINS, RESAMPLES, SEED = 4, 1_000, 5
LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}
KEY = ("unique_id", "origin", "horizon")


def losses(sales: pl.DataFrame, catalogue: pl.DataFrame, facts: Facts, design: Callable[..., object]) -> pl.DataFrame:
    """Scaled pinball summed over the quantiles of the model's units, by active release, origin and horizon."""
    first, last = sales["ds"].min(), sales["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    origins = origins_every(first, last)[:-HOLDOUT][-ORIGINS:]
    with patch.object(history, "design", design):
        made = backtest(sales, catalogue, origins, holdout=0, settings=default_settings(num_threads=1), facts=facts)
    mine = made.filter((pl.col("target") == "units") & (pl.col("model") == "lightgbm") & pl.col("is_active"))
    errors = {name: pl.col("actual") - pl.col(name) for name in LEVELS}
    pinball = [pl.max_horizontal(level * errors[name], (level - 1) * errors[name]) for name, level in LEVELS.items()]
    return mine.select(*KEY, loss=pl.sum_horizontal(pinball) / pl.col("loss_scale"))


def ratio(without: pl.DataFrame, with_it: pl.DataFrame) -> str:
    """The loss with over the loss without, with its 95% interval by resampling releases."""
    both = without.join(with_it.rename({"loss": "other"}), on=KEY).group_by("unique_id", maintain_order=True)
    sums = both.agg(pl.col("loss", "other").sum()).select("loss", "other").to_numpy()
    picks = np.random.default_rng(SEED).integers(len(sums), size=(RESAMPLES, len(sums)))
    drawn = sums[picks].sum(axis=1)
    low, high = np.quantile(drawn[:, 1] / drawn[:, 0], (0.025, 0.975))
    return f"{sums[:, 1].sum() / sums[:, 0].sum():.3f} [{low:.3f}, {high:.3f}], {len(sums)} releases"


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, required=True)
    store = Lake(parser.parse_args().lake)
    session = store.session("bench-sound")
    sales, catalogue = read_inputs(store, session)
    facts = read_facts(store, session)
    session.close()
    plain = boosting.design

    def with_sound(features: dict[str, np.ndarray], *rest: object) -> tuple[np.ndarray, tuple[str, ...]]:
        matrix, names = plain(features, *rest)  # type: ignore[arg-type]
        heard = ("heard_bpm", "heard_lufs")
        return np.column_stack([matrix, *(features[one] for one in heard)]).astype(np.float32), (*names, *heard)

    rng, ids, first = np.random.default_rng(SEED), catalogue["unique_id"], sales["ds"].min()
    fast = rng.normal(size=len(ids))
    sound = pl.DataFrame(
        {"unique_id": ids, "ds": first, "bpm": 115 + 15 * fast, "loudness": rng.normal(-11, 2, len(ids))}
    )
    base = losses(sales, catalogue, facts, plain)
    for name, day in (("no effect, known from the start", first), ("known from the last day only", sales["ds"].max())):
        known = replace(facts, sound=sound.with_columns(ds=pl.lit(day)))
        print(f"{name}: {ratio(base, losses(sales, catalogue, known, with_sound))}", flush=True)
    planted = _planted(sales, pl.DataFrame({"unique_id": ids, "fast": fast}))
    base = losses(planted, catalogue, facts, plain)
    known = replace(facts, sound=sound)
    print(f"planted effect, known from the start: {ratio(base, losses(planted, catalogue, known, with_sound))}")


def _planted(sales: pl.DataFrame, fast: pl.DataFrame) -> pl.DataFrame:
    """The sales of each day times exp(0.8 * standard deviations of tempo * years since the first sale), .1 to 10."""
    born = sales.group_by("unique_id").agg(born=pl.col("ds").min())
    years = (pl.col("ds") - pl.col("born")).dt.total_days() / 365
    factor = (0.8 * pl.col("fast").fill_null(0.0) * years).exp().clip(0.1, 10)
    joined = sales.join(born, on="unique_id").join(fast, on="unique_id", how="left").with_columns(factor=factor)
    moved = joined.with_columns(pl.col("y", "revenue") * pl.col("factor")).with_columns(pl.col("y").round())
    return moved.filter(pl.col("y") > 0).select(sales.columns)


if __name__ == "__main__":
    main()
