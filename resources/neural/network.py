"""The process that fits networks: windows in, quantiles out."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from resources.settings import PROJECT_ROOT

if TYPE_CHECKING:
    import polars as pl

NETWORKS = ("lstm", "tft", "nhits")
PYTHON = PROJECT_ROOT / ".cache" / "neural" / "venv" / "bin" / "python"
STEPS = 300
LONGEST_S = 3600.0
# Nothing calls home, and no GPU is looked for.
QUIET = {"CUDA_VISIBLE_DEVICES": "", "DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "HF_HUB_OFFLINE": "1"}


class NeuralError(RuntimeError):
    """The environment is missing, or the process failed; says what to do."""


def is_installed() -> bool:
    """Whether `make neural` has been run."""
    return PYTHON.is_file()


def predicted(
    windows: "pl.DataFrame", network: str, *, threads: int, steps: int = STEPS, seed: int = 0
) -> "pl.DataFrame":
    """[origin, unique_id, q0.1, q0.5, q0.9] of the window after each origin.

    Args:
        windows: origin, unique_id, ds, y (see `ml/promotion/neural_windows.py`).
        network: one of NETWORKS.
        threads: of the process.
        steps: of training at each origin.
        seed: of the network's weights.

    Raises:
        NeuralError: no such network, the environment is missing, the process failed or took over an hour.
    """
    import polars as pl

    if network not in NETWORKS:
        raise NeuralError(f"no network {network}; there are {', '.join(NETWORKS)}")
    if not is_installed():
        raise NeuralError("NeuralForecast is not installed; install it with make neural")
    with tempfile.TemporaryDirectory(prefix="lacquer-neural-") as folder:
        source, target = Path(folder) / "windows.parquet", Path(folder) / "quantiles.parquet"
        windows.with_columns(pl.col("origin").cast(pl.String)).write_parquet(source)
        program = Path(__file__).with_name("process.py")
        command = [str(one) for one in (PYTHON, program, network, steps, seed, threads, source, target)]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | QUIET
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NeuralError(f"{network}: no answer within {LONGEST_S:g} s; fewer --steps train shorter") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise NeuralError(f"{network} ended with exit code {done.returncode}: {last}")
        return pl.read_parquet(target).with_columns(pl.col("origin").str.to_date())
