"""What the table of forecasts holds, and how its rows are put together; forecasts.py and some_releases.py make them."""

import datetime as dt
from hashlib import sha256
from typing import TYPE_CHECKING

from dagster import AssetKey

from assets.forecasts.inputs import days_out_of_stock
from assets.forecasts.newcomers import Newcomers, with_newcomers
from lake.contract import Column, Contract

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.facts import Facts
    from ml.forecasting.forecaster import Model, Serving
    from ml.forecasting.history import History


def _amount(target: str, unit: str) -> tuple[Column, ...]:
    statistics = {"mean": "expected", "p10": "P10 of", "p50": "P50 of", "p90": "P90 of"}
    return tuple(
        Column(f"{target}_{name}", "float64", f"{words} {target} over the horizon", unit=unit, minimum=0)
        for name, words in statistics.items()
    )


FORECASTS = Contract(
    name="forecasts",
    layer="gold",
    grain="one row per release, origin and horizon",
    key=("release_id", "origin", "horizon_days"),
    partition_by=("origin",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales were known"),
        Column("horizon_days", "int32", "days from starts_on, that day included", unit="days"),
        Column(
            "starts_on",
            "date",
            "first day of the horizon: the day after the origin, of a release to come its release date",
            nullable=True,
        ),
        Column("model", "string", "the model that serves the units"),
        Column("revenue_model", "string", "the model that serves the revenue"),
        *_amount("units", "units"),
        *_amount("revenue", "currency"),
        Column("currency", "string", "the house currency, which the revenue is in, ISO 4217", nullable=True),
        Column(
            "days_out_of_stock_90",
            "int32",
            "days of the last 90 on which it was out of stock; where there are any, the forecast is of what would sell"
            " in stock, made from the days that were; null where no stock is known",
            unit="days",
            nullable=True,
            minimum=0,
        ),
        Column("risk_level", "string", "how wide P10 to P90 is for the size", allowed=("Low", "Medium", "High")),
        Column("model_version", "string", "registered version that made the row, as in model_versions: forecast-3"),
        Column("prediction_id", "string", "number of the prediction, for lacquer trace", nullable=True),
        Column("made_at", "timestamp", "moment of the forecast"),
    ),
)
FORECASTS_KEY = AssetKey(["gold", FORECASTS.name])


def forecast_frame(
    model: "Model",
    history: "History",
    sales: "pl.DataFrame",
    facts: "Facts",
    origin: dt.date,
    serving: "Serving",
    currency: str | None,
    newcomers: "Newcomers",
    version: str,
    batch: str,
) -> "pa.Table":
    """One row per release and horizon, both targets side by side, by the registered version, as one batch."""
    import polars as pl

    from ml.forecasting.forecaster import predict_at
    from ml.forecasting.intervals import risk_level

    model_said = predict_at(model, history, history.panel.day_of(origin), serving)
    made = with_newcomers(model_said, newcomers, sales, facts, origin).rename(
        {"unique_id": "release_id", "horizon": "horizon_days", "q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}
    )
    statistics = ("mean", "p10", "p50", "p90")
    units, revenue = (
        made.filter(pl.col("target") == target).rename({name: f"{target}_{name}" for name in statistics}).drop("target")
        for target in ("units", "revenue")
    )
    joined = units.join(
        revenue.rename({"model": "revenue_model"}),
        on=["release_id", "origin", "horizon_days", "starts_on"],
        how="inner",
    )
    joined = joined.join(
        days_out_of_stock(joined["release_id"], facts.stock_outs, origin), on="release_id", maintain_order="left"
    ).with_columns(
        risk_level("units_p10", "units_p50", "units_p90"),
        currency=pl.lit(currency, pl.String),
        model_version=pl.lit(version),
        prediction_id=_prediction_ids(joined, batch),
        made_at=pl.lit(dt.datetime.now(dt.UTC)),
    )
    return joined.select(FORECASTS.arrow_schema.names).to_arrow().cast(FORECASTS.arrow_schema)


def _prediction_ids(rows: "pl.DataFrame", batch: str) -> "pl.Series":
    """The batch and a hash of release and horizon: the same whenever the same prediction is made again."""
    import polars as pl

    keys = zip(rows["release_id"], rows["horizon_days"], strict=True)
    return pl.Series(
        [f"{batch}-{sha256(f'{one}|{days}'.encode()).hexdigest()[:12]}" for one, days in keys], dtype=pl.String
    )


def newest_origin(store: "Lake", session: "Session") -> dt.date | None:
    """The newest origin that the session's forecasts hold; None before the first forecast."""
    key = "/".join(FORECASTS_KEY.path)
    if session.versions.get(key, -1) < 0:
        return None
    con = store.connect({key: session.versions[key]})
    newest: dt.date | None = con.execute("select max(origin) from gold.forecasts").fetchall()[0][0]
    return newest
