"""What a table's topics do not say themselves: keys of unwrapped rows, scales of base64 decimals, units of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lake.ingest.streams.debezium.values import PER_SECOND


@dataclass(frozen=True)
class Encoding:
    """How the messages of one table are encoded.

    Attributes:
        table: the ERP table, as silver calls it.
        topics: its topics; default: those whose last part is the table's name.
        key: columns of the key, where rows come unwrapped and a tombstone means a deletion.
        decimals: scale of each decimal that comes as base64 without a schema.
        times: unit of each time that comes as a number without a schema.
    """

    table: str
    topics: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    decimals: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)


def read_encodings(file: Path | None) -> dict[str, Encoding]:
    """The encodings of the file by table; none without a file.

    Raises:
        ValueError: the file is not there, or declares what cannot be.
    """
    import yaml

    if file is None:
        return {}
    try:
        listed: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{file}: {error}; LACQUER_KAFKA_TABLES names a YAML file of tables") from error
    if not isinstance(listed, dict):
        raise ValueError(f"{file}: give tables, each with topics, key, decimals or times")
    return {str(table): _encoding(file, str(table), entry or {}) for table, entry in listed.items()}


def _encoding(file: Path, table: str, entry: Any) -> Encoding:
    where, known = f"{file}: {table}", ("topics", "key", "decimals", "times")
    if not isinstance(entry, dict) or (unknown := sorted(set(entry) - set(known))):
        named = ", ".join(unknown) if isinstance(entry, dict) else repr(entry)
        raise ValueError(f"{where}: {named} is none of {', '.join(known)}")
    lists = {name: entry.get(name, []) for name in ("topics", "key")}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"{where}: {name} is a list of names")
    decimals, times = entry.get("decimals", {}), entry.get("times", {})
    if not isinstance(decimals, dict) or not all(isinstance(scale, int) for scale in decimals.values()):
        raise ValueError(f"{where}: decimals gives each column the number of its decimal places")
    if not isinstance(times, dict) or not all(unit in PER_SECOND for unit in times.values()):
        raise ValueError(f"{where}: times gives each column one of {', '.join(PER_SECOND)}")
    return Encoding(table, tuple(lists["topics"]), tuple(lists["key"]), decimals, times)
