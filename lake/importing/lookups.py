"""Fields whose value stands in another file: the day of an order, of which the lines only have the number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lake.importing.grid import find_source
from lake.importing.layout import find_layout
from lake.importing.mapping import Field, FileMapping, Mapping, MappingError


def with_lookups(path: Path, entry: FileMapping, mapping: Mapping) -> FileMapping:
    """The entry in which each lookup is replaced by the values of the files that it names, beside the given one.

    A key that those files lack has no value, and its row is refused where the field is required.

    Raises:
        MappingError: there is no such file beside it, or it lacks a column.
    """
    known: dict[tuple[str, ...], dict[str, str]] = {}

    def resolved(one: Field) -> Field:
        if not one.lookup:
            return one
        if one.lookup not in known:
            known[one.lookup] = _values(path, one.lookup, mapping)
        return replace(one, lookup=(), values=known[one.lookup], default=one.default or "")

    tables = {table: {name: resolved(one) for name, one in fields.items()} for table, fields in entry.tables.items()}
    return replace(entry, tables=tables)


def _values(path: Path, lookup: tuple[str, ...], mapping: Mapping) -> dict[str, str]:
    pattern, key, column = lookup
    found: dict[str, str] = {}
    files = [one for one in sorted(path.parent.iterdir()) if FileMapping(pattern, {}).fits(one.name)]
    if not files:
        raise MappingError(f"{path}: no file {pattern} beside it, in which the mapping looks up {column}")
    for file in files:
        said = mapping.of(file.name)
        source = find_source(file)
        if said:
            encoding, delimiter = said.encoding or source.encoding, said.delimiter or source.delimiter
            source = replace(source, encoding=encoding, delimiter=delimiter, sheet=said.sheet)
        layout = find_layout(source, said.header if said else None, whole=False)
        if missing := [name for name in (key, column) if name not in layout.names]:
            raise MappingError(f"{file}: no column {missing[0]!r}; it has {', '.join(layout.names)}")
        at, value_at = layout.names.index(key), layout.names.index(column)
        last = max(layout.header, default=0)
        for row in source.rows():
            if row.number > last and not row.fault and len(row.cells) > max(at, value_at) and row.cells[at].strip():
                found[row.cells[at].strip()] = row.cells[value_at].strip()
    return found
