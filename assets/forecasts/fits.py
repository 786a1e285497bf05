"""The fits that forecasts are made with, kept so that a new day of sales need not wait for a new one.

One row per fit: the model itself, compressed, with the origin and the version of the code that made it.
"""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import AssetKey

from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Model
    from ml.forecasting.history import History

FORECAST_MODELS = Contract(
    name="forecast_models",
    layer="gold",
    grain="one row per fit",
    key=("origin", "code"),
    columns=(
        Column("origin", "date", "last day whose sales the fit has seen"),
        Column("code", "int64", "version of the forecasting code"),
        Column("model", "binary", "the fitted model, compressed JSON; read by ml.forecasting.persistence"),
        Column("fitted_at", "timestamp", "moment of the fit"),
    ),
)
MODELS_KEY = AssetKey(["gold", FORECAST_MODELS.name])
# A new day is forecast from what it brought, with a model that is at most this old.
REFIT_DAYS = 7


def take_up(store: "Lake", session: "Session", key: AssetKey) -> None:
    """Stand by what is there: it may be the work of a run that was killed before it could publish."""
    version = store.versions().get("/".join(key.path), -1)
    if version >= 0:
        session.advance("/".join(key.path), version)


def stored_model(store: "Lake", version: int, origin: dt.date, code: int) -> "Model | None":
    """The newest fit of a version of the table that is young enough for the origin."""
    from ml.forecasting.persistence import from_bytes

    if version < 0:
        return None
    con = store.connect({"/".join(MODELS_KEY.path): version})
    kept = con.execute(
        "select model from gold.forecast_models where code = $1 and origin between $2 and $3 "
        "order by origin desc, fitted_at desc limit 1",
        [code, origin - dt.timedelta(days=REFIT_DAYS - 1), origin],
    ).fetchone()
    return from_bytes(kept[0]) if kept else None


def current_model(
    store: "Lake", session: "Session", history: "History", origin: dt.date, code: int, refit: bool = False
) -> "Model":
    """The newest model that is young enough for the origin, or a new one, which is kept; `refit` always fits."""
    from ml.forecasting.forecaster import fit_at
    from ml.forecasting.persistence import to_bytes

    table = store.table(FORECAST_MODELS)
    table.create()
    kept = stored_model(store, table.version(), origin, code)
    take_up(store, session, MODELS_KEY)
    if kept and not (refit and kept.origin < origin):
        return kept
    model = fit_at(history, history.panel.day_of(origin))
    row = {"origin": origin, "code": code, "model": to_bytes(model), "fitted_at": dt.datetime.now(dt.UTC)}
    session.advance(table.name, store.journal(FORECAST_MODELS).note([row]))
    return model
