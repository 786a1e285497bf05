"""Stored predictions of derived tables: what they rest on, what came, and the same batch made again.

The forecast has its own (`assets/forecasts/tracing.py`); these are the tables that the factory makes.
"""

import datetime as dt
import json
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from assets.derived import DERIVED, Derivation, read_inputs
from assets.forecasts.tracing import NotReproducibleError, is_kept
from assets.governance.fitting import GOVERNED
from assets.governance.registry import PREDICTIONS
from assets.predictions import NO_VERSION, PREDICTION_ID, batch_id, day_column, model_of, with_ids
from lake.delta.table import Table
from resources.lake import LakeResource
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake
    from ml.promotion.governed import GovernedModel, ServedModel

Row = dict[str, Any]
RELATIVE = 1e-9  # sums of floats may differ in their last digits


def rows_of_batch(store: "Lake", batch: Row) -> "tuple[Derivation, int, pl.DataFrame]":
    """The table, the newest of its kept versions that holds the batch, and the rows of the batch.

    Raises:
        NotReproducibleError: no version that is kept holds them.
    """
    for made in _tables_of(batch["model"]):
        for version, rows in _versions(store, made, batch["batch_id"]):
            if rows.height:
                return made, version, rows
    raise NotReproducibleError(f"the predictions of batch {batch['batch_id']} are in no version that the lake keeps")


def _tables_of(model: str) -> list[Derivation]:
    tables = [DERIVED[f"{contract.layer}/{contract.name}"] for contract in PREDICTIONS]
    return [made for made in tables if model_of(made) == model]


def _versions(store: "Lake", made: Derivation, batch: str) -> "Iterator[tuple[int, pl.DataFrame]]":
    """The rows of the batch in each version of the table, from the newest back to the oldest that names predictions."""
    import polars as pl

    table = Table(store.path(f"{made.contract.layer}/{made.contract.name}"))
    if not table.exists():
        return
    for version in range(table.version(), -1, -1):
        if not is_kept(table, version):
            return
        stored = table.read(version)
        if PREDICTION_ID not in stored.collect_schema().names():
            return
        yield version, stored.filter(pl.col(PREDICTION_ID).str.starts_with(f"{batch}-")).collect()


def find_row(store: "Lake", batch: Row, prediction_id: str) -> Row:
    """The row of a prediction, with `table` and `table_version`.

    Raises:
        NotReproducibleError: the batch has no such prediction.
    """
    import polars as pl

    made, version, rows = rows_of_batch(store, batch)
    found = rows.filter(pl.col(PREDICTION_ID) == prediction_id).to_dicts()
    if not found:
        raise NotReproducibleError(f"{prediction_id}: batch {batch['batch_id']} has no such prediction")
    return found[0] | {"table": f"{made.contract.layer}/{made.contract.name}", "table_version": version}


def what_came(store: "Lake", batch: Row, row: Row) -> Row | None:
    """[from, to, actual] of the prediction in the unit of its model; None where nothing can be compared yet."""
    if batch["version"] == NO_VERSION:
        return None
    place, inputs = GOVERNED[batch["model"]]
    module, _, attribute = place.partition(":")
    model: GovernedModel = getattr(import_module(module), attribute)
    contract = DERIVED[row["table"]].contract
    moment = row[day_column(contract) or ""]
    # A review states its stars with its text: the window is the one that begins with its day.
    origin = moment.date() - dt.timedelta(days=1) if isinstance(moment, dt.datetime) else moment
    frames = read_inputs(store, store.published(), inputs)
    span, last = model.days(frames), origin + dt.timedelta(days=model.window_days)
    if span is None or (origin is moment and span[1] < last):
        return None
    artefact = Registry(store).artefact(Registry(store).version(model.name, batch["version"]))
    scored = model.score(artefact, frames, origin)
    found = scored.filter(scored["entity"] == row[contract.key[0]])
    if found.is_empty():
        return None
    return {"from": origin + dt.timedelta(days=1), "to": min(last, span[1]), "actual": found["actual"][0]}


def remake(lake: LakeResource, batch: Row) -> Row:
    """Make a batch again; [batch_id, version, rows, differing, largest_difference].

    Raises:
        NotReproducibleError: the code or the settings are others, or a table version is beyond its retention.
    """
    store = lake.lake()
    made, _, stored = rows_of_batch(store, batch)
    if batch["code_version"] != f"{made.code:012x}":
        raise NotReproducibleError(
            f"batch {batch['batch_id']} was made by code {batch['code_version']}, this is {made.code:012x}; "
            "check that code out"
        )
    versions: dict[str, int] = json.loads(batch["data_versions"])
    for key, version in versions.items():
        if version >= 0 and not is_kept(Table(store.path(key)), version):
            raise NotReproducibleError(
                f"{key} version {version} is beyond the retention of the lake; its files are gone"
            )
    served = _served(store, batch)
    models = {argument: served for argument, one in made.inputs.items() if one.served}
    own = made.parameters(lake, versions) if callable(made.parameters) else made.parameters
    named = {name: one and one.name for name, one in models.items()}
    if batch_id(made.contract, made.made_of(versions, {**own, **named})) != batch["batch_id"]:
        raise NotReproducibleError(
            f"batch {batch['batch_id']}: settings that {made.contract.name} depends on have changed since; restore them"
        )
    rows = made.function(**read_inputs(store, versions, made.inputs), **models, **own)
    name = f"{batch['model']} version {batch['version']}" if served else made.contract.name
    return {"batch_id": batch["batch_id"], "version": name} | compare(
        made, stored, with_ids(made.contract, rows, batch["batch_id"])
    )


def _served(store: "Lake", batch: Row) -> "ServedModel | None":
    """The version that predicted, with its bytes; None where a rule did."""
    from ml.promotion.governed import ServedModel

    if batch["version"] == NO_VERSION:
        return None
    registry = Registry(store)
    row = registry.version(batch["model"], batch["version"])
    return ServedModel(f"{batch['model']}-{row['version']}", registry.artefact(row))


def compare(made: Derivation, stored: "pl.DataFrame", again: "pl.DataFrame") -> Row:
    """[rows, differing, largest_difference] of stored rows against those made again, over every column."""
    import polars as pl

    names = [name for name in made.contract.arrow_schema.names if name != PREDICTION_ID]
    fitting = again.select(PREDICTION_ID, *names).cast(dict(stored.select(names).schema))  # type: ignore[arg-type]
    both = stored.join(fitting, on=PREDICTION_ID, how="full", suffix="_again")
    floats = [name for name in names if stored.schema[name].is_float()]
    gaps = [(pl.col(name) - pl.col(f"{name}_again")).abs() for name in floats]
    apart = [
        (gap > RELATIVE * pl.max_horizontal(pl.col(name).abs(), 1.0)).fill_null(value=False)
        | (pl.col(name).is_null() != pl.col(f"{name}_again").is_null())
        for name, gap in zip(floats, gaps, strict=True)
    ]
    apart += [pl.col(name).ne_missing(pl.col(f"{name}_again")) for name in names if name not in floats]
    largest = pl.max_horizontal(*gaps).max() if gaps else pl.lit(0.0)
    found = both.select(differing=pl.any_horizontal(apart).sum(), largest=largest).row(0)
    return {"rows": stored.height, "differing": int(found[0]), "largest_difference": float(found[1] or 0.0)}
