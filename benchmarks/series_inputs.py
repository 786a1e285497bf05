"""What `lacquer bench series` forecasts: the M4 competition's weekly series, and daily sales of many releases."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

M4_HORIZON = 13
# Naive2 on the official test weeks, from the competition's own table: sMAPE in percent, MASE.
M4_NAIVE2 = (9.161, 2.777)
DAYS = 730


@dataclass(frozen=True)
class M4:
    """Names, past and coming values of the weekly series."""

    ids: list[str]
    past: "list[np.ndarray]"
    coming: "np.ndarray"


def read_m4(folder: Path, series: int | None = None) -> M4:
    """The competition's files `train.csv` and `test.csv`, one series a line; the first `series` of them."""
    import numpy as np

    for name in ("train.csv", "test.csv"):
        if not (folder / name).is_file():
            raise BenchmarkError(
                f"no {folder / name}: the M4 weekly files are needed there, name their parent with --data"
            )
    ids, past = _lines(folder / "train.csv")
    _, coming = _lines(folder / "test.csv")
    return M4(ids[:series], past[:series], np.array([row[:M4_HORIZON] for row in coming[:series]]))


def _lines(path: Path) -> "tuple[list[str], list[np.ndarray]]":
    import numpy as np

    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    return [row[0] for row in rows], [np.array([float(v) for v in row[1:] if v not in ("", "NA")]) for row in rows]


def m4_frame(m4: M4) -> "pl.DataFrame":
    """The past as a long frame; the files have no dates, so weeks are numbered."""
    import numpy as np
    import polars as pl

    lengths = [len(y) for y in m4.past]
    return pl.DataFrame(
        {
            "unique_id": np.repeat(m4.ids, lengths),
            "ds": np.concatenate([np.arange(n) for n in lengths]),
            "y": np.concatenate(m4.past),
        }
    )


def sales_frame(series: int, seed: int = 1) -> "pl.DataFrame":
    """Two years of daily sales: gamma levels, a year's and a week's season, Poisson days."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(seed)
    day = np.arange(DAYS)
    season = (1 + 0.4 * np.cos(2 * np.pi * day / 365)) * (1 + 0.3 * np.sin(2 * np.pi * day / 7))
    level = rng.gamma(0.8, 4.0, series) + 0.05
    units = rng.poisson(level[:, None] * season)
    return pl.DataFrame(
        {
            "unique_id": np.repeat([f"R{k:06d}" for k in range(series)], DAYS),
            "ds": np.tile(np.datetime64("2024-01-01") + day, series),
            "y": units.ravel().astype(np.float64),
        }
    )
