"""Files of series: CSV and Parquet in, the same out, with messages that name file, column and line."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from serving.failures import fail

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".csv", ".parquet")
YEAR_FIRST = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}"
MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})[ T]00:00(?::00(?:\.0+)?)?[+-]\d{2}:?\d{2}$"
DAY_OR_MONTH = re.compile(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}")
EMPTY = ["", "NA", "NaN", "nan", "null", "NULL"]


def check_output(out: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuse, before anything is computed, a file that could not be written afterwards, or one that is read."""
    if out.suffix.lower() not in SUFFIXES:
        fail(f"--out {out}: the name ends in .csv or .parquet")
    if not out.absolute().parent.is_dir():
        fail(f"--out {out}: there is no folder {out.absolute().parent}")
    if any(out.resolve() == one.resolve() for one in inputs):
        fail(f"--out {out}: this file is read; name another one, or it would be overwritten")


def read_series(path: Path, what: str) -> "pl.DataFrame":
    """The rows of a CSV or Parquet file: `unique_id` as it stands, `ds` as date, moment or whole number."""
    import polars as pl

    if not path.is_file():
        fail(f"{what} {path}: there is no such file")
    if path.suffix.lower() not in SUFFIXES:
        fail(f"{what} {path}: a CSV or Parquet file is needed, its name ending in .csv or .parquet")
    try:
        if path.suffix.lower() == ".csv":
            # All as text first: a guess would make 7 of a series named 007, and stop at the first odd value.
            frame = pl.read_csv(path, infer_schema=False)
            typed = [_typed(frame, name, what) for name in frame.columns if name not in ("unique_id", "ds")]
            frame = frame.with_columns(typed)
        else:
            frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        fail(f"{what} {path}: {str(error).splitlines()[0]}")
    if "ds" in frame.columns and frame.schema["ds"] == pl.String:
        frame = frame.with_columns(_dates(frame, what))
    return frame


def _typed(frame: "pl.DataFrame", name: str, what: str) -> "pl.Series":
    """A column of text as numbers or truth values, or, where it is neither, as the words that it is."""
    import polars as pl

    text = frame[name].str.strip_chars()
    text = frame.select(pl.when(~text.is_in(EMPTY)).then(text).alias(name)).to_series()
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return numbers
    if name == "y":
        row = frame.filter(numbers.is_null() & text.is_not_null()).row(0, named=True)
        series, when = row.get("unique_id"), row.get("ds")
        fail(f"{what}: series {series!r} on {when}: y is {row['y']!r}, it must be a number with a point for decimals")
    lower = text.str.to_lowercase()
    if lower.drop_nulls().is_in(["true", "false"]).all():
        return frame.select((lower == "true").alias(name)).to_series()
    return text


def _dates(frame: "pl.DataFrame", what: str) -> "pl.Series":
    import polars as pl

    text = frame["ds"].str.strip_chars()
    tries = (
        lambda: text.cast(pl.Int64, strict=False),
        lambda: text.str.to_date("%Y-%m-%d", strict=False),
        lambda: _days_of_a_zone(text),
        lambda: _moments(text),
    )
    found = next((one for one in (read() for read in tries) if one.null_count() == text.null_count()), None)
    if found is None:
        _refuse_date(frame.filter(tries[-1]().is_null() & text.is_not_null()), what)
    return found


def _moments(text: "pl.Series") -> "pl.Series":
    """Moments that begin with the year; null for the others, of which nobody knows what stands first."""
    import polars as pl

    dated = pl.select(pl.when(text.str.contains(YEAR_FIRST)).then(text).alias("ds")).to_series()
    try:
        return dated.str.to_datetime(strict=False, time_unit="us")
    except pl.exceptions.PolarsError:  # no format fits the first of them
        return pl.Series("ds", [None] * len(text), pl.Datetime("us"))


def _days_of_a_zone(text: "pl.Series") -> "pl.Series":
    """The days of moments at midnight with an offset from UTC, which is how days of a zone are written."""
    return text.str.extract(MIDNIGHT).str.to_date("%Y-%m-%d", strict=False)


def _refuse_date(wrong: "pl.DataFrame", what: str) -> NoReturn:
    bad = wrong.row(0, named=True)
    why = "in which day and month cannot be told apart" if DAY_OR_MONTH.match(bad["ds"]) else "which is no date"
    fail(
        f"{what}: series {bad.get('unique_id')!r} has ds {bad['ds']!r}, {why};"
        " write 2026-03-01 or 2026-03-01T14:00:00, the same way on every row"
    )


def write_frame(frame: "pl.DataFrame", out: Path) -> None:
    """Write the whole file or none of it."""
    part = out.with_name(f".{os.getpid()}.part")  # short, whatever the name
    try:
        if out.suffix.lower() == ".csv":
            frame.write_csv(part)
        else:
            frame.write_parquet(part)
        part.replace(out)
    except OSError as error:
        fail(f"--out {out}: {error}")
    finally:
        part.unlink(missing_ok=True)
