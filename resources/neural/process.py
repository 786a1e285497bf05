"""Fit a network at each origin and write the quantiles of the next window. Runs in the environment of `make neural`.

Usage: process.py NETWORK STEPS SEED THREADS IN.parquet OUT.parquet. In: origin, unique_id, ds, y. Out: origin,
unique_id, q0.1, q0.5, q0.9. Nothing is fetched and nothing is written beside OUT.
"""

import logging
import sys
import warnings
from typing import Any

LEVELS = (0.1, 0.5, 0.9)
INPUT_WINDOWS = 12


def network(name: str, steps: int, seed: int) -> Any:
    """The untrained network for one window ahead."""
    from neuralforecast.losses.pytorch import MQLoss
    from neuralforecast.models import LSTM, NHITS, TFT

    common: dict[str, Any] = {
        "h": 1,
        "input_size": INPUT_WINDOWS,
        "loss": MQLoss(quantiles=list(LEVELS)),
        "max_steps": steps,
        "scaler_type": "standard",
        "start_padding_enabled": True,
        "random_seed": seed,
        "accelerator": "cpu",
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
    }
    if name == "lstm":
        return LSTM(encoder_hidden_size=32, decoder_hidden_size=32, **common)
    if name == "tft":
        return TFT(hidden_size=16, n_head=2, **common)
    return NHITS(mlp_units=[[64, 64]] * 3, **common)


def main(name: str, steps: int, seed: int, threads: int, source: str, target: str) -> None:
    """Fit and predict at each origin."""
    import numpy as np
    import pandas as pd
    import torch
    from neuralforecast import NeuralForecast

    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(threads)
    frame, found = pd.read_parquet(source), []
    for origin, rows in frame.groupby("origin", sort=True):
        fitted = NeuralForecast(models=[network(name, steps, seed)], freq=1)
        fitted.fit(rows[["unique_id", "ds", "y"]], val_size=0)
        made = fitted.predict().reset_index()
        values = made[[column for column in made.columns if column.lower().startswith(name)]].to_numpy()
        # Quantiles of a network may cross, and none sells less than nothing.
        ordered = np.sort(np.maximum(values, 0.0), axis=1)
        columns = {f"q{level}": ordered[:, k] for k, level in enumerate(LEVELS)}
        found.append(pd.DataFrame({"origin": origin, "unique_id": made["unique_id"], **columns}))
    pd.concat(found).to_parquet(target, index=False)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0], *(int(one) for one in given[1:4]), *given[4:6])  # type: ignore[arg-type]
