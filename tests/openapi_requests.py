"""Requests made of an OpenAPI document: mostly what it allows, with hostile values in between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

# What breaks servers: signs, sizes, types that no schema expects here.
HOSTILE: list[Any] = [
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "'",
        '"; drop table x --',
        "../../etc/passwd",
        "%00",
        "{{7*7}}",
        "\u202e",
        "𝕏" * 40,
        "é",
    ),
    *(None, True, False, -1, 0, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -0.0, 0.1),
    *("9999-12-31", "0001-01-01", "2026-02-30", "1e400", "NaN", "Infinity", "-1", "null", "[]", "R1"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": [1]}}, ["x"] * 200, "x" * 5000, [[[[[[[[[[]]]]]]]]]]),
]
hostile = st.sampled_from(HOSTILE)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
KNOWN = st.sampled_from(["R1", "R3", "B1", "L1", "forecasts", "net_revenue", "2026-01-31", "release", "csv", "x"])


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of a document."""
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            yield Operation(method.upper(), path, tuple(one.get("parameters", ())), body)


def values(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """What a schema allows, nearly; one value in ten is hostile instead."""
    return st.integers(0, 9).flatmap(lambda roll: hostile if roll == 0 else _allowed(schema, document, depth))


def _allowed(schema: dict[str, Any], document: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return st.sampled_from(choices).flatmap(lambda one: _allowed(one, document, depth))
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, document, depth)
    if kind == "array":
        items = values(schema.get("items", {}), document, depth + 1)
        return st.lists(items, min_size=min(schema.get("minItems", 0), 3), max_size=3 if depth < 5 else 0)
    if kind in ("integer", "number"):
        low, high = int(schema.get("minimum", -5)), int(schema.get("maximum", 10**6))
        return st.integers(low, max(low, high)) if kind == "integer" else st.floats(low, max(low, high))
    if kind == "boolean":
        return st.booleans()
    return _text(schema) if kind == "string" else hostile


def _object(schema: dict[str, Any], document: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    properties = schema.get("properties", {})
    if not properties:
        inner = schema.get("additionalProperties")
        rest = values(inner, document, depth + 1) if isinstance(inner, dict) and depth < 5 else hostile
        return st.dictionaries(st.one_of(KNOWN, words), rest, max_size=3)
    required = set(schema.get("required", ()))
    parts = {name: values(one, document, depth + 1) for name, one in properties.items()}
    return st.fixed_dictionaries(
        {name: one for name, one in parts.items() if name in required},
        optional={name: one for name, one in parts.items() if name not in required},
    )


def _text(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") == "date":
        return st.dates().map(str)
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda one: one.isoformat() + "Z")
    plain: list[st.SearchStrategy[Any]] = [KNOWN, words]
    if "pattern" in schema:
        plain.append(st.from_regex(re.compile(schema["pattern"], re.ASCII)))
    if schema.get("examples"):
        plain.append(st.sampled_from(schema["examples"]))
    return st.one_of(plain)


@st.composite
def requests(draw: st.DrawFn, one: Operation, document: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a client's `request` for an operation."""
    path, query, headers = one.path, {}, {}
    for parameter in one.parameters:
        schema, place = parameter.get("schema", {}), parameter["in"]
        if place != "path" and draw(st.integers(0, 2)) == 0:
            continue
        value = draw(values(schema, document))
        text = value if isinstance(value, str) else str(value)
        if place == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(text[:300], safe="") or "x")
        elif place == "query":
            query[parameter["name"]] = [str(part)[:3000] for part in value] if isinstance(value, list) else text[:3000]
        elif place == "header":
            headers[parameter["name"]] = re.sub(r"[^\x21-\x7e]", "x", text)[:200] or "x"
    told: dict[str, Any] = {"method": one.method, "url": path, "params": query, "headers": headers}
    if one.body is not None:
        told["json"] = draw(values(one.body, document))
    return told
