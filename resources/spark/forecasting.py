"""Forecasts by group of series in Spark: a pandas UDF gets each group and returns its forecasts."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from resources.spark.client import SparkProcess

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ml.series.frame import Reading
    from ml.series.rehearsal import Request

COLUMNS = "rows binary, error string"


def forecast_in_spark(
    process: SparkProcess, rows: pl.DataFrame, by: str, reading: Reading, request: Request, seed: int
) -> pl.DataFrame:
    """The forecasts of all groups, each made by a task of Spark.

    Raises:
        SeriesError: what is wrong with the first group that is not as it must be.
    """
    import polars as pl

    from ml.series.frequency import SeriesError
    from ml.series.grouped import checked_groups

    source, to = process.place(), process.place()
    checked_groups(rows, by).write_parquet(source)
    origin = None if reading.origin is None else str(reading.origin)
    asked = {"reading": {**asdict(reading), "origin": origin}, "request": asdict(request), "seed": seed}
    process.do("forecast", rows=str(source), by=by, asked=asked, to=str(to))
    found = pl.read_parquet(f"{to}/*.parquet")
    if errors := found["error"].drop_nulls().sort().to_list():
        raise SeriesError(errors[0])
    frames = [pl.read_ipc(io.BytesIO(one)) for one in found["rows"]]
    return pl.concat(frames).sort("unique_id", "ds", "horizon")


def group_function(schema: pl.Schema, by: str, asked: Mapping[str, Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What Spark calls with the rows of each group: a row with the forecasts as Arrow, or with what is wrong.

    Args:
        schema: the columns as they were before pandas had them.
        by: the column of groups.
        asked: what :func:`forecast_in_spark` sends.
    """

    def forecast(group: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd
        import polars as pl

        from ml.series.boosting import Settings
        from ml.series.frame import Reading
        from ml.series.frequency import SeriesError
        from ml.series.grouped import forecast_group
        from ml.series.rehearsal import Request

        told = asked["reading"]
        reading = Reading(**{**told, "origin": _origin(told["origin"], told["freq"])})
        wanted = asked["request"]
        request = Request(tuple(wanted["horizons"]), tuple(wanted["quantiles"]), wanted["is_sum"])
        rows = pl.from_pandas(group, nan_to_null=True).cast(schema)
        packed = io.BytesIO()
        try:
            forecast_group(rows, by, reading, request, Settings(seed=asked["seed"])).write_ipc(packed)
        except SeriesError as error:
            return pd.DataFrame({"rows": [None], "error": [str(error)]})
        return pd.DataFrame({"rows": [packed.getvalue()], "error": [None]})

    return forecast


def _origin(text: str | None, freq: str) -> Any:
    if text is None:
        return None
    return int(text) if freq == "1" else dt.datetime.fromisoformat(text)
