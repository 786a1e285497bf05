"""Avro-style unions in JSON: a value that may be null comes as an object whose one name is its type."""

from __future__ import annotations

from typing import Any

_PRIMITIVES = frozenset({"string", "int", "long", "float", "double", "boolean", "bytes"})
_RECORDS = ("Value", "Envelope", "Source", "Key", "block")


def unpack(value: Any) -> Any:
    """The value without its union; ``bytes`` become bytes, as Avro writes them in Latin-1.

    >>> unpack({"string": "a"}), unpack({"shop.orders.Value": {"id": {"long": 1}}}), unpack({"id": 1})
    ('a', {'id': 1}, {'id': 1})
    """
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name in _PRIMITIVES and not isinstance(inner, dict | list):
            return _latin(inner) if name == "bytes" else inner
        if isinstance(inner, dict) and (name in _RECORDS or "." in name):
            return unpack(inner)
    return {name: unpack(inner) for name, inner in value.items()}


def _latin(value: Any) -> Any:
    try:
        return value.encode("latin-1") if isinstance(value, str) else value
    except UnicodeEncodeError:
        return value


def has_unions(document: dict[str, Any]) -> bool:
    """Whether one of the envelope's parts is a union; a row that is no union has a union nowhere."""
    for part in ("before", "after", "source", "ts_ms"):
        value = document.get(part)
        if isinstance(value, dict) and len(value) == 1:
            ((name, inner),) = value.items()
            if name in _PRIMITIVES or (isinstance(inner, dict) and (name in _RECORDS or "." in name)):
                return True
    return False
