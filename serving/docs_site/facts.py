"""What is known of each table: from its contract or dbt, the asset graph, the semantic layer, and one lake."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assets.dictionary import Entry
    from lake.contract import Contract
    from lake.lakehouse import Lake

HIDDEN = "•••"
SAMPLE_ROWS = 5
LONGEST = 40
# Raw lines and texts as they came: no sample shows them.
RAW = ("payload", "raw", "value", "line", "content", "context", "summary")


@dataclass(frozen=True)
class State:
    """How the table stands in the lake: rows, when it last changed, results of checks, some rows with masked values."""

    rows: int
    changed_at: dt.datetime
    checks: tuple[tuple[str, bool, str], ...]
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Facts:
    """One table. ``upstream`` and ``downstream`` are tables, by ``layer/name``; ``metrics`` name and description."""

    key: str
    entry: Entry
    description: str
    traps: tuple[str, ...]
    owner: str
    group: str
    freshness_hours: int | None
    promised: tuple[str, ...]
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    state: State | None


def collect(manifest: dict[str, Any], store: Lake | None) -> dict[str, Facts]:
    """Every table that the dictionary lists, by ``layer/name``; with its state where the lake publishes it."""
    import definitions
    from assets.checks import every_contract
    from assets.dictionary import entries

    graph = definitions.defs.resolve_asset_graph()
    listed = {f"{one.layer}/{one.name}": one for one in entries(manifest)}
    parents = {key: _tables_above(graph, key, listed) for key in listed}
    children = defaultdict(set)
    for key, above in parents.items():
        for parent in above:
            children[parent].add(key)
    contracts, metrics = every_contract(), metrics_by_table(manifest)
    promised: dict[str, list[str]] = defaultdict(list)
    for check in graph.asset_check_keys:
        promised["/".join(check.asset_key.path)].append(check.name)
    checks = _checks(store) if store else {}
    found = {}
    for key, entry in listed.items():
        description, traps = split_traps(entry.words)
        node, contract = _node(graph, key), contracts.get(key)
        found[key] = Facts(
            key=key,
            entry=entry,
            description=description,
            traps=(*traps, *general_traps(entry, contract)),
            owner=next(iter(node.owners), "") if node else (contract.owner if contract else "team:data-engineering"),
            group=node.group_name if node else "system",
            freshness_hours=contract.freshness_hours if contract else None,
            promised=tuple(sorted(promised[key])),
            upstream=tuple(sorted(parents[key])),
            downstream=tuple(sorted(children[key])),
            metrics=metrics.get(key, ()),
            state=state_of(store, key, contract, checks.get(key, ())) if store else None,
        )
    return found


def split_traps(text: str) -> tuple[str, tuple[str, ...]]:
    """A description without its traps, and the traps: what follows ``Trap:`` up to the end of its paragraph."""
    kept, traps = [], []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        first, *rest = re.split(r"\bTraps?:\s*", " ".join(paragraph.split()))
        kept.append(first.strip())
        traps += [one.strip()[:1].upper() + one.strip()[1:] for one in rest]
    return "\n\n".join(one for one in kept if one), tuple(traps)


def general_traps(entry: Entry, contract: Contract | None) -> tuple[str, ...]:
    """What follows from the shape of a table: origins that stay, versions, pseudonyms, tombstones in its files."""
    found, names = [], {one.name for one in entry.fields}
    if "origin" in entry.key.split(", "):
        found.append("Every origin stays: choose one, such as `origin = (select max(origin) …)`, or sums count twice.")
    if {"valid_from", "valid_to"} <= names and entry.name.endswith("_history"):
        found.append("Several rows per key, one per version: join by the moment, or filter `is_current`.")
    if {"house_revenue", "revenue"} <= names:
        found.append("`revenue` is in the currency of its row: add up `house_revenue` only.")
    if contract is not None and any(column.personal for column in contract.columns) and entry.layer != "bronze":
        found.append("Personal columns hold pseudonyms, or nothing without LACQUER_PSEUDONYM_KEY.")
    if contract is not None and contract.is_merged:
        found.append("The Delta files hold tombstones: who reads them without Lacquer filters `not is_deleted`.")
    return tuple(found)


def metrics_by_table(manifest: Mapping[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Metrics of the semantic layer by the table that they are computed from, directly or through other metrics."""
    measured: dict[str, str] = {}
    for model in manifest.get("semantic_models", {}).values():
        table = f"gold/{model['node_relation']['alias']}"
        measured |= {measure["name"]: table for measure in model["measures"]}
    metrics = {one["name"]: one for one in manifest.get("metrics", {}).values()}

    def tables(name: str) -> set[str]:
        given = metrics[name]["type_params"]
        measures = [one["name"] for one in given.get("input_measures") or []]
        found = {measured[one] for one in measures if one in measured}
        parts = [given.get("numerator"), given.get("denominator"), *(given.get("metrics") or [])]
        return found.union(*(tables(part["name"]) for part in parts if part and part["name"] != name))

    by_table: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, one in sorted(metrics.items()):
        for table in tables(name):
            by_table[table].append((name, " ".join(one["description"].split())))
    return {table: tuple(found) for table, found in by_table.items()}


def _node(graph: Any, key: str) -> Any:
    from dagster import AssetKey

    asset = AssetKey(key.split("/"))
    return graph.get(asset) if graph.has(asset) else None


def _tables_above(graph: Any, key: str, listed: Collection[str]) -> set[str]:
    """The tables that a table is computed from; views between them are looked through."""
    found: set[str] = set()
    node = _node(graph, key)
    ahead = list(node.parent_keys) if node else []
    seen = set(ahead)
    while ahead:
        parent = ahead.pop()
        name = "/".join(parent.path)
        if name in listed:
            found.add(name)
            continue
        more = graph.get(parent).parent_keys - seen
        seen |= more
        ahead += more
    return found - {key}


def _checks(store: Lake) -> dict[str, list[tuple[str, bool, str]]]:
    """Results of every check that `lacquer check` makes, by table."""
    from serving.commands.check import balance_checks, bronze_checks, contract_checks, gold_checks
    from serving.options import current_settings

    versions, allowed = store.published(), current_settings().allowed_bad_share
    found: dict[str, list[tuple[str, bool, str]]] = defaultdict(list)
    for made in (
        *bronze_checks(store, versions),
        *balance_checks(store, versions),
        *contract_checks(store, versions, allowed),
        *gold_checks(store, versions, allowed),
    ):
        found[made.table].append((made.check, made.passed, made.words))
    return found


def state_of(store: Lake, key: str, contract: Contract | None, checks: Sequence[tuple[str, bool, str]]) -> State | None:
    """How a published table stands; None where the lake does not publish it."""
    from lake.contract_checks import last_changed
    from lake.delta.table import Table
    from lake.delta.views import quoted

    version = store.published().get(key)
    if version is None:
        return None
    con, table = store.connect({key: version}), ".".join(quoted(part) for part in key.split("/"))
    names = con.table(table).columns
    shown = tuple(name for name in names if name not in RAW and key.split("/")[0] != "lake")
    hidden = hidden_columns(contract)
    rows: list[tuple[Any, ...]] = []
    if shown:
        wanted = ", ".join(map(quoted, shown))
        rows = con.execute(f"select {wanted} from {table} order by all limit {SAMPLE_ROWS}").fetchall()
    sample = tuple(
        tuple(
            HIDDEN if name in hidden and value is not None else as_cell(value)
            for name, value in zip(shown, row, strict=True)
        )
        for row in rows
    )
    count = int(con.execute(f"select count(*) from {table}").fetchall()[0][0])
    return State(count, last_changed(Table(store.path(key)), version), tuple(checks), shown if rows else (), sample)


def hidden_columns(contract: Contract | None) -> set[str]:
    """Columns whose values no sample shows: personal and free texts, and what names a buyer in any table."""
    from assets.silver.buyers import personal_fields

    own = {column.name for column in contract.columns if column.protection is not None} if contract else set()
    return {*own, *personal_fields(), "author", "text", "headline", "reason"}


def as_cell(value: object) -> str:
    """A value as a cell of a Markdown table: one line, cut, without markup."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("*", "&#42;"), ("_", "&#95;"),
                         ("`", "&#96;"), ("[", "&#91;")):  # fmt: skip
        text = text.replace(mark, entity)
    return text
