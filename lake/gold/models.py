"""What the dbt manifest says about gold: where its tables read from, their partitions, which code makes them.

Plain functions over the manifest's dictionaries; neither dbt nor Dagster is imported here. Which months a build
rewrites is decided in :mod:`lake.gold.plan`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class MonthsByKey:
    """How a change in ``source`` finds the months it touches: through the rows of ``rows_of`` with the same ``key``."""

    source: str
    key: str
    rows_of: str


@dataclass(frozen=True)
class MonthsByVersion:
    """How a change in a history finds the months it touches: those whose rows find another version at their moment.

    Attributes:
        key: of the history.
        rows_of: the table of the rows.
        moment: their column of the moment.
        carried: a column of the history that the model passes on to another look-up.
        through: the history by which rows find the key, where they do not hold it; ``through_key`` is theirs.
    """

    key: str
    rows_of: str
    moment: str
    carried: str | None = None
    through: str | None = None
    through_key: str | None = None


@dataclass(frozen=True)
class MonthsOf:
    """A source with months of its own, in ``column``; each touches the model's same month and its neighbours.

    Attributes:
        column: of the source's months.
        following: how many months after it are touched.
        before: how many months before it are touched.
    """

    column: str
    following: int = 0
    before: int = 0


HOUSE_CURRENCY = "macro.lacquer.house_currency"
FISCAL_CALENDAR = "macro.lacquer.fiscal_calendar"
BUSINESS_DATE = "macro.lacquer.business_date"
ROYALTY_RATES = "macro.lacquer.royalty_rates"


@dataclass(frozen=True)
class ModelSpec:
    """One Delta table that dbt makes.

    Attributes:
        sources: the Delta tables it reads, ``layer/name``, through whatever views lie between.
        partition_by: its month column; None for a table that is always rebuilt whole.
        code: a number that changes whenever the SQL that makes it does: its own, that of views and macros it uses.
        months_before: how many months before a changed one depend on it.
        columns: name and DuckDB type, as the contract says.
        months_by_version: histories whose changes touch the months of the rows that find another version.
        months_of: sources whose months stand in a column of another name.
        in_house_currency: whether its SQL asks for the house currency, so that another one makes other rows.
        in_fiscal_calendar: the same of the fiscal calendar.
        in_time_zone: the same of the time zone of business days.
        by_royalty_rates: the same of the file of royalty rates.
    """

    name: str
    unique_id: str
    sources: tuple[str, ...]
    partition_by: str | None
    code: int
    columns: tuple[tuple[str, str], ...]
    months_before: int = 0
    months_by_key: MonthsByKey | None = None
    months_by_version: Mapping[str, MonthsByVersion] = field(default_factory=dict)
    months_of: Mapping[str, MonthsOf] = field(default_factory=dict)
    in_house_currency: bool = False
    in_fiscal_calendar: bool = False
    in_time_zone: bool = False
    by_royalty_rates: bool = False

    @property
    def key(self) -> str:
        """The table's name in the lake."""
        return f"gold/{self.name}"


def delta_models(manifest: Manifest) -> list[ModelSpec]:
    """Every model that is a Delta table, parents before children."""
    nodes = {uid: node for uid, node in manifest["nodes"].items() if _is_delta(node)}
    specs = {uid: _spec(manifest, node) for uid, node in nodes.items()}
    ordered: dict[str, ModelSpec] = {}

    def visit(spec: ModelSpec) -> None:
        for parent in specs.values():
            if parent.key in spec.sources and parent.unique_id not in ordered:
                visit(parent)
        ordered[spec.unique_id] = spec

    for uid in sorted(specs):
        visit(specs[uid])
    return list(ordered.values())


def parents_first(manifest: Manifest) -> list[str]:
    """Unique ids of all models, each after those that it reads."""
    models = {uid: node for uid, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    reads = {uid: models.keys() & set(node["depends_on"]["nodes"]) for uid, node in sorted(models.items())}
    return list(TopologicalSorter(reads).static_order())


def source_columns(manifest: Manifest) -> dict[str, tuple[tuple[str, str], ...]]:
    """Columns and types of every source, by ``layer/name``."""
    return {_source_key(source): _columns(source) for source in manifest["sources"].values()}


def views_read(manifest: Manifest, unique_id: str) -> list[str]:
    """Unique ids of the views that a model or test reads, which each build makes anew in memory."""
    found = _upstream(manifest, unique_id, through_tables=False)
    return sorted(uid for uid in found if uid in manifest["nodes"] and not is_table(manifest, uid))


def tables_read(manifest: Manifest, unique_id: str) -> tuple[str, ...]:
    """The Delta tables that a model or test reads, ``layer/name``, through whatever views lie between."""
    reads = _upstream(manifest, unique_id, through_tables=False)
    return tuple(sorted({key for uid in reads if (key := _table_key(manifest, uid))}))


def behind(manifest: Manifest, unique_id: str) -> set[str]:
    """Unique ids of everything that a model or test rests on, sources too."""
    return _upstream(manifest, unique_id, through_tables=True)


def is_table(manifest: Manifest, unique_id: str) -> bool:
    """Whether the node is a model that is a Delta table."""
    return unique_id in manifest["nodes"] and _is_delta(manifest["nodes"][unique_id])


def code_number(manifest: Manifest, unique_id: str) -> int:
    """A 60-bit number of all code that makes the model: its SQL and contract, the views it reads, our macros."""
    digest = hashlib.sha256()
    for uid in sorted({unique_id, *views_read(manifest, unique_id)}):
        node = manifest["nodes"][uid]
        digest.update(node["raw_code"].encode())
        digest.update(repr((_columns(node), node["config"].get("partition_by"))).encode())
        for macro in sorted(node["depends_on"]["macros"]):
            if macro.startswith("macro.lacquer."):
                digest.update(manifest["macros"][macro]["macro_sql"].encode())
    return int(digest.hexdigest()[:15], 16)


def _spec(manifest: Manifest, node: Mapping[str, Any]) -> ModelSpec:
    meta = node["config"].get("meta", {})
    by_key, by_version = meta.get("months_by_key"), meta.get("months_by_version", {})
    return ModelSpec(
        name=node["name"],
        unique_id=node["unique_id"],
        sources=tables_read(manifest, node["unique_id"]),
        partition_by=node["config"].get("partition_by"),
        code=code_number(manifest, node["unique_id"]),
        columns=_columns(node),
        months_before=int(meta.get("months_before", 0)),
        months_by_key=MonthsByKey(**by_key) if by_key else None,
        months_by_version={source: MonthsByVersion(**link) for source, link in by_version.items()},
        months_of={source: MonthsOf(**months) for source, months in meta.get("months_of", {}).items()},
        in_house_currency=HOUSE_CURRENCY in node["depends_on"]["macros"],
        in_fiscal_calendar=FISCAL_CALENDAR in node["depends_on"]["macros"],
        in_time_zone=BUSINESS_DATE in node["depends_on"]["macros"],
        by_royalty_rates=ROYALTY_RATES in node["depends_on"]["macros"],
    )


def _upstream(manifest: Manifest, unique_id: str, *, through_tables: bool) -> set[str]:
    """Everything the node reads; behind a table only if asked for."""
    found: set[str] = set()
    ahead = list(manifest["nodes"][unique_id]["depends_on"]["nodes"])
    while ahead:
        parent = ahead.pop()
        if parent in found:
            continue
        found.add(parent)
        if parent in manifest["nodes"] and (through_tables or not _is_delta(manifest["nodes"][parent])):
            ahead += manifest["nodes"][parent]["depends_on"]["nodes"]
    return found


def _table_key(manifest: Manifest, unique_id: str) -> str | None:
    if unique_id in manifest["sources"]:
        return _source_key(manifest["sources"][unique_id])
    node = manifest["nodes"][unique_id]
    return f"gold/{node['name']}" if _is_delta(node) else None


def _source_key(source: Mapping[str, Any]) -> str:
    return f"{source['source_name']}/{source['name']}"


def _is_delta(node: Mapping[str, Any]) -> bool:
    return bool(node["resource_type"] == "model" and node["config"].get("materialized") == "delta")


def _columns(node: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((column["name"], column["data_type"]) for column in node["columns"].values())
