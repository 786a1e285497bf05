"""The YAML of a mapping, as people edit it.

``read_mapping`` refuses what it does not know, with the place; ``write_mapping`` writes what :mod:`proposal` found.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from lake.importing.mapping import SOURCES, Field, FileMapping, Mapping, MappingError

HEAD = """# How `lacquer import` reads these files. Edit it and import again; --dry-run shows the effect.
# A field is the name of a column, or one of: constant, join, id_of, divide, net_of, number_within, file_date, sign_of.
# All of it: docs/how-to/bring-your-own-data.md
"""


def read_mapping(path: Path) -> Mapping:
    """Read a mapping.

    Raises:
        MappingError: it is no YAML, or says what is not known.
    """
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise MappingError(f"mapping {path}: {error}") from error
    place = str(path)
    document = _object(document, place, {"time_zone", "files"})
    zone = str(document.get("time_zone", "UTC"))
    _check_zone(zone, place)
    listed = document.get("files")
    if not isinstance(listed, list) or not listed:
        raise MappingError(f"{place}: `files` lists how each shape of file is read; it lists none")
    return Mapping(tuple(_file(one, f"{place}: files[{at + 1}]") for at, one in enumerate(listed)), zone)


def _check_zone(zone: str, place: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MappingError(f"{place}: time_zone {zone} is unknown; write one like Europe/Berlin or UTC") from error


def _object(value: Any, place: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MappingError(f"{place}: write `name: value`, of {', '.join(sorted(known))}")
    if unknown := sorted(str(name) for name in value if name not in known):
        raise MappingError(f"{place}: unknown {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return value


def _file(value: Any, place: str) -> FileMapping:
    known = {one.name for one in fields(FileMapping)}
    said = _object(value, place, known)
    if not isinstance(said.get("match"), str) or not isinstance(said.get("tables"), dict):
        raise MappingError(f"{place}: needs `match`, a pattern of file names, and `tables`")
    if said.get("decimal", ".") not in (",", ".", "either"):
        raise MappingError(f"{place}: decimal is ',' or '.' or either, not {said['decimal']!r}")
    tables = {}
    for name, entries in said["tables"].items():
        if not isinstance(entries, dict):
            raise MappingError(f"{place}: tables.{name}: write `field: column`")
        tables[str(name)] = {str(one): _field(entry, f"{place}: {name}.{one}") for one, entry in entries.items()}
    header = said.get("header")
    changed = said.get("changed_at")
    return FileMapping(
        match=said["match"],
        tables=tables,
        header=None
        if header is None
        else tuple(int(row) for row in (header if isinstance(header, list) else [header])),
        encoding=said.get("encoding"),
        delimiter=said.get("delimiter"),
        sheet=said.get("sheet"),
        decimal=said.get("decimal", "."),
        skip_rows={str(one): _texts(texts) for one, texts in (said.get("skip_rows") or {}).items()},
        skip_empty=_texts(said.get("skip_empty")),
        fill_down=_texts(said.get("fill_down")),
        within=said.get("within"),
        changed_at=None if changed is None else _field(changed, f"{place}: changed_at"),
    )


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_text(one) for one in listed)


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _field(value: Any, place: str) -> Field:
    if isinstance(value, str):
        return Field(column=value)
    said = _object(value, place, {one.name for one in fields(Field)})
    given = [name for name in SOURCES if said.get(name) not in (None, False)]
    if len(given) != 1:
        raise MappingError(f"{place}: say where it comes from by one of {', '.join(SOURCES)}; {len(given)} are given")
    made: dict[str, Any] = {}
    for name, one in said.items():
        if name in ("join", "divide", "format", "lookup"):
            made[name] = _texts(one)
        elif name in ("values", "patterns", "negate_when"):
            if not isinstance(one, dict):
                raise MappingError(f"{place}: {name} maps texts, as `Laden: shop`")
            made[name] = {
                _text(key): _texts(text) if name == "negate_when" else _text(text) for key, text in one.items()
            }
        elif name in ("pad", "take"):
            made[name] = int(one)
        elif name in ("file_date", "ean", "isrc", "negated"):
            made[name] = bool(one)
        else:
            made[name] = None if one is None else _text(one)
    _check_field(made, place)
    return Field(**made)


def _check_field(made: dict[str, Any], place: str) -> None:
    if len(made.get("divide", ("", ""))) != 2:
        raise MappingError(f"{place}: divide names two columns, [amount, quantity]")
    if len(made.get("lookup", ("", "", ""))) != 3 or (made.get("lookup") and not made.get("column")):
        raise MappingError(
            f"{place}: lookup names [file, its key column, its column] and goes with `column`, the key here"
        )


def as_document(mapping: Mapping) -> dict[str, Any]:
    """The mapping as plain values; what has its default is left out, a bare column is its name."""
    return {"time_zone": mapping.time_zone, "files": [_file_document(one) for one in mapping.files]}


def _file_document(one: FileMapping) -> dict[str, Any]:
    document = _plain(one, FileMapping(match="", tables={}), {"match", "tables", "changed_at", "header"})
    head: dict[str, Any] = {"match": one.match}
    if one.header is not None:
        head["header"] = list(one.header)
    head |= document
    if one.changed_at:
        head["changed_at"] = _field_document(one.changed_at)
    head["tables"] = {
        table: {name: _field_document(entry) for name, entry in entries.items()}
        for table, entries in one.tables.items()
    }
    return head


def _field_document(one: Field) -> Any:
    document = _plain(one, Field(), set())
    return one.column if list(document) == ["column"] else document


def _plain(value: Any, default: Any, without: set[str]) -> dict[str, Any]:
    found = {}
    for one in fields(value):
        held = getattr(value, one.name)
        if one.name not in without and held != getattr(default, one.name):
            found[one.name] = list(held) if isinstance(held, tuple) else _listed(held)
    return found


def _listed(held: Any) -> Any:
    return (
        {key: list(one) if isinstance(one, tuple) else one for key, one in held.items()}
        if isinstance(held, dict)
        else held
    )


def write_mapping(path: Path, mapping: Mapping, notes: list[str]) -> None:
    """Write the mapping with notes as comments at its top; whole or not at all."""
    import yaml

    text = yaml.safe_dump(as_document(mapping), sort_keys=False, allow_unicode=True, width=120)
    said = "".join(f"# {note}\n" for note in notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(HEAD + said + "\n" + text, encoding="utf-8")
    part.replace(path)


def add_to_mapping(path: Path, mapping: Mapping, notes: list[str]) -> Mapping:
    """Write a new mapping, or add its entries to the one that is there, whose text and comments stay.

    Raises:
        MappingError: the file there does not end with its list of files.
    """
    if not path.exists():
        write_mapping(path, mapping, notes)
        return read_mapping(path)
    import yaml

    before = path.read_text(encoding="utf-8")
    entries = yaml.safe_dump(as_document(mapping)["files"], sort_keys=False, allow_unicode=True, width=120)
    said = "".join(f"# {note}\n" for note in notes)
    part = path.with_name(f".{path.name}.part")
    part.write_text(f"{before.rstrip()}\n{said}{entries}", encoding="utf-8")
    try:
        made = read_mapping(part)
    except MappingError:
        part.unlink()
        names = ", ".join(one.match for one in mapping.files)
        raise MappingError(
            f"mapping {path} has no entry for {names}, and none can be added to it as it is written: "
            "take another --mapping for these files, or let `files:` be its last part, each entry with a `- ` "
            "at the beginning of its line"
        ) from None
    part.replace(path)
    return made
