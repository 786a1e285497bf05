"""CSV and Parquet files with known columns, read as text first and typed by name; messages name column and row."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from serving.commands.series_files import EMPTY, SUFFIXES
from serving.failures import fail

if TYPE_CHECKING:
    import polars as pl

DATETIMES = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M")
Kind = Literal["id", "number", "time"]


def read_columns(path: Path, what: str, columns: dict[str, Kind], optional: tuple[str, ...] = ()) -> "pl.DataFrame":
    """Return the named columns of a file: ids as text, numbers as float64, times as date, datetime or whole number.

    Args:
        path: of the file.
        what: how the command calls it, for messages.
        columns: name and kind of each column.
        optional: those that may be absent.
    """
    import polars as pl

    if not path.is_file():
        fail(f"{what} {path}: there is no such file")
    if path.suffix.lower() not in SUFFIXES:
        fail(f"{what} {path}: a CSV or Parquet file is needed, its name ending in .csv or .parquet")
    try:
        # All as text first: a guess would make 7 of an id 007, and stop at the first odd value.
        frame = pl.read_csv(path, infer_schema=False) if path.suffix.lower() == ".csv" else pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        fail(f"{what} {path}: {str(error).splitlines()[0]}")
    missing = [name for name in columns if name not in frame.columns and name not in optional]
    if missing:
        fail(f"{what} {path}: column {missing[0]} is missing; the columns are {', '.join(columns)}")
    present = {name: kind for name, kind in columns.items() if name in frame.columns}
    return frame.select([_typed(frame[name], kind, what) for name, kind in present.items()])


def _typed(column: "pl.Series", kind: Kind, what: str) -> "pl.Series":
    import polars as pl

    if kind == "id":
        return column.cast(pl.String)
    if column.dtype != pl.String:
        return column if kind == "time" else column.cast(pl.Float64)
    text = column.str.strip_chars()
    text = text.to_frame().select(pl.when(~pl.col(text.name).is_in(EMPTY)).then(pl.col(text.name))).to_series()
    if kind == "number":
        found = text.cast(pl.Float64, strict=False)
        rule = "it must be a number with a point for decimals"
    else:
        found = _times(text)
        rule = "write 2026-03-01 or 2026-03-01T14:00:00, the same way on every row"
    wrong = found.is_null() & text.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        fail(f"{what}: row {row + 1}: {column.name} is {column[row]!r}; {rule}")
    return found


def _times(text: "pl.Series") -> "pl.Series":
    """Parse as whole numbers, dates or datetimes: the first that fits every row, else the one that fits most."""
    import polars as pl

    tries = [
        text.cast(pl.Int64, strict=False),
        text.str.to_date("%Y-%m-%d", strict=False),
        *(text.str.to_datetime(form, strict=False, time_unit="us") for form in DATETIMES),
    ]
    return min(tries, key=lambda one: one.null_count())
