"""`lacquer bench series`: how good `lacquer forecast` is on the M4 weekly series, and what many series cost.

Everything runs as the command that a user would type, in a process of its own; CPU seconds are all of that process's,
its start included.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import CaseFailedError
from benchmarks.report import Part
from benchmarks.series_inputs import M4, M4_HORIZON, M4_NAIVE2, m4_frame, read_m4, sales_frame
from benchmarks.series_rivals import RIVALS
from benchmarks.series_sets import sets_part

if TYPE_CHECKING:
    import polars as pl

SEEDS = (0, 1, 2)
LOOKED_BACK = 8
SIZES = {"tiny": (20,), "full": (1_000, 5_000, 10_000, 50_000)}
OWA_BAR, CPU_BAR, SECONDS_BAR = 0.75, 120, 120
CHECKOUT = Path(__file__).parents[1]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Cost:
    """What a process took, all told."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def series_parts(data: Path | None, scale: str, told: Told) -> list[Part]:
    """M4 weekly and the shared sets, where their files are there, and the cost of many series."""
    with tempfile.TemporaryDirectory(prefix="lacquer-series-") as scratch:
        folder = Path(scratch)
        parts = []
        if data is not None and (data / "m4_weekly").is_dir():
            parts.append(_m4_part(read_m4(data / "m4_weekly", 12 if scale == "tiny" else None), folder, scale, told))
        else:
            told("no m4_weekly in the data folder: name its parent with --data or LACQUER_DATA to score it")
        if data is not None:
            parts.append(sets_part(data, folder, scale, _cpu_of_forecast, told))
        return [*parts, _cost_part(folder, scale, told)]


def _run(command: list[str]) -> Cost:
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
        child = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            end = said.read()[-2000:].decode(errors="replace")
            raise CaseFailedError(f"{' '.join(command[-6:])} ended with {child.returncode}: {end}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _forecast(series: Path, out: Path, *options: str) -> Cost:
    return _run([sys.executable, "-P", "-m", "serving.cli", "forecast", str(series), "--out", str(out), *options])


def _cpu_of_forecast(series: Path, out: Path, *options: str) -> float:
    return _forecast(series, out, *options).cpu_s


def _errors(m4: M4, made: "pl.DataFrame", column: str) -> tuple[float, float, float]:
    """sMAPE, MASE by the change from week to week, and OWA against Naive2."""
    import numpy as np
    import polars as pl

    from ml.evaluation.losses import owa, smape

    steps = pl.DataFrame(
        {
            "unique_id": np.repeat(m4.ids, M4_HORIZON),
            "horizon": np.tile(np.arange(1, M4_HORIZON + 1), len(m4.ids)),
            "y": m4.coming.ravel(),
            "scale": np.repeat([np.abs(np.diff(y)).mean() for y in m4.past], M4_HORIZON),
        }
    )
    both = steps.join(made.with_columns(pl.col("horizon").cast(pl.Int64)), on=["unique_id", "horizon"], how="left")
    y, p = pl.col("y"), pl.col(column)
    found = both.select(smape(y, p).mean(), ((y - p).abs() / pl.col("scale")).mean().alias("mase")).row(0)
    return found[0], found[1], owa(found[0], found[1], *M4_NAIVE2)


def _m4_part(m4: M4, folder: Path, scale: str, told: Told) -> Part:
    import polars as pl

    series = folder / "m4.parquet"
    m4_frame(m4).write_parquet(series)
    asked = ("--freq", "1", "--season", "52", "--horizons", str(M4_HORIZON))
    seeds = SEEDS if scale == "full" else SEEDS[:1]
    rows: list[tuple[str, tuple[float, float, float], float]] = []
    covered = []
    per_thousand = 1000 / len(m4.ids)
    for seed in seeds:
        told(f"M4 weekly: lacquer forecast, seed {seed}")
        out = folder / f"m4-{seed}.parquet"
        cost = _forecast(series, out, *asked, "--seed", str(seed))
        made = pl.read_parquet(out).with_columns(pl.col("unique_id").cast(pl.String))
        covered.append(_coverage(m4, made))
        rows.append((f"lacquer forecast, seed {seed}", _errors(m4, made, "q0.5"), cost.cpu_s * per_thousand))
    for rival in RIVALS if find_spec("statsforecast") else ():
        told(f"M4 weekly: {rival}")
        out = folder / f"m4-{rival}.parquet"
        cost = _run(
            [sys.executable, "-P", "-m", "benchmarks.series_rivals", str(series), str(out), rival, str(M4_HORIZON)]
        )
        rows.append((rival, _errors(m4, pl.read_parquet(out), "point"), cost.cpu_s * per_thousand))
    if not find_spec("statsforecast"):
        told("AutoETS, AutoTheta and AutoARIMA are left out: make bench-tools brings statsforecast")
    verdicts = _m4_verdicts([row for row in rows if row[0].startswith("lacquer")], covered)
    if scale == "full":
        told(f"M4 weekly: {LOOKED_BACK} earlier origins")
        out = folder / "m4-back.parquet"
        _forecast(series, out, *asked, "--backtest", str(LOOKED_BACK))
        verdicts.append(_looked_back(pl.read_parquet(out.with_name("m4-back-backtest.parquet"))))
    measured = [{"model": name, "smape": e[0], "mase": e[1], "owa": e[2], "cpu": cpu} for name, e, cpu in rows]
    return Part(
        title=f"series: M4 weekly, {len(m4.ids)} series, the official 13 weeks, medians",
        columns=("model", "sMAPE", "MASE", "OWA", "CPU s per 1,000 series"),
        rows=[(name, f"{e[0]:.3f}", f"{e[1]:.3f}", f"{e[2]:.3f}", f"{cpu:.0f}") for name, e, cpu in rows],
        verdicts=verdicts,
        measured=measured,
    )


def _coverage(m4: M4, made: "pl.DataFrame") -> float:
    import numpy as np

    order = {name: place for place, name in enumerate(m4.ids)}
    upper = np.full(m4.coming.shape, np.nan)
    for name, horizon, value in made.select("unique_id", "horizon", "q0.9").iter_rows():
        upper[order[name], horizon - 1] = value
    return float((m4.coming <= upper).mean())


def _m4_verdicts(ours: list[tuple[str, tuple[float, float, float], float]], covered: list[float]) -> list[str]:
    mean = sum(errors[2] for _, errors, _ in ours) / len(ours)
    cpu = max(cost for _, _, cost in ours)
    coverage = sum(covered) / len(covered)
    return [
        f"mean OWA of {len(ours)} seeds: {mean:.3f}; bar {OWA_BAR} (Naive2 = 1, the competition's winner .851)",
        f"at most {cpu:.0f} CPU seconds per 1,000 series, start of Python and calibration included; bar {CPU_BAR}",
        f"P90 coverage at the official origin, mean of the seeds: {coverage:.1%}; bar 85% to 95%",
    ]


def _looked_back(kept: "pl.DataFrame") -> str:
    import polars as pl

    from ml.evaluation.losses import covered

    known = kept.filter(pl.col("y").is_not_null())
    share = (
        known.group_by("windows_back")
        .agg(covered(pl.col("y"), pl.col("q0.9"), 0.9).mean().alias("share"))["share"]
        .to_list()
    )
    return (
        f"P90 coverage, mean of the last {len(share)} non-overlapping origins: {sum(share) / len(share):.1%}"
        f" (from {min(share):.1%} to {max(share):.1%}); bar 87% to 93%"
    )


def _cost_part(folder: Path, scale: str, told: Told) -> Part:
    rows, measured = [], []
    for series in SIZES[scale]:
        told(f"{series:,} series of two years, sums over 30, 60 and 90 days")
        source = folder / "sales.parquet"
        sales_frame(series).write_parquet(source)
        cost = _forecast(source, folder / "next.parquet", "--freq", "D", "--horizons", "30,60,90", "--cumulative")
        rows.append(
            (f"{series:,}", "3 sums, 3 quantiles", f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_mib:,.0f}")
        )
        measured.append({"series": series, "wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "peak_mib": cost.peak_mib})
    return Part(
        title="series: daily series of two years, cumulatively, calibration included",
        columns=("series", "what", "wall s", "CPU s", "peak MiB"),
        rows=rows,
        verdicts=[f"bar: 5,000 series in less than {SECONDS_BAR} s"],
        measured=measured,
    )
