"""What a user gives, checked and laid out: a long frame `unique_id, ds, y` and covariates, into a panel.

Belongs here: rules about rows and columns, and their messages. Does not belong here: files and options (serving).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ml.series.covariates import Beyond, join_future, laid_out, unseen_words
from ml.series.frequency import RULES, Frequency, SeriesError, frequency_of
from ml.series.panel import Panel

COLUMNS = ("unique_id", "ds", "y")
# Names of columns that are made here, and of those that joins make of them: a covariate of that name is renamed.
OURS = ("unique_id", "ds", "step", "series", "first", "end")
RESERVED = {*OURS[2:], *(f"{name}_right" for name in (*OURS, "y"))}
SHOWN = 3
LARGEST_VALUE = 1e100
LONGEST = 100_000_000  # steps of all series together; more does not fit in memory


@dataclass(frozen=True)
class Prepared:
    """A panel through its origins, its frequency, and what a person should know of what was left out."""

    panel: Panel
    frequency: Frequency
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a frame is to be read: see `lacquer forecast --help` for what each means."""

    freq: str
    longest: int
    season: int | None = None
    origin: Any = None
    fill_zero: bool = False
    sum_duplicates: bool = False


def prepare(frame: pl.DataFrame, reading: Reading, future: pl.DataFrame | None = None) -> Prepared:
    """The panel of a frame, rows in any order.

    A series ends at its own last row with a `y`, or at `origin` for all; rows with a `y` after that do not exist.
    Steps without a row, or without a `y`, are unknown, or zero with `fill_zero`.

    Raises:
        SeriesError: what is wrong, in which series and when, and what to do about it.
    """
    frame = _checked(_renamed(frame), "the series")
    frequency = frequency_of(reading.freq, frame["ds"], reading.season)
    rows = _with_steps(frame, frequency, reading.sum_duplicates, "the series")
    origin = _origin_step(reading.origin, frequency)
    # Only rows without a y say what is known ahead: a later y, and all in its row, has not happened yet.
    known = rows.filter(pl.col("y").is_not_null() & (pl.lit(origin is None) | (pl.col("step") <= (origin or 0))))
    if known.is_empty():
        raise SeriesError(_nothing(rows, reading.origin))
    ends = known.group_by("unique_id").agg(pl.col("step").min().alias("first"), pl.col("step").max().alias("end"))
    if origin is not None:
        ends = ends.with_columns(pl.lit(origin).cast(pl.Int64).alias("end"))
    ends = ends.sort("unique_id").with_row_index("series")
    notes = _left_out(rows, ends, "no y up to the origin")
    rows = rows.join(ends, on="unique_id", how="inner")
    names = [name for name in frame.columns if name not in COLUMNS]
    past = rows.filter((pl.col("step") >= pl.col("first")) & (pl.col("step") <= pl.col("end")))
    ahead = rows.filter((pl.col("step") > pl.col("end")) & pl.col("y").is_null())
    if future is not None:
        future = _renamed(future)
        ahead = join_future(ahead, _future(future, names, ends, frequency), names)
        notes += _left_out(_checked(future, "--future"), ends, "rows in --future and no forecast")
    notes += [note for name in names for note in unseen_words(name, past, ahead)]
    return Prepared(_panel(ends, past, ahead, names, frequency, reading), frequency, tuple(notes))


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.rename({name: f"{name} of the file" for name in frame.columns if name in RESERVED})


def _left_out(rows: pl.DataFrame, ends: pl.DataFrame, why: str) -> list[str]:
    """What is said of series that are in the rows and get no forecast."""
    names = rows.join(ends, on="unique_id", how="anti")["unique_id"].unique().sort().to_list()
    if not names:
        return []
    shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    return [f"{len(names):,} series {'have' if len(names) > 1 else 'has'} {why}, left out: {shown}"]


def _nothing(rows: pl.DataFrame, origin: Any) -> str:
    if origin is not None and rows["y"].count():
        return f"no series has a y at or before the origin {origin}; choose a later origin"
    return "no row has a y; give at least one known value"


def _checked(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    needed = COLUMNS if what == "the series" else COLUMNS[:2]
    for name in needed:
        if name not in frame.columns:
            raise SeriesError(f"{what}: column {name!r} is missing; give {', '.join(needed)}, one row per step")
    if frame.is_empty():
        raise SeriesError(f"{what}: no rows")
    if frame["unique_id"].null_count() or frame["ds"].null_count():
        raise SeriesError(f"{what}: {_count_null(frame)} rows have no unique_id or no ds; fill or drop them")
    frame = frame.with_columns(pl.col("unique_id").cast(pl.String))
    if "y" not in frame.columns:
        return frame
    if not (frame.schema["y"].is_numeric() or frame.schema["y"] in (pl.Boolean, pl.Null)):
        raise SeriesError(f"{what}: y is {frame.schema['y']}, it must be a number")
    frame = frame.with_columns(pl.col("y").cast(pl.Float64).fill_nan(None))
    wild = frame.filter(pl.col("y").abs() > LARGEST_VALUE)
    if not wild.is_empty():
        row = wild.sort("unique_id", "ds").row(0, named=True)
        raise SeriesError(
            f"series {row['unique_id']!r} on {row['ds']}: y is {row['y']}, no value may lie beyond {LARGEST_VALUE:g};"
            " mend or drop the row"
        )
    return frame


def _count_null(frame: pl.DataFrame) -> int:
    return frame.filter(pl.any_horizontal(pl.col("unique_id", "ds").is_null())).height


def _with_steps(frame: pl.DataFrame, frequency: Frequency, sum_duplicates: bool, what: str) -> pl.DataFrame:
    steps, lies = frequency.steps(frame["ds"])
    if not lies.all():
        row = frame.filter(pl.Series(~lies)).sort("unique_id", "ds").row(0, named=True)
        raise SeriesError(
            f"{what}: series {row['unique_id']!r} has a row on {row['ds']}, but the dates of frequency {frequency.name}"
            f" are {RULES[frequency.name]}; name another --freq or mend the dates"
        )
    rows = frame.with_columns(pl.Series("step", steps))
    repeated = rows.filter(pl.struct("unique_id", "step").is_duplicated())
    if repeated.is_empty():
        return rows
    if not sum_duplicates:
        row = repeated.sort("unique_id", "ds").row(0, named=True)
        raise SeriesError(
            f"{what}: series {row['unique_id']!r} has several rows on {row['ds']} ({repeated.height} such rows in all);"
            " make it one row per series and date, or add them up with --on-duplicate sum"
        )
    others = [name for name in frame.columns if name not in COLUMNS]
    total = [pl.when(pl.col("y").count() > 0).then(pl.col("y").sum()).alias("y")] if "y" in frame.columns else []
    keys = ["unique_id", "step"]
    return rows.group_by(keys, maintain_order=True).agg(pl.col("ds").first(), *total, pl.col(others).last())


def _origin_step(origin: Any, frequency: Frequency) -> int | None:
    if origin is None:
        return None
    try:
        given = pl.Series("ds", [origin]).cast(frequency.dtype)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise SeriesError(f"--origin {origin}: not of the kind of ds, {frequency.dtype}") from error
    # The last step at or before it: a Sunday is no business day, and the fifteenth no month's end.
    step = int(frequency.steps(given)[0][0])
    late = frequency.dates(np.array([step], dtype=np.int64))[0] > given[0]
    return step - 1 if late else step


def _future(future: pl.DataFrame, names: list[str], ends: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    future = _checked(future, "--future")
    if unknown := [name for name in future.columns if name not in (*COLUMNS, *names)]:
        raise SeriesError(f"--future: column {unknown[0]!r} does not stand in the series; give its past there")
    if future.schema["ds"] != frequency.dtype:
        raise SeriesError(f"--future: ds is {future.schema['ds']}, in the series it is {frequency.dtype}")
    rows = _with_steps(future.drop("y", strict=False), frequency, False, "--future")
    return rows.join(ends, on="unique_id", how="inner").filter(pl.col("step") > pl.col("end"))


def _panel(
    ends: pl.DataFrame,
    past: pl.DataFrame,
    ahead: pl.DataFrame,
    names: list[str],
    frequency: Frequency,
    reading: Reading,
) -> Panel:
    first, end = ends["first"].to_numpy(), ends["end"].to_numpy()
    lengths = end - first + 1
    if lengths.sum() > LONGEST:
        longest = ends.row(int(np.argmax(lengths)), named=True)
        raise SeriesError(
            f"the series span {lengths.sum():,} steps of frequency {frequency.name}, at most {LONGEST:,} are held in"
            f" memory (the longest: {longest['unique_id']!r}, {lengths.max():,}); take a coarser --freq or fewer series"
        )
    offset = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.full(offset[-1], np.nan)
    place = offset[past["series"].to_numpy()] + past["step"].to_numpy() - first[past["series"].to_numpy()]
    beyond = Beyond(ends, ahead, reading.longest, frequency)
    values[place] = past["y"].fill_null(float("nan")).to_numpy()
    if reading.fill_zero:
        values = np.nan_to_num(values, nan=0.0)
    covariates = {name: laid_out(name, past, place, offset, ahead, beyond) for name in names}
    return Panel(tuple(ends["unique_id"]), values, offset, first.astype(np.int64), covariates)
