"""What may change about a stored schema, and what may not.

A new nullable column may come. A column that went, or changed its type or name, stops the run with the difference;
:mod:`lake.migrate` carries the table over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import Field, Schema

    from lake.contract import Contract


def _delta(schema: pa.Schema) -> Schema:
    from deltalake import Schema

    return Schema.from_arrow(schema)


def difference(stored: Schema, wanted: pa.Schema) -> list[str]:
    """Lines that say how the stored schema contradicts the wanted one; empty when rows can be carried over."""
    old = {field.name: field for field in stored.fields}
    new = {field.name: field for field in _delta(wanted).fields}
    lines = [f"{name}: stored as {old[name].type}, not in the contract" for name in old if name not in new]
    lines += [
        f"{name}: stored as {old[name].type}, the contract says {new[name].type}"
        for name in new
        if name in old and old[name].type != new[name].type
    ]
    lines += [
        f"{name}: new and required; a new column has no value in the stored rows, so it must be nullable"
        for name in new
        if name not in old and not new[name].nullable
    ]
    return lines


def renamed_columns(stored: Schema, contract: Contract) -> dict[str, str]:
    """New name -> stored name, of the columns that the contract renames and that are stored under their old name."""
    known = {field.name for field in stored.fields}
    renames = {column.name: column.renamed_from for column in contract.columns if column.renamed_from}
    return {new: old for new, old in renames.items() if new not in known and old in known}


def added_columns(stored: Schema, wanted: pa.Schema) -> list[Field]:
    """The wanted fields that the stored schema lacks."""
    known = {field.name for field in stored.fields}
    return [field for field in _delta(wanted).fields if field.name not in known]
