"""Why each forecast is what it is: its reasons in units and, the five strongest, in words.

One row per release, origin, horizon and reason. Rank 0 is what the forecast starts from, the release's usual pace or
the simple rule that serves; the other ranks are what is added and taken, the strongest first. The units of one forecast
add up to its P50. Reasons are those of the forecast's model, not proof of a cause: they compare the release with others
of its size.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSpec, AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.code_versions import step_version
from assets.forecasts.fits import MODELS_KEY, stored_model
from assets.forecasts.forecasts_table import FORECASTS_KEY, newest_origin
from assets.forecasts.governed import serving_fit
from assets.forecasts.inputs import INPUTS, forecast_spec, forget_history, house_currency, read_history, read_inputs
from assets.forecasts.recipes import MODEL, champion_overrides, recipe_code, settings_with
from lake.contract import Column, Contract
from resources.lake import LakeParam
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Model
    from ml.forecasting.history import History

EXPLANATIONS = Contract(
    name="forecast_explanations",
    layer="gold",
    grain="one row per release, origin, horizon and reason",
    key=("release_id", "origin", "horizon_days", "rank"),
    partition_by=("origin",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales were known"),
        Column("horizon_days", "int32", "days from the origin", unit="days"),
        Column("rank", "int32", "0: what the forecast starts from; from 1: its reasons, strongest first", minimum=0),
        Column("reason", "string", "the kind of reason, such as season or recent_sales; base for rank 0"),
        Column("units", "float64", "what it adds to the P50 or takes from it; all ranks add up to it", unit="units"),
        Column("words", "string", "the reason in words; null beyond the five strongest", nullable=True),
    ),
)
EXPLANATIONS_KEY = AssetKey(["gold", EXPLANATIONS.name])
ADDS_UP = "adds_up"
TOLERANCE = 0.01
_SERVED_SQL = """
select release_id as unique_id, horizon_days as horizon, model, units_p50 as p50, model_version from gold.forecasts
where origin = $origin order by all
"""
_APART_SQL = """
with told as (
  select release_id, origin, horizon_days, sum(units) as units from gold.forecast_explanations where origin = $origin
  group by all
)
select f.release_id, f.horizon_days, f.units_p50, told.units
from (from gold.forecasts where origin = $origin) f full join told using (release_id, origin, horizon_days)
where told.units is null or f.units_p50 is null
  or abs(told.units - f.units_p50) > $tolerance * greatest(f.units_p50, 1)
order by all
"""


def explaining_version() -> int:
    """The version of the explaining code and of the SQL that feeds it."""
    return step_version("ml.explaining", "assets.forecasts.explanations")


@multi_asset(
    name="forecast_explanations",
    specs=[
        forecast_spec(
            EXPLANATIONS,
            [FORECASTS_KEY, MODELS_KEY, *(AssetKey(key.split("/")) for key in INPUTS)],
            __doc__,
        )
    ],
    check_specs=[
        AssetCheckSpec(
            ADDS_UP,
            asset=EXPLANATIONS_KEY,
            blocking=True,
            description="the reasons of each forecast add up to its P50 within 1%, and none is without",
        )
    ],
)
def forecast_explanations(
    context: AssetExecutionContext, lake: LakeParam
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Explain the newest forecasts, unless these very ones are explained already."""
    store = lake.lake()
    session = lake.session(context.run)
    table = store.table(EXPLANATIONS)
    table.create()
    keys = ("/".join(FORECASTS_KEY.path), "/".join(MODELS_KEY.path))
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in keys}
    made_of["explaining_code"] = explaining_version()
    origin = newest_origin(store, session)
    if origin is None or table.transactions(*made_of) == made_of:
        session.advance(table.name, table.version())
        why = "nothing is forecast yet" if origin is None else "these forecasts are explained already"
        yield MaterializeResult(asset_key=EXPLANATIONS_KEY, metadata={"mode": f"skipped: {why}"})
    else:
        rows = _explained(store, session, origin)
        version = table.overwrite(rows.to_arrow().cast(EXPLANATIONS.arrow_schema), [origin], made_of)
        session.advance(table.name, version)
        yield MaterializeResult(
            asset_key=EXPLANATIONS_KEY,
            metadata={"origin": origin.isoformat(), "rows_out": rows.height, "delta_version": version},
        )
    yield _checked(store, session, origin)


def _explained(store: "Lake", session: "Session", origin: dt.date) -> "pl.DataFrame":
    import polars as pl

    from ml.explaining.explain import explain

    key = "/".join(FORECASTS_KEY.path)
    served = store.connect({key: session.versions[key]}).sql(_SERVED_SQL, params={"origin": origin}).pl()
    _, catalogue = read_inputs(store, session)
    history, fits = _fits(store, session, origin, served["model_version"].unique().sort().to_list())
    ids = catalogue["unique_id"].to_list()
    texts = {name: dict(zip(ids, catalogue[name].to_list(), strict=True)) for name in ("genre", "format")}
    day = history.panel.day_of(origin)
    made = pl.concat(
        explain(fit, history, day, served.filter(pl.col("model_version") == name).drop("model_version"), texts)
        for name, fit in fits.items()
    )
    forget_history()
    return made.rename({"unique_id": "release_id", "horizon": "horizon_days"}).select(EXPLANATIONS.arrow_schema.names)


def _fits(
    store: "Lake", session: "Session", origin: dt.date, versions: list[str]
) -> "tuple[History, dict[str, Model]]":
    """The history and, by version, the fits that the forecasts were made with."""
    from ml.forecasting.forecaster import default_settings

    overrides = champion_overrides(store)
    code = recipe_code(house_currency(store, session.versions), overrides)
    current = stored_model(store, session.versions["/".join(MODELS_KEY.path)], origin, code)
    if current is None:
        raise RuntimeError(
            f"forecast_explanations: no fit stands for the forecasts of {origin}; let lacquer run make them anew"
        )
    threads = current.settings.num_threads
    settings = settings_with(default_settings(num_threads=threads), overrides)
    history = read_history(store, session, origin, threads, settings, with_feedback=True)
    registry = Registry(store)
    rows = {name: registry.version(MODEL, int(name.rpartition("-")[2])) for name in versions}
    return history, {name: serving_fit(store, row, {}, current, history).model for name, row in rows.items()}


def _checked(store: "Lake", session: "Session", origin: dt.date | None) -> AssetCheckResult:
    """Whether base and contributions add up to the P50, asked of the stored tables."""
    apart = []
    if origin is not None:
        keys = ("/".join(FORECASTS_KEY.path), "/".join(EXPLANATIONS_KEY.path))
        con = store.connect({key: session.versions[key] for key in keys})
        apart = con.execute(_APART_SQL, {"origin": origin, "tolerance": TOLERANCE}).fetchall()
    first = "" if not apart else "; first: release {} at {} days, P50 {}, its reasons {}".format(*apart[0])
    return AssetCheckResult(
        asset_key=EXPLANATIONS_KEY,
        check_name=ADDS_UP,
        passed=not apart,
        metadata={"apart": len(apart)},
        description=f"{len(apart)} forecasts whose reasons do not add up to their P50{first}",
    )
