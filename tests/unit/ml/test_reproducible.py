"""Same sales, settings and seed: the same bytes, in this process and in others, on one thread or on four."""

import hashlib
import subprocess
import sys
from pathlib import Path

import polars as pl

from ml.forecasting.boosting import Settings
from ml.forecasting.forecaster import every, fit, predict
from ml.forecasting.history import CANDIDATES
from ml.forecasting.persistence import to_bytes
from tests.unit.ml.conftest import make_catalogue, make_facts, make_sales

CHECKOUT = Path(__file__).parents[3]


def fingerprint(seed: int, threads: int) -> str:
    """SHA-256 of every number that a fit and its forecasts give, all candidates, sales, catalogue and facts."""
    sales = make_sales(40, 400, seed=7, season=0.4)
    catalogue, facts = make_catalogue(sales, 8), make_facts(sales, 9)
    origin = sales["ds"].max()
    model = fit(sales, origin, catalogue, Settings(seed, threads, trees=10), facts)  # type: ignore[arg-type]
    digest = hashlib.sha256()
    for candidate in CANDIDATES:
        made = predict(model, sales, origin, catalogue, every(candidate), facts)  # type: ignore[arg-type]
        for name in ("mean", "q0.1", "q0.5", "q0.9"):
            digest.update(made[name].to_numpy().tobytes())
        digest.update("|".join(made["model"]).encode())
    if threads == 1:
        digest.update(to_bytes(model))
    return digest.hexdigest()


def elsewhere(seed: int, threads: int, hashing: str) -> str:
    code = f"from tests.unit.ml.test_reproducible import fingerprint; print(fingerprint({seed}, {threads}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": hashing, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_two_processes_give_the_same_bytes() -> None:
    """Other hashes, threads and environment (BLAS chooses its kernel by it): the same numbers and stored fit."""
    assert fingerprint(3, 1) == elsewhere(3, 1, "77")


def test_threads_change_no_byte_and_the_seed_does() -> None:
    assert fingerprint(3, 2) == fingerprint(3, 4) != fingerprint(4, 2)


def test_the_order_of_the_rows_changes_no_byte(sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    origin = sales["ds"].max()
    settings = Settings(3, 2, trees=10)
    mixed, shuffled = sales.sample(fraction=1, shuffle=True, seed=1), catalogue.sample(fraction=1, shuffle=True, seed=2)
    one = predict(fit(sales, origin, catalogue, settings), sales, origin, catalogue)  # type: ignore[arg-type]
    other = predict(fit(mixed, origin, shuffled, settings), mixed, origin, shuffled)  # type: ignore[arg-type]
    assert one.equals(other)
