"""What a contract says, in the words of the asset graph."""

import importlib
import inspect
import pkgutil
from collections.abc import Collection, Iterable
from typing import Any

from dagster import AssetKey, AssetSpec, TableColumn, TableColumnConstraints, TableSchema

from lake.contract import Contract


def owners(contract: Contract) -> list[str]:
    """The asset's owners."""
    return [contract.owner]


def table_spec(
    contract: Contract, deps: Iterable[AssetKey], said: str | None, *, group: str, kinds: set[str], code_version: str
) -> AssetSpec:
    """The asset of a contract's table, which a step of several tables makes."""
    return AssetSpec(
        [contract.layer, contract.name],
        deps=list(deps),
        group_name=group,
        kinds=kinds,
        owners=owners(contract),
        description=grain_first(contract, said),
        metadata=asset_metadata(contract),
        code_version=code_version,
    )


def grain_first(contract: Contract, more: str | None) -> str:
    """The asset's description: what a row is, then everything else that is said about the table."""
    grain = contract.grain[0].upper() + contract.grain[1:]
    paragraphs = inspect.cleandoc(more or "").split("\n\n")
    own = [paragraph for paragraph in paragraphs if paragraph.startswith(grain)]
    said = [*(own or [f"{grain}."]), *(paragraph for paragraph in paragraphs if paragraph not in own)]
    return "\n\n".join(said).strip()


def asset_metadata(contract: Contract) -> dict[str, Any]:
    """The column schema, key and partitioning for the asset's page."""
    columns = [
        TableColumn(
            column.name,
            column.type,
            description=column.description + (f" [{column.unit}]" if column.unit else ""),
            constraints=TableColumnConstraints(nullable=column.nullable, unique=contract.key == (column.name,)),
        )
        for column in contract.columns
    ]
    return {
        "dagster/column_schema": TableSchema(columns),
        "key": ", ".join(contract.key),
        **({"partition_by": contract.partition_by[0]} if contract.partition_by else {}),
    }


def declared_contracts(package: str, without: Collection[str] = ()) -> list[Contract]:
    """Every contract that a module of the package or of a package in it declares, by layer and name.

    Modules named in ``without`` are not imported.

    Raises:
        ValueError: two contracts claim the same table.
    """
    found: dict[str, Contract] = {}
    folder = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(folder, prefix=f"{package}."):
        if module.name in without:
            continue
        for contract in vars(importlib.import_module(module.name)).values():
            if isinstance(contract, Contract):
                key = f"{contract.layer}/{contract.name}"
                if found.setdefault(key, contract) != contract:
                    raise ValueError(f"{key}: two contracts declare this table; rename one or import it from the other")
    return [found[key] for key in sorted(found)]
