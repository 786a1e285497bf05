"""The inputs of derived tables: queries over pinned tables and models that serve, and the frames that they give."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.table import Table
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import polars as pl

    from ml.promotion.governed import ServedModel

TABLE_NAME = re.compile(r"\b(lake|bronze|silver|gold)\.([a-z_][a-z0-9_]*)\b")


@dataclass(frozen=True)
class Input:
    """What the function is given: the answer of a query over pinned tables, or a model that serves.

    Attributes:
        query: SQL that names each table with its layer.
        served: the model, where it is one.
        is_shared: whether several tables of a run read the answer, so that it is kept for them.
    """

    query: str
    served: str | None = None
    is_shared: bool = False

    @classmethod
    def model(cls, name: str) -> "Input":
        """The version of a governed model that serves, a `ServedModel`; None before the first."""
        return cls("", served=name)

    @classmethod
    def sql(cls, query: str, *, is_shared: bool = False) -> "Input":
        """The answer of a query; it names each table with its layer, ``gold.fct_order_line``.

        Raises:
            ValueError: the query names no table.
        """
        if not TABLE_NAME.search(query):
            raise ValueError(f"the query names no table with its layer, such as gold.fct_order_line: {query[:80]!r}")
        return cls(query, is_shared=is_shared)

    @classmethod
    def table(cls, key: str) -> "Input":
        """All rows of a table, ``gold/fct_order_line``; in one order, so that sums come out equal to the last bit."""
        return cls(f"from {key.replace('/', '.')} order by all")

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The keys of the tables that the query reads."""
        return tuple(dict.fromkeys(f"{layer}/{name}" for layer, name in TABLE_NAME.findall(self.query)))


def tables_of(inputs: Mapping[str, Input]) -> list[str]:
    """The keys of all tables that the inputs read."""
    return sorted({key for one in inputs.values() for key in one.tables})


def read_inputs(store: Lake, versions: Mapping[str, int], inputs: Mapping[str, Input]) -> "dict[str, pl.DataFrame]":
    """The frame of each input; a table that was never written has no rows."""
    from assets.stand_ins import connect_with_stand_ins

    own = {name: one for name, one in inputs.items() if one.served is None and not one.is_shared}
    frames = {name: _shared(store, versions, one) for name, one in inputs.items() if one.is_shared}
    if own:
        con = connect_with_stand_ins(store, versions, tables_of(own))
        frames |= {name: con.sql(one.query).pl() for name, one in own.items()}
    return frames


def served_models(store: Lake, inputs: Mapping[str, Input]) -> "dict[str, ServedModel | None]":
    """The model that serves for each input that names one; None before the first version."""
    from resources.registry import Registry

    return {argument: Registry(store).served(one.served) for argument, one in inputs.items() if one.served}


@dataclass(frozen=True)
class Pinned:
    """Tables of a lake at versions, -1: never written. The ids tell a table from one that has replaced it."""

    root: Path
    versions: tuple[tuple[str, int], ...]
    ids: tuple[str, ...]


def pinned(store: Lake, versions: Mapping[str, int], tables: Iterable[str]) -> Pinned:
    """The tables as they are at these versions, to remember what was read of them by."""
    at = tuple((key, versions.get(key, -1)) for key in tables)
    ids = tuple(str(Table(store.path(key)).shared(version).metadata().id) for key, version in at if version >= 0)
    return Pinned(store.root, at, ids)


def _shared(store: Lake, versions: Mapping[str, int], one: Input) -> "pl.DataFrame":
    return _answer(pinned(store, versions, one.tables), one.query)


@lru_cache(maxsize=12)  # more than the forecasts' steps share
def _answer(tables: Pinned, query: str) -> "pl.DataFrame":
    from assets.stand_ins import connect_with_stand_ins

    versions = dict(tables.versions)
    return connect_with_stand_ins(Lake(tables.root), versions, versions).sql(query).pl()
