"""The same file, options and seed give the same bytes in whatever process, on however many threads."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytestmark = pytest.mark.heavy

CHECKOUT = Path(__file__).parents[3]


def forecast(folder: Path, name: str, seed: int, threads: int, hash_seed: int) -> bytes:
    out = folder / f"{name}.parquet"
    asked = ["--freq", "W", "--horizons", "3", "--seed", str(seed), "--out", str(out)]
    told = subprocess.run(
        [sys.executable, "-m", "serving.cli", "forecast", str(folder / "sales.csv"), *asked],
        cwd=CHECKOUT,
        env=os.environ | {"LACQUER_THREADS": str(threads), "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert "lightgbm served 12 series" in told.stderr
    return out.read_bytes()


def test_processes_and_threads_change_no_byte_and_the_seed_does(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frames = []
    for k in range(12):
        pull = 0.0  # back to the level, which no simple rule knows
        for week in range(160):
            pull = 0.5 * pull + rng.normal(0, 0.3)
            frames.append((f"S{k}", date(2022, 1, 7) + timedelta(weeks=week), 100 * np.exp(pull)))
    sales = pl.DataFrame(frames, schema=["unique_id", "ds", "y"], orient="row")
    sales.with_columns(shop=pl.col("unique_id").str.slice(0, 1)).write_csv(tmp_path / "sales.csv")
    first = forecast(tmp_path, "first", seed=5, threads=1, hash_seed=1)
    assert forecast(tmp_path, "again", seed=5, threads=2, hash_seed=99) == first
    assert forecast(tmp_path, "other", seed=6, threads=1, hash_seed=1) != first
