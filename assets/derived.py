"""Derived tables: gold tables that a pure function computes from other tables.

A module declares the contract, the inputs and the function; this factory makes the asset. It pins the versions of the
inputs, skips the table when neither an input nor the code changed, writes and reports. The checks of the contract run
as with every table (:mod:`assets.checks`). To add a table see ``docs/how-to/add-a-table.md``.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.contracts import table_spec
from assets.predictions import identify
from assets.table_inputs import Input as Input
from assets.table_inputs import read_inputs as read_inputs
from assets.table_inputs import served_models, tables_of
from lake.code_version import code_version, number_of
from lake.contract import Contract
from lake.delta.table import Table
from resources.lake import LakeResource

if TYPE_CHECKING:
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

CODE = "code"
Compute = Callable[..., Any] | str
Parameters = Mapping[str, Any] | Callable[[LakeResource, Mapping[str, int]], Mapping[str, Any]]


@dataclass(frozen=True)
class Derivation:
    """How a derived table is computed.

    Attributes:
        contract: what the table holds.
        inputs: by the name of the function's argument.
        compute: the function, or ``module:function``, below ``ml``, ``audio`` or ``lake``.
        parameters: further arguments of the function, or what takes them from the lake's settings and pinned versions.
        keeps_partitions: whether partitions that the function does not return stay as they are.
        resources: names of Dagster resources that the function is given, by argument name.
        by_origin: whether the function is given the origins that stand and returns those that are missing.
        threads: whether the function is given how many threads it may use.
    """

    contract: Contract
    inputs: Mapping[str, Input]
    compute: Compute
    parameters: Parameters
    keeps_partitions: bool
    resources: tuple[str, ...] = ()
    by_origin: bool = False
    threads: bool = False

    @property
    def tables(self) -> list[str]:
        """The keys of all tables that the inputs read."""
        return tables_of(self.inputs)

    @property
    def partition(self) -> str:
        """The column of the partitions that are kept.

        Raises:
            ValueError: the contract declares none.
        """
        if self.contract.partition is None:
            raise ValueError(f"{self.contract.name}: a table that keeps partitions declares partition_by")
        return self.contract.partition.name

    @cached_property
    def code(self) -> int:
        """The version of the function, of all of ours that it imports, and of the inputs' SQL."""
        texts = [f"{name}={one.served or one.query}" for name, one in sorted(self.inputs.items())]
        module, name = self._place
        return code_version([module], [*texts, name, repr(self.contract)])

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself; its module is imported now."""
        if callable(self.compute):
            return self.compute
        module, name = self._place
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found

    @property
    def _place(self) -> tuple[str, str]:
        """Module and name of the function."""
        if callable(self.compute):
            return self.compute.__module__, self.compute.__name__
        module, _, name = self.compute.partition(":")
        return module, name

    def made_of(self, versions: Mapping[str, int], parameters: Mapping[str, Any]) -> dict[str, int]:
        """What identifies the rows: the versions of inputs, code and parameters, as application transactions."""
        made_of = {f"of:{key}": versions.get(key, -1) for key in self.tables}
        return made_of | {CODE: number_of([str(self.code), repr(sorted(parameters.items()))])}


# Every derived table by its key, ``gold/buyer_segments``.
DERIVED: dict[str, Derivation] = {}


def derived_table(
    contract: Contract,
    *,
    inputs: Mapping[str, Input],
    compute: Compute,
    group: str,
    description: str | None = None,
    parameters: Parameters | None = None,
    keeps_partitions: bool = False,
    by_origin: bool = False,
    threads: bool = False,
    resources: Sequence[str] = (),
    deps: Sequence[str] = (),
    kinds: Collection[str] = ("polars", "delta"),
) -> AssetsDefinition:
    """The asset of a table that a pure function computes.

    Args:
        contract: what the table holds.
        inputs: frames for the function, by argument name.
        compute: frames in, a polars frame or Arrow table out, or None for no row; it may return more columns than the
            contract has, and a mapping beside the rows that is reported. A text says why the table stays as it is.
            Given as ``module:function`` it is imported when the table is computed; so give it where the
            module imports polars, NumPy or other heavy packages, which the import of the definitions must not bring
            along.
        group: of the asset graph.
        description: the module's docstring, ``__doc__``.
        parameters: further arguments; their values are part of the table's version.
        keeps_partitions: overwrite only the partitions that the function returns, so that earlier origins stay.
        by_origin: the function takes `kept`, the origins whose rows stand and were made by this code and these
            parameters, and returns the rows of those that are missing; None: of none. Without `kept` the table is
            written whole.
        threads: the function takes `threads`, how many it may use; they are no part of the version.
        resources: names of Dagster resources that are given to the function; they are part of the version.
        deps: keys of tables that must be written first though no query reads them.
        kinds: tags shown in the graph.
    """
    made = Derivation(
        contract, inputs, compute, parameters or {}, keeps_partitions, tuple(resources), by_origin, threads
    )
    DERIVED[f"{contract.layer}/{contract.name}"] = made
    fits = [f"models/{one.served}" for one in inputs.values() if one.served]
    spec = table_spec(
        contract,
        [AssetKey(key.split("/")) for key in dict.fromkeys([*made.tables, *fits, *deps])],
        description,
        group=group,
        kinds=set(kinds),
        code_version=f"{made.code:012x}",
    )

    @multi_asset(name=contract.name, specs=[spec], required_resource_keys={"lake", *resources})
    def derived_asset(context: AssetExecutionContext) -> MaterializeResult:
        lake: LakeResource = context.resources.lake
        if asked_releases(context.run.tags) is not None:
            return MaterializeResult(metadata={"mode": "read only: some releases were asked for"})
        given = {name: getattr(context.resources, name) for name in resources}
        return MaterializeResult(metadata=derive(made, lake, lake.session(context.run), given))

    return derived_asset


def derive(
    made: Derivation, lake: LakeResource, session: "Session", resources: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Compute the table unless it stands for these very inputs; the metadata of what was done."""
    store, began = lake.lake(), monotonic()
    table = store.table(made.contract)
    stored = table.transactions(*(f"of:{key}" for key in made.tables))
    session.catch_up({app.removeprefix("of:"): at for app, at in stored.items()}, store.published())
    own = made.parameters(lake, session.versions) if callable(made.parameters) else made.parameters
    models = served_models(store, made.inputs)
    parameters = {**own, **(resources or {})}
    made_of = made.made_of(session.versions, parameters | {name: one and one.name for name, one in models.items()})
    if table.transactions(*made_of) == made_of:
        session.advance(table.name, table.version())
        return {"mode": "skipped: neither an input nor the code has changed", "delta_version": table.version()}
    kept = _kept(made, table, made_of) if made.by_origin else []
    frames = read_inputs(store, session.versions, made.inputs)
    given = {
        **parameters,
        **({"kept": kept} if made.by_origin else {}),
        **({"threads": lake.threads} if made.threads else {}),
    }
    rows, report = _answer(made.function(**frames, **models, **given))
    if isinstance(rows, str) or (rows is None and kept):
        if table.exists():
            session.advance(table.name, table.version())
        return {"mode": f"skipped: {rows or 'no new origin'}", "delta_version": table.version()}
    rows = identify(store, session, made, rows, made_of)
    version = _write(store, made, rows, made_of, kept)
    session.advance(table.name, version)
    return {
        "mode": "computed",
        "rows_in": {name: frame.height for name, frame in frames.items()},
        "rows_out": 0 if rows is None else len(rows),
        "delta_version": version,
        "delta_versions_read": {key: session.versions.get(key, -1) for key in made.tables},
        "seconds": round(monotonic() - began, 3),
        **report,
    }


def _kept(made: Derivation, table: Table, made_of: Mapping[str, int]) -> "list[dt.date]":
    """The origins that stand and were computed by this code with these parameters."""
    if table.transactions(CODE) != {CODE: made_of[CODE]}:
        return []
    column = made.partition
    days: list[dt.date] = table.read().select(column).unique().collect()[column].sort().to_list()
    return days


def _answer(found: Any) -> tuple[Any, Mapping[str, Any]]:
    return found if isinstance(found, tuple) else (found, {})


def _write(store: "Lake", made: Derivation, rows: Any, made_of: Mapping[str, int], kept: Sequence[dt.date]) -> int:
    contract, table = made.contract, store.table(made.contract)
    schema = contract.arrow_schema
    if rows is None:
        rows = schema.empty_table()
    returned = rows.columns if _is_polars(rows) else rows.column_names
    if missing := [name for name in schema.names if name not in returned]:
        raise ValueError(f"{table.name}: {made.function.__name__} returned no column {', '.join(missing)}")
    picked = rows.select(schema.names)
    data = (picked.to_arrow() if _is_polars(rows) else picked).cast(schema)
    if not made.keeps_partitions and not kept:
        # Rewritten whole, so that a changed contract needs no migration.
        whole = Table(table.path) if table.exists() else table
        return whole.overwrite(data, None, made_of)
    return table.overwrite(data, data.column(made.partition).unique().to_pylist(), made_of)


def _is_polars(rows: Any) -> bool:
    return hasattr(rows, "to_arrow")
