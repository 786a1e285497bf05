"""What identifies predictions of derived tables: each row's `prediction_id`, and the batch that it names.

A contract with a nullable column `prediction_id` asks for it; the factory fills it and records the batch (model
version, Delta versions read, code) in `prediction_batches`. The function that computes the rows knows nothing of it.
"""

import datetime as dt
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from lake.contract import Column, Contract
from lake.journals.models import BATCHES_KEY, PREDICTION_BATCHES

if TYPE_CHECKING:
    import polars as pl

    from assets.table_inputs import Input
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

PREDICTION_ID = "prediction_id"
NO_VERSION = 0
DIGITS = 12
PREDICTION_ID_COLUMN = Column(PREDICTION_ID, "string", "number of the prediction, for lacquer trace", nullable=True)


class Predicting(Protocol):
    """A derived table whose rows are predictions: a `Derivation`."""

    @property
    def contract(self) -> Contract:
        """What the table holds."""
        ...

    @property
    def inputs(self) -> "Mapping[str, Input]":
        """Its inputs by argument; one may be a model."""
        ...

    @property
    def tables(self) -> list[str]:
        """The keys of the tables that it reads."""
        ...

    @property
    def code(self) -> int:
        """The version of its code."""
        ...


def has_predictions(contract: Contract) -> bool:
    """Whether rows of the table are predictions with an identity."""
    return any(column.name == PREDICTION_ID for column in contract.columns)


def model_of(made: Predicting) -> str:
    """The governed model that predicts the rows; a table without one is its own."""
    return next((one.served for one in made.inputs.values() if one.served), made.contract.name)


def batch_id(contract: Contract, made_of: Mapping[str, int]) -> str:
    """The same for the same table, inputs, code, parameters and served version, whoever computes it."""
    what = [contract.layer, contract.name, sorted(made_of.items())]
    return sha256(json.dumps(what).encode()).hexdigest()[:DIGITS]


def with_ids(contract: Contract, rows: "pl.DataFrame", batch: str) -> "pl.DataFrame":
    """The rows with their ids: the batch, and a hash of the row's key."""
    import polars as pl

    keys = rows.select(contract.key).iter_rows()
    hashes = [sha256("|".join(map(str, key)).encode()).hexdigest()[:DIGITS] for key in keys]
    return rows.with_columns(pl.Series(PREDICTION_ID, [f"{batch}-{one}" for one in hashes], dtype=pl.String))


def identify(
    store: "Lake", session: "Session", made: Predicting, rows: Any, made_of: Mapping[str, int]
) -> "pl.DataFrame":
    """Record the batch before its rows are written; the rows with their ids. Tables of no predictions stay as they are.

    Args:
        store: the lake.
        session: of the run.
        made: the table.
        rows: what its function returned.
        made_of: what identifies the rows, see `Derivation.made_of`.
    """
    if rows is None or not has_predictions(made.contract):
        return rows
    if not hasattr(rows, "with_columns") or PREDICTION_ID in rows.columns:  # the function has named them itself
        return rows
    batch = batch_id(made.contract, made_of)
    if not rows.is_empty():
        row = {
            "batch_id": batch,
            "model": model_of(made),
            "version": served_version(rows),
            "role": "champion",
            "origin": last_known_day(made.contract, rows),
            "data_versions": json.dumps({key: session.versions.get(key, -1) for key in made.tables}, sort_keys=True),
            "code_version": f"{made.code:012x}",
            "serving": None,
            "run_id": session.run_id,
            "made_at": dt.datetime.now(dt.UTC),
        }
        session.advance(BATCHES_KEY, store.journal(PREDICTION_BATCHES).note_new([row]))
    return with_ids(made.contract, rows, batch)


def served_version(rows: "pl.DataFrame") -> int:
    """The number in `model_version`; 0 where the simple rule served or the table has no registered model."""
    named = rows["model_version"].drop_nulls().to_list() if "model_version" in rows.columns else []
    return int(named[0].rpartition("-")[2]) if named else NO_VERSION


def last_known_day(contract: Contract, rows: "pl.DataFrame") -> dt.date:
    """The newest value of the first column of days or moments."""
    name = day_column(contract)
    newest: Any = rows[name].drop_nulls().max() if name else None
    if newest is None:
        return dt.datetime.now(dt.UTC).date()
    return newest.date() if isinstance(newest, dt.datetime) else newest


def day_column(contract: Contract) -> str | None:
    """The first column of days or moments: the last day that the prediction knew of."""
    return next((one.name for one in contract.columns if one.type in ("date", "timestamp")), None)
