"""Whether a file, its mapping and the tables fit each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from lake.importing.grid import Source
from lake.importing.mapping import FileMapping, MappingError
from lake.importing.targets import Target


def check_fit(source: Source, mapping: FileMapping, names: Sequence[str], targets: Mapping[str, Target]) -> None:
    """Whether file, mapping and tables fit.

    Raises:
        MappingError: a table or field is unknown, a required field is not mapped, or a column is not in the file.
    """
    if not mapping.columns:
        raise MappingError(
            f"{source.path}: what its columns mean was not found ({', '.join(names)}); give it a row of names, or "
            f"write the fields into the mapping of {mapping.match}"
        )
    for table, entries in mapping.tables.items():
        if table not in targets:
            raise MappingError(f"mapping of {mapping.match}: no table {table}; there are {', '.join(targets)}")
        columns = targets[table].columns
        if unknown := [name for name in entries if name not in columns]:
            raise MappingError(
                f"mapping of {mapping.match}: {table} has no field {unknown[0]}; it has {', '.join(columns)}"
            )
        if missing := [name for name, one in columns.items() if not one.nullable and name not in entries]:
            raise MappingError(
                f"mapping of {mapping.match}: {table} needs {', '.join(missing)}; name a column, or a constant"
            )
    if not mapping.tables:
        raise MappingError(f"mapping of {mapping.match}: `tables` names none of {', '.join(targets)}")
    for name in mapping.columns:
        if name not in names:
            near = get_close_matches(name, names, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}"
            raise MappingError(f"{source.path}: no column {name!r}, which the mapping names: {hint}")
