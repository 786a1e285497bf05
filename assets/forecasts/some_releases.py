"""Some releases forecast anew at the published origin, with the stored fit; every other forecast stays as it is.

What the run reads of others is what is published, never what another run has written and not published. Where such
work stands in the forecasts already, nothing is written over it: the run fails and can be begun again when that other
run has ended.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from assets.forecasts.fits import FORECAST_MODELS, stored_model
from assets.forecasts.forecasts_table import FORECASTS, FORECASTS_KEY
from assets.forecasts.inputs import CORRECTIONS, INPUTS, RELEASES, house_currency, read_history, read_inputs
from assets.forecasts.newcomers import COLD_KEYS
from assets.forecasts.predicting import Predicting
from assets.forecasts.recipes import MODEL, champion_overrides, recipe_code
from assets.forecasts.scores import serving_models
from lake.delta.commits import commit_properties, with_retries
from lake.delta.views import literal
from resources.registry import Registry

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

KEY = "/".join(FORECASTS_KEY.path)


@dataclass(frozen=True)
class _Pinned:
    """What the forecasting steps need of a session: the versions to read."""

    versions: dict[str, int]


class UnpublishedWorkError(RuntimeError):
    """Another run's forecasts stand in the table and are not published."""


def forecast_some(store: "Lake", session: "Session", releases: Collection[str]) -> dict[str, str | int]:
    """Replace the forecasts of the releases at the published origin; what was done, for the asset's page.

    Raises:
        UnpublishedWorkError: another run is under way, or has failed.
    """
    published = store.published()
    if KEY not in published or not releases:
        return {"mode": "skipped: nothing is forecast yet" if releases else "skipped: no release is concerned"}
    pinned = cast("Session", _Pinned(published | {RELEASES: session.versions[RELEASES]}))
    sales, _ = read_inputs(store, pinned)
    origin: dt.date = sales["ds"].max()  # type: ignore[assignment]
    standing = store.connect({KEY: published[KEY]})
    newest = standing.execute("select max(origin) from gold.forecasts").fetchall()[0][0]
    row = Registry(store).champion(MODEL)
    if newest != origin or row is None:
        return {"mode": f"skipped: no stored fit for the origin {origin}; the next whole run makes one"}
    currency, overrides = house_currency(store, pinned.versions), champion_overrides(store)
    code = recipe_code(currency, overrides)
    model = stored_model(store, published.get(f"gold/{FORECAST_MODELS.name}", -1), origin, code)
    if model is None:
        return {"mode": f"skipped: no stored fit for the origin {origin}; the next whole run makes one"}
    history = read_history(store, pinned, origin, model.settings.num_threads, model.settings, with_feedback=True)
    serving = serving_models(store, pinned)
    read = {key: pinned.versions[key] for key in (*INPUTS, CORRECTIONS, *COLD_KEYS) if key in pinned.versions}
    predicting = Predicting(store, pinned, session, history, sales, currency, model, serving, read, session.run_id)
    every, _ = predicting.rows(origin, shadow=False)
    rows = _of(every, releases)
    if _same(standing, rows, origin, releases):
        return {"mode": "as it was", "releases": len(releases)}

    def attempt(snapshot: "DeltaTable") -> int:
        from deltalake import write_deltalake

        if snapshot.version() != published[KEY]:
            raise UnpublishedWorkError(
                f"{KEY} stands at version {snapshot.version()}, published is {published[KEY]}: another run is under "
                "way or has failed; let it end, or run lacquer run"
            )
        listed = ", ".join(literal(one) for one in sorted(releases))
        write_deltalake(
            snapshot,
            rows,
            mode="overwrite",
            predicate=f"origin = date '{origin.isoformat()}' and release_id in ({listed})",
            commit_properties=commit_properties(snapshot, {}, serial=True),
        )
        return snapshot.version()

    version = with_retries(store.table(FORECASTS).path, attempt)
    session.advance(KEY, version)
    return {"mode": "some releases", "releases": len(releases), "rows_out": rows.num_rows, "delta_version": version}


def _of(rows: "pa.Table", releases: Collection[str]) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    return rows.filter(pc.is_in(rows.column("release_id"), pa.array(sorted(releases), pa.string())))


def _same(con: "duckdb.DuckDBPyConnection", rows: "pa.Table", origin: dt.date, releases: Collection[str]) -> bool:
    """Whether the releases' standing forecasts are these, but for moment and number of the prediction."""
    con.register("made", rows)
    of = "origin = $origin and list_contains($ids, release_id)"
    standing = f"select * exclude (made_at, prediction_id) from gold.forecasts where {of}"
    made = "select * exclude (made_at, prediction_id) from made"
    differing = con.execute(
        f"select count(*) from ((({standing}) except ({made})) union all (({made}) except ({standing})))",
        {"origin": origin, "ids": sorted(releases)},
    ).fetchall()[0][0]
    return not differing
