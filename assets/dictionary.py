"""The data dictionary, written from contracts and dbt's manifest: ``python -m assets.dictionary``.

Belongs here: the page's order and wording. What a table holds is said by its contract (or dbt's YAML) and nowhere else;
a test fails when the committed page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.contracts import declared_contracts
from lake.contract import Column, Contract
from lake.delta.sessions import PINS
from lake.gold.models import delta_models
from lake.ingest.landing.ledger import LANDED_FILES
from lake.ingest.pulls.left_out import COMPARED_SNAPSHOTS
from lake.ingest.reasons import KNOWN_REASONS
from lake.journals.imports import IMPORTS
from lake.journals.run_inputs import RUN_INPUTS
from lake.journals.runs import RUNS
from lake.journals.snoozes import SNOOZES
from lake.journals.standings import STANDINGS
from lake.journals.suites import SUITE_RESULTS
from lake.journals.webhooks import WEBHOOKS
from lake.journals.writebacks import BEGUN
from lake.lakehouse import PUBLISHED
from lake.reconciliation.results import RECONCILED_KEYS, RECONCILIATIONS
from lake.silver.history import history_contract
from resources.dbt.project import load_manifest

# What the lake keeps for itself.
BOOKS = (
    *(BEGUN, COMPARED_SNAPSHOTS, IMPORTS, KNOWN_REASONS, LANDED_FILES, STANDINGS, PINS, PUBLISHED),
    *(RECONCILED_KEYS, RECONCILIATIONS, RUN_INPUTS, RUNS, SNOOZES, SUITE_RESULTS, WEBHOOKS),
)
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "data-dictionary.md"
RECORD = PAGE.with_name("record-of-processing.md")
LAYERS = {
    "bronze": "What landed, as it came. No value is cast and no row is corrected here.",
    "silver": "Typed, conformed, one row per business key, the latest by the source's position.",
    "gold": "What people ask: dimensions, facts and marts (dbt), forecasts and their record (Python).",
    "lake": "The lake's own books. Published are `runs`, `run_inputs`, `erp_pulls`, `known_reasons`, "
    "`reconciliations`, `reconciled_keys`, `check_snoozes` and `suite_results`; only Lacquer reads the others.",
}
HEAD = """# Data dictionary

Written from the contracts and dbt's manifest by `.venv/bin/python -m assets.dictionary`; changes here are lost.
Types are those of the contracts for bronze, silver and what Python writes, and DuckDB's for dbt's models; every
timestamp is UTC with a zone. `lacquer sql` sees each published table by its bare name.
"""


@dataclass(frozen=True)
class Field:
    """One column as the page shows it."""

    name: str
    type: str
    nullable: str
    words: str


@dataclass(frozen=True)
class Entry:
    """One table as the page shows it; ``made_by`` says where its text stands."""

    layer: str
    name: str
    words: str
    key: str
    partition: str
    made_by: str
    fields: Sequence[Field]


def _words(column: Column, layer: str) -> str:
    """The column's description with its unit and the limits that a row must keep."""
    personal = "personal data, kept as a pseudonym" if layer == "silver" else "personal data"
    limits = [
        f"unit: {column.unit}" if column.unit else "",
        f"one of {', '.join(f'`{value}`' for value in column.allowed)}" if column.allowed else "",
        f"at least {column.minimum:g}" if column.minimum is not None else "",
        f"at most {column.maximum:g}" if column.maximum is not None else "",
        personal if column.personal else "",
        f"from `{column.source}`" if column.source else "",
        f"is `{column.sql}`" if column.sql else "",
    ]
    return "; ".join([column.description, *(limit for limit in limits if limit)])


def contract_entry(contract: Contract, words: str | None = None, made_by: str = "contract") -> Entry:
    """The entry of a table with a contract; ``words`` in place of the contract's own description."""
    said = words or " ".join(part for part in (f"{contract.grain.capitalize()}.", contract.description) if part)
    fields = [
        Field(column.name, column.type, "yes" if column.nullable else "", _words(column, contract.layer))
        for column in contract.public_columns
    ]
    partition = contract.partition_by[0] if contract.partition_by else ""
    return Entry(contract.layer, contract.name, said, ", ".join(contract.key), partition, made_by, fields)


def model_entries(manifest: dict[str, Any]) -> Iterator[Entry]:
    """The entries of dbt's tables, whose contract says nothing of nulls."""
    for model in delta_models(manifest):
        node = manifest["nodes"][model.unique_id]
        columns = node["columns"].values()
        fields = [Field(one["name"], one["data_type"], "", one["description"]) for one in columns]
        words = str(node["description"]).strip()
        yield Entry("gold", model.name, words, _key(manifest, model.unique_id), model.partition_by or "", "dbt", fields)


def _key(manifest: dict[str, Any], unique_id: str) -> str:
    """The columns that the model's unique_key test names."""
    for child in manifest["child_map"][unique_id]:
        test = manifest["nodes"].get(child, {}).get("test_metadata") or {}
        if test.get("name") == "unique_key":
            return ", ".join(test["kwargs"]["columns"])
    return ""


def entries(manifest: dict[str, Any]) -> list[Entry]:
    """Every table of a lake, by layer and name."""
    descriptions = _asset_descriptions()
    found = []
    for contract in declared_contracts("assets"):
        said = descriptions.get(f"{contract.layer}/{contract.name}")
        found.append(contract_entry(contract, said))
        if contract.history == "scd2":
            found.append(contract_entry(history_contract(contract)))
    found += [contract_entry(contract) for contract in BOOKS]
    found += model_entries(manifest)
    order = list(LAYERS)
    once = {(one.layer, one.name): one for one in reversed(found)}  # a module of assets may import one of the books
    return sorted(once.values(), key=lambda one: (order.index(one.layer), one.name))


def _asset_descriptions() -> dict[str, str]:
    """What the asset graph says of each table, in which a module's docstring describes its table."""
    from dagster import AssetsDefinition, load_assets_from_package_module

    import assets

    loaded = load_assets_from_package_module(assets)
    specs = [spec for one in loaded if isinstance(one, AssetsDefinition) for spec in one.specs]
    return {"/".join(spec.key.path): spec.description.strip() for spec in specs if spec.description}


def render(found: Sequence[Entry]) -> str:
    """The page."""
    lines = [HEAD]
    for layer, words in LAYERS.items():
        lines += [f"## {layer.capitalize()}", "", words, ""]
        for entry in found:
            if entry.layer == layer:
                lines += _table(entry)
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(entry: Entry) -> list[str]:
    facts = [f"key: `{entry.key}`" if entry.key else "", f"partitions: `{entry.partition}`" if entry.partition else ""]
    stated = " · ".join(fact for fact in facts if fact)
    rows = [f"| `{one.name}` | {one.type} | {one.nullable} | {_cell(one.words)} |" for one in entry.fields]
    head = ["| column | type | may be null | what it is |", "|---|---|---|---|"]
    if entry.made_by == "dbt":
        rows = [f"| `{one.name}` | {one.type} | {_cell(one.words)} |" for one in entry.fields]
        head = ["| column | type | what it is |", "|---|---|---|"]
    return [f"### {entry.name}", "", entry.words, "", *([stated, ""] if stated else []), *head, *rows, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def record() -> str:
    """The record of processing as a page, with the retention that the settings have by default."""
    from assets.privacy import as_markdown, holdings
    from resources.settings import Settings

    days = {layer: Settings.model_fields[f"retention_{layer}_days"].default for layer in ("bronze", "silver", "gold")}
    return as_markdown(holdings(days))


def main() -> int:
    """Write the dictionary and the record of processing; returns the exit status."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(entries(load_manifest())), encoding="utf-8")
    RECORD.write_text(record(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[2])} and {RECORD.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
