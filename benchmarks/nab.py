"""How well trigger scores find NAB's labelled windows, beside causal rivals: ``python -m benchmarks.nab NAB_FOLDER``.

The average precision and the VUS-PR of each file's scores on its labelled windows, and their means over the files that
have one. The rivals are those that a seller would write: the robust distance from the rolling median of the last 100
points, and from the median of the same time of day in the past; no score uses a later point. Beside them stand random
scores, and PCA on windows of 50 points (PyOD), which is fitted on the whole file and so knows what comes later.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOW = 100
DAY_S = 86_400
LEAST = 5  # points of a time of day before its median counts
SMALL = 1e-9
PCA_WINDOW = 50
BUFFERS = (0, 25, 50, 75, 100)  # points around each window, for VUS-PR
WAYS = ("lacquer", "rolling_mad", "time_of_day", "batch_pca", "random")


def rolling_mad(y: Floats) -> Floats:
    """Distance (T,) from the median of the `WINDOW` points before, in their median absolute deviation; 0 at first."""
    score = np.zeros(len(y))
    if len(y) <= WINDOW:
        return score
    past = np.lib.stride_tricks.sliding_window_view(y, WINDOW)[:-1]
    middle = np.median(past, axis=1)
    spread = np.median(np.abs(past - middle[:, None]), axis=1)
    score[WINDOW:] = np.abs(y[WINDOW:] - middle) / (spread + SMALL + 0.01 * np.abs(middle))
    return score


def time_of_day(seconds: NDArray[np.int64], y: Floats) -> Floats:
    """Distance (T,) from the median of the same hour of the day in the past, in its median absolute deviation."""
    score, hours = np.zeros(len(y)), seconds % DAY_S // 3600
    for hour in np.unique(hours):
        places = np.flatnonzero(hours == hour)
        for count, place in enumerate(places):
            if count >= LEAST:
                past = y[places[max(0, count - 2000) : count]]
                middle = np.median(past)
                spread = np.median(np.abs(past - middle))
                score[place] = abs(y[place] - middle) / (spread + SMALL + 0.01 * abs(middle))
    return score


def batch_pca(y: Floats) -> Floats:
    """Scores (T,) of PCA on the windows that end at each point, fitted on all of them; not causal."""
    from pyod.models.pca import PCA

    score = np.zeros(len(y))
    if len(y) <= PCA_WINDOW or not np.ptp(y):
        return score
    windows = np.lib.stride_tricks.sliding_window_view((y - y.mean()) / y.std(), PCA_WINDOW)
    jitter = np.random.default_rng(0).normal(0.0, SMALL, windows.shape)
    score[PCA_WINDOW - 1 :] = PCA(random_state=0).fit(windows + jitter).decision_scores_
    return score


def ours(ds: pl.Series, y: Floats) -> dict[str, Any]:
    """Scores and triggers of `lacquer triggers` with its defaults."""
    from ml.triggers.detector import TriggerOptions, score_series

    return score_series(ds, y, TriggerOptions())


def read_file(path: Path, windows: list[list[str]]) -> tuple[pl.Series, Floats, NDArray[np.bool_]]:
    """Moments, values and labels of a NAB file; of moments that stand twice the first counts."""
    frame = (
        pl.read_csv(path).with_columns(ds=pl.col("timestamp").str.to_datetime()).unique("ds", keep="first").sort("ds")
    )
    label = pl.lit(False)
    for first, last in windows:
        label = label | pl.col("ds").is_between(pl.lit(first).str.to_datetime(), pl.lit(last).str.to_datetime())
    labels = frame.select(label=label)["label"].to_numpy()
    return frame["ds"], frame["value"].cast(pl.Float64).to_numpy(), np.broadcast_to(labels, (frame.height,))


def measure(folder: Path, most: int | None = None) -> pl.DataFrame:
    """One row per file: points, average precision and VUS-PR of each way, false alarms of ours a week."""
    from ml.triggers.evaluate import average_precision, false_alarms, vus_pr

    windows = json.loads((folder / "labels" / "combined_windows.json").read_text())
    rows = []
    there = [name for name in sorted(windows) if (folder / "data" / name).is_file()]
    for number, name in enumerate(there[:most]):
        ds, y, labels = read_file(folder / "data" / name, windows[name])
        moments = ds.dt.epoch("s").to_numpy()
        began = time.process_time()
        own = ours(ds, y)
        seconds = time.process_time() - began
        ways: dict[str, Callable[[], Floats]] = {
            "lacquer": lambda own=own: own["score"].to_numpy(),  # type: ignore[misc]
            "rolling_mad": lambda y=y: rolling_mad(y),  # type: ignore[misc]
            "time_of_day": lambda moments=moments, y=y: time_of_day(moments, y),  # type: ignore[misc]
            "batch_pca": lambda y=y: batch_pca(y),  # type: ignore[misc]
            "random": lambda number=number, y=y: np.random.default_rng(number).random(len(y)),  # type: ignore[misc]
        }
        scores = {way: score() for way, score in ways.items()}
        found = {way: average_precision(labels, score) for way, score in scores.items()}
        found |= {f"{way}_vus": vus_pr(labels, score, BUFFERS) for way, score in scores.items()}
        weeks = (moments[-1] - moments[0]) / (7 * DAY_S)
        wrong = false_alarms(labels, own["is_trigger"].to_numpy())
        rows.append({"file": name, "points": len(y), **found, "weeks": weeks, "false_alarms": wrong, "cpu_s": seconds})
    return pl.DataFrame(rows)


def report(rows: pl.DataFrame) -> str:
    """The means as Markdown."""
    labelled = rows.filter(pl.col("lacquer").is_not_nan())
    lines = ["| way | mean average precision | mean VUS-PR |", "| --- | ---: | ---: |"]
    lines += [
        f"| {way} | "
        + " | ".join(f"{float(np.mean(labelled[name].to_numpy())):.3f}" for name in (way, f"{way}_vus"))
        + " |"
        for way in WAYS
    ]
    rivals = labelled.select(pl.max_horizontal("rolling_mad", "time_of_day")).to_series()
    total = {name: float(rows[name].sum()) for name in ("points", "weeks", "false_alarms", "cpu_s")}
    lines.append(
        f"\n{labelled.height} labelled of {rows.height} files, {total['points']:,.0f} points; better than both rivals "
        f"in {int((labelled['lacquer'] > rivals).sum())}; {total['false_alarms'] / total['weeks']:.2f} false alarms "
        f"per series and week; {total['cpu_s']:.0f} CPU s"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(measure(Path(sys.argv[1]))))
