"""Derives the dbt sources from the contracts, and the manifest from both: ``python -m assets.dbt_sources``.

Both files are git-ignored and made by ``make manifest``. No lake is needed: contracts and SQL say it all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from assets.contracts import declared_contracts
from lake.contract import Contract
from lake.silver.history import history_contract
from lake.types import duckdb_type
from resources.dbt.project import MANIFEST, PROJECT_DIR

SOURCES = PROJECT_DIR / "models" / "sources.yml"
# Layers of the tables that dbt may read and does not write.
LAYERS = ("silver", "gold")
# Its assets are made from the manifest, which is made from the sources.
WITHOUT = ("assets.gold",)
HEADER = "# Derived from the contracts by `make manifest`; changes here are lost.\n"


def contracts() -> list[Contract]:
    """Every contract of a table that dbt may read and does not write, the histories of silver tables included."""
    declared = [contract for contract in declared_contracts("assets", WITHOUT) if contract.layer in LAYERS]
    return declared + [history_contract(contract) for contract in declared if contract.history == "scd2"]


def sources_document(declared: Iterable[Contract]) -> dict[str, object]:
    """The content of ``sources.yml``: one dbt source per layer, one table per contract."""
    layers: dict[str, list[dict[str, object]]] = {}
    for contract in declared:
        layers.setdefault(contract.layer, []).append(_table(contract))
    return {
        "version": 2,
        "sources": [{"name": layer, "schema": layer, "tables": tables} for layer, tables in sorted(layers.items())],
    }


def _table(contract: Contract) -> dict[str, object]:
    grain = f"{contract.grain[0].upper()}{contract.grain[1:]}."
    return {
        "name": contract.name,
        "description": " ".join(part for part in (grain, contract.description) if part),
        "columns": [
            {"name": column.name, "data_type": duckdb_type(column.type), "description": column.description}
            for column in contract.public_columns
        ],
    }


def write_sources(declared: Iterable[Contract], path: Path = SOURCES) -> None:
    """Write ``sources.yml``."""
    import yaml

    body = yaml.safe_dump(sources_document(declared), sort_keys=False, allow_unicode=True, width=120)
    path.write_text(HEADER + body, encoding="utf-8")


def main() -> int:
    """Make both files; returns the exit status."""
    from resources.dbt.runner import DbtFailedError, parse

    write_sources(contracts())
    try:
        parse()
    except DbtFailedError as failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"wrote {SOURCES.name} and {MANIFEST.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
