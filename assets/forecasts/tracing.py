"""A stored prediction and what it rests on; and the same batch of predictions made again from the same versions."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from assets.forecasts.forecasts_table import FORECASTS, forecast_frame
from assets.forecasts.governed import serving_from, version_name
from assets.forecasts.inputs import forecasting_version, house_currency, read_facts, read_history, read_inputs
from assets.forecasts.newcomers import read_newcomers
from assets.forecasts.recipes import MODEL
from assets.forecasts.shadow_forecasts import SHADOW_FORECASTS
from lake.delta.storage import has_data_files
from lake.delta.table import Table
from lake.journals.models import PREDICTION_BATCHES
from resources.registry import Registry

if TYPE_CHECKING:
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

Row = dict[str, Any]
# Figures that a prediction consists of; moments and texts beside them are not compared.
_FIGURES = tuple(f"{target}_{name}" for target in ("units", "revenue") for name in ("mean", "p10", "p50", "p90"))
_CAME_SQL = """
select sum(gross_units) as units, sum(gross_revenue) as revenue from gold.fct_sales_day
where release_id = $release and gross_units > 0 and sales_date between $first and $last
"""


class NotReproducibleError(ValueError):
    """What a prediction rests on is gone, or the code is another."""


@dataclass(frozen=True)
class Pinned:
    """The versions that a batch was made from, in the place of a session."""

    versions: dict[str, int]


def find_prediction(store: "Lake", prediction_id: str) -> Row:
    """The row of a prediction from forecasts or shadow forecasts, the newest table version that holds it.

    Raises:
        NotReproducibleError: no version that is kept holds it.
    """
    for contract in (FORECASTS, SHADOW_FORECASTS):
        table = store.table(contract)
        for version in range(table.version(), -1, -1):
            if not is_kept(table, version):
                break
            con = store.connect({table.name: version})
            sql = f"select * from {table.name.replace('/', '.')} where prediction_id = $id"
            found = con.execute(sql, {"id": prediction_id})
            names = [column[0] for column in found.description or []]
            for values in found.fetchall():
                return dict(zip(names, values, strict=True)) | {"table": table.name, "table_version": version}
    raise NotReproducibleError(
        f"{prediction_id}: no such prediction in the versions of forecasts that the lake keeps; "
        "lacquer sql 'select prediction_id from forecasts limit 5' shows some"
    )


def is_kept(table: Table, version: int) -> bool:
    """Whether the version's log and files are still there."""
    from deltalake.exceptions import DeltaError

    try:
        return has_data_files(table.shared(version))
    except (DeltaError, OSError, ValueError):  # the log no longer reaches back to the version
        return False


def batch_of(store: "Lake", identity: str) -> Row:
    """The batch by its id, by a prediction_id, or by the run that made it (the forecast's champion first)."""
    rows = store.journal(PREDICTION_BATCHES).rows()
    batch = identity.split("-")[0]
    roles = ("champion", "canary", "shadow")
    found = [row for row in rows if row["batch_id"] in (identity, batch)]
    found = found or sorted(
        (row for row in rows if row["run_id"] == identity),
        key=lambda row: (row["model"] != MODEL, roles.index(row["role"])),
    )
    if not found:
        raise NotReproducibleError(f"{identity}: neither a run, nor a batch, nor a prediction that is on record")
    return found[0]


def what_came(store: "Lake", row: Row) -> Row | None:
    """Units and revenue of the prediction's window; None while it has not ended."""
    first = row["starts_on"] or row["origin"] + dt.timedelta(days=1)
    last = first + dt.timedelta(days=row["horizon_days"] - 1)
    published = store.published()
    con = store.connect({"gold/fct_sales_day": published["gold/fct_sales_day"]})
    until = con.execute("select max(sales_date) from gold.fct_sales_day").fetchall()[0][0]
    if until is None or until < last:
        return None
    given = {"release": row["release_id"], "first": first, "last": last}
    units, revenue = con.execute(_CAME_SQL, given).fetchall()[0]
    return {"from": first, "to": last, "units": float(units or 0), "revenue": float(revenue or 0)}


def reproduce(store: "Lake", identity: str, threads: int) -> Row:
    """Make a batch again; [batch_id, version, rows, differing, largest_difference].

    Raises:
        NotReproducibleError: the code is another, a table version is beyond its retention, or the rows are gone.
    """
    import polars as pl

    from ml.forecasting.persistence import from_bytes

    batch = batch_of(store, identity)
    here = f"{forecasting_version():012x}"
    if batch["code_version"] != here:
        raise NotReproducibleError(
            f"batch {batch['batch_id']} was made by code {batch['code_version']}, this is {here}; check that code out"
        )
    versions: dict[str, int] = json.loads(batch["data_versions"])
    for key, version in versions.items():
        if version >= 0 and not is_kept(Table(store.path(key)), version):
            raise NotReproducibleError(
                f"{key} version {version} is beyond the retention of the lake; its files are gone"
            )
    pinned = cast("Session", Pinned(versions))
    model = from_bytes(Registry(store).artefact(Registry(store).version(MODEL, batch["version"])))
    sales, _ = read_inputs(store, pinned)
    history = read_history(store, pinned, batch["origin"], threads, model.settings, with_feedback=True)
    serving = serving_from(json.loads(batch["serving"]))
    frames = (read_facts(store, pinned), batch["origin"], serving, house_currency(store, versions))
    name, newcomers = version_name(batch["version"]), read_newcomers(store, pinned)
    again = forecast_frame(model, history, sales, *frames, newcomers, name, batch["batch_id"])
    stored = _stored_rows(store, batch)
    made = pl.DataFrame(again).select("prediction_id", *_FIGURES)
    both = stored.select("prediction_id", *_FIGURES).join(made, on="prediction_id", how="left", suffix="_again")
    apart = pl.max_horizontal((pl.col(f) - pl.col(f"{f}_again")).abs().fill_null(float("inf")) for f in _FIGURES)
    differences = both.select(apart.alias("apart"))["apart"]
    return {
        "batch_id": batch["batch_id"],
        "version": name,
        "rows": stored.height,
        "differing": int((differences > 0).sum()),
        "largest_difference": float(differences.max() or 0.0),
    }


def _stored_rows(store: "Lake", batch: Row) -> Any:
    """The rows of a batch from the newest table version that holds them."""
    contract = SHADOW_FORECASTS if batch["role"] == "shadow" else FORECASTS
    table = store.table(contract)
    for version in range(table.version(), -1, -1):
        if not is_kept(table, version):
            break
        con = store.connect({table.name: version})
        sql = f"select * from {table.name.replace('/', '.')} where starts_with(prediction_id, $batch)"
        rows = con.sql(sql, params={"batch": f"{batch['batch_id']}-"}).pl()
        if rows.height:
            return rows
    raise NotReproducibleError(f"the predictions of batch {batch['batch_id']} are in no version that the lake keeps")
