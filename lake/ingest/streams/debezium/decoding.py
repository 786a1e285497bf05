"""A message of Debezium as the envelope that bronze parses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lake.ingest.streams.debezium.encodings import Encoding
from lake.ingest.streams.debezium.unions import has_unions, unpack
from lake.ingest.streams.debezium.values import Decode, by_schema, by_type
from lake.ingest.streams.messages import lines_of

if TYPE_CHECKING:
    import pyarrow as pa

# These connectors state an ordered position. For the others the offset is it: a key's changes share a partition.
_ORDERED = ("postgresql", "mysql", "mariadb")
_ENVELOPE = frozenset({"op", "before", "after"})
# What Kafka Connect adds to an unwrapped row.
_ADDED = "__"


class Debezium:
    """Decodes batches of messages.

    Args:
        encodings: what is declared of tables, by table.
        types: what the contracts say, by table and field: the logical type.
    """

    def __init__(self, encodings: Mapping[str, Encoding], types: Mapping[str, Mapping[str, str]]) -> None:
        self._encodings, self._types = encodings, types
        self._of_topic = {topic: one for one in encodings.values() for topic in one.topics}
        self._decoders: dict[str, dict[str, Decode]] = {}

    def __call__(self, messages: pa.Table) -> pa.Array:
        """The lines of the messages: JSON as text, null for what is no text."""
        import pyarrow as pa

        lines = lines_of(messages)
        columns = [messages.column(name).to_pylist() for name in ("topic", "offset", "key", "value")]
        found = [
            self.line(line, topic, offset, key, value)
            for line, topic, offset, key, value in zip(lines.to_pylist(), *columns, strict=True)
        ]
        return pa.array(found, pa.string())

    def line(self, line: str | None, topic: str, offset: int, key: bytes | None, value: bytes | None) -> str | None:
        """The line of one message; what is no JSON object, and what is plain already, as it came."""
        if line is None:
            return None
        encoding = self._of_topic.get(topic) or self._encodings.get(topic.rpartition(".")[2])
        if value is None:
            row = _key_of(key) if encoding is not None and encoding.key else None
            return line if row is None or encoding is None else _text(_unwrapped("d", row, None, encoding, offset))
        document = _parsed(value)
        if not isinstance(document, dict):
            return line
        envelope = self._envelope(document, key, offset, encoding)
        return line if envelope is document else _text(envelope)

    def _envelope(
        self, document: dict[str, Any], key: bytes | None, offset: int, encoding: Encoding | None
    ) -> dict[str, Any]:
        """The envelope; the very document where nothing had to be decoded."""
        schema, body = None, document
        if "schema" in document and isinstance(document.get("payload"), dict):
            schema, body = document["schema"], document["payload"]
        if has_unions(body):
            body = unpack(body)
        if not _ENVELOPE & body.keys():
            if encoding is None or not encoding.key or not set(encoding.key) <= body.keys():
                return body
            body = _row(body, encoding, offset)
        if not isinstance(body.get("source"), dict):
            return body
        body = _with_source(body, offset, encoding)
        if body.get("op") == "d" and body.get("before") is None and (named := _key_of(key)) is not None:
            body = {**body, "before": named}
        for part in ("before", "after"):
            row = body.get(part)
            decoders = _of_schema(schema, part) if schema else self._of_table(str(body["source"].get("table")))
            if isinstance(row, dict) and (decoded := _decoded(row, decoders)):
                body = {**body, part: {**row, **decoded}}
        return body

    def _of_table(self, table: str) -> dict[str, Decode]:
        if table not in self._decoders:
            declared = self._encodings.get(table, Encoding(table))
            found = {
                name: by_type(logical, declared.decimals.get(name), declared.times.get(name))
                for name, logical in self._types.get(table, {}).items()
            }
            self._decoders[table] = {name: decode for name, decode in found.items() if decode is not None}
        return self._decoders[table]


def _decoded(row: Mapping[str, Any], decoders: Mapping[str, Decode]) -> dict[str, Any]:
    """The values that decoding changes."""
    found = {name: decode(row[name]) for name, decode in decoders.items() if row.get(name) is not None}
    return {name: value for name, value in found.items() if value is not row[name]}


def _of_schema(schema: Mapping[str, Any], part: str) -> dict[str, Decode]:
    """How the fields of ``before`` or ``after`` are decoded, by Kafka Connect's schema of the message."""
    parts: list[Any] = schema.get("fields", [])
    fields: list[Any] = next((one.get("fields", []) for one in parts if one.get("field") == part), [])
    found = {one.get("field"): by_schema(one.get("name"), (one.get("parameters") or {}).get("scale")) for one in fields}
    return {name: decode for name, decode in found.items() if decode is not None}


def _row(row: Mapping[str, Any], encoding: Encoding, offset: int) -> dict[str, Any]:
    """The envelope of an unwrapped row; ``__deleted`` marks a deletion that kept its row."""
    is_deleted = str(row.get("__deleted")).lower() == "true" or row.get("__op") == "d"
    data = {name: value for name, value in row.items() if not name.startswith(_ADDED)}
    return _unwrapped("d" if is_deleted else "u", data, row.get("__ts_ms"), encoding, offset)


def _unwrapped(op: str, row: Mapping[str, Any], changed_ms: Any, encoding: Encoding, offset: int) -> dict[str, Any]:
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    source = {"connector": "kafka", "table": encoding.table, "position": offset, "ts_ms": changed_ms}
    return {"op": op, **sides, "source": source}


def _with_source(body: dict[str, Any], offset: int, encoding: Encoding | None) -> dict[str, Any]:
    """The envelope with an ordered position, and the table as silver calls it."""
    if body["source"].get("connector") == "oracle":
        body = _lowered(body)
    source = body["source"]
    if source.get("connector") not in _ORDERED and source.get("position") is None:
        source = {**source, "position": offset}
    if encoding is not None and source.get("table") != encoding.table:
        source = {**source, "table": encoding.table}
    return body if source is body["source"] else {**body, "source": source}


def _lowered(body: dict[str, Any]) -> dict[str, Any]:
    """The envelope with names in lower case where Oracle has them all in capitals."""
    source = dict(body["source"])
    if str(source.get("table")).isupper():
        source["table"] = source["table"].lower()
    lowered = {**body, "source": source}
    for part in ("before", "after"):
        if isinstance(row := body.get(part), dict):
            lowered[part] = {name.lower() if name.isupper() else name: value for name, value in row.items()}
    return lowered


def _key_of(key: bytes | None) -> dict[str, Any] | None:
    """The row that a message's key is, bare, wrapped or a union."""
    found = unpack(_parsed(key)) if key else None
    if isinstance(found, dict) and isinstance(found.get("payload"), dict):
        found = found["payload"]
    return found if isinstance(found, dict) else None


def _parsed(value: bytes) -> Any:
    import json

    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _text(document: Mapping[str, Any]) -> str:
    import json

    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_encoded)


def _encoded(value: object) -> str:
    """Bytes that a union unpacked and no column decodes, as Kafka Connect's JSON converter writes them."""
    import base64

    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()
