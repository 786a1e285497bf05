"""Structured data of a page: JSON-LD scripts and microdata, both as plain dictionaries with `@type`.

JSON-LD as w3.org/TR/json-ld11 embeds it in HTML, microdata as html.spec.whatwg.org/multipage/microdata.html. Contexts
are not resolved: schema.org's names are taken as they stand.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from resources.outside.source import FormatError, whole_texts

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

Item = dict[str, Any]
DEEPEST = 400
HIGHEST = 2_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
# Void, or closed by the next of their kind: they never pile up.
_CLOSED_BY_NEXT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "option",
        "tr",
        "td",
        "th",
    ]
)
_WRAPPED = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$|;\s*$")
_LINKS = {"a": "href", "area": "href", "link": "href", "object": "data", "data": "value", "meter": "value"}
_MEDIA = frozenset({"audio", "embed", "iframe", "img", "source", "track", "video"})


def decoded(body: bytes, content_type: str | None) -> str:
    """The page as text: byte order mark, then the header, then the page's own word, as browsers do.

    A page that is not in the charset that it states is read as UTF-8 if it is that, else as Windows-1252.
    """
    from w3lib.encoding import html_to_unicode

    _, text = html_to_unicode(content_type, body)
    if "\ufffd" not in text:
        return text
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("windows-1252", errors="replace")


def structured_items(page: str) -> tuple[list[Item], list[Item], list[str]]:
    """What a page states for machines.

    Returns:
        Items of JSON-LD, outermost and from graphs; top-level items of microdata; what could not be read.

    Raises:
        FormatError: its elements are nested as no page's are.
    """
    from selectolax.lexbor import LexborHTMLParser

    _refuse_towers(page)
    tree = LexborHTMLParser(page)
    items, notes = [], []
    for script in tree.css("script"):
        if "ld+json" not in (script.attributes.get("type") or "").lower():
            continue
        try:
            found = json.loads(_WRAPPED.sub("", script.text()), strict=False, parse_float=Decimal)
            items += list(_outermost(whole_texts(found)))
        except (ValueError, RecursionError) as error:
            notes.append(f"a script of structured data is no JSON: {error}")
    return items, _microdata(tree), notes


def _refuse_towers(page: str) -> None:
    """The parser's time grows with the square of the depth: 100,000 open elements, half a megabyte, take it 36 s."""
    is_open: Counter[str] = Counter()
    for end, name in _TAG.findall(page):
        element = name.lower()
        if element in _CLOSED_BY_NEXT:
            continue
        is_open[element] = max(0, is_open[element] + (-1 if end else 1))
        if is_open[element] > HIGHEST:
            raise FormatError(f"more than {HIGHEST:,} open <{element}> in one another")


def _outermost(found: Any, depth: int = 0) -> Iterator[Item]:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(found, list):
        for one in found:
            yield from _outermost(one, depth + 1)
    elif isinstance(found, dict):
        yield found
        if "@graph" in found:
            yield from _outermost(found["@graph"], depth + 1)


def types_of(item: Item) -> set[str]:
    """The item's types without their vocabulary: `Product` for `https://schema.org/Product`."""
    stated = item.get("@type")
    every = stated if isinstance(stated, list) else [stated]
    return {re.split(r"[/#:]", one)[-1] for one in every if isinstance(one, str)}


def _microdata(tree: "LexborHTMLParser") -> list[Item]:
    """Top-level items; a property belongs to the nearest item around it, or to the one that refers to it."""
    scopes: dict[int, Item] = {}
    lent: dict[str, Item] = {}
    for node in tree.css("[itemscope]"):
        types = (node.attributes.get("itemtype") or "").split()
        item: Item = {"@type": types}
        if node.attributes.get("itemid"):
            item["@id"] = node.attributes["itemid"]
        scopes[node.mem_id] = item
        lent |= dict.fromkeys((node.attributes.get("itemref") or "").split(), item)
    for node in tree.css("[itemprop]"):
        owner, value = _owner(node, scopes, lent), scopes.get(node.mem_id) or _value(node)
        if owner is None or owner is value:
            continue
        for name in (node.attributes.get("itemprop") or "").split():
            _add(owner, name, value)
    return [scopes[node.mem_id] for node in tree.css("[itemscope]:not([itemprop])")]


def _owner(node: "LexborNode", scopes: dict[int, Item], lent: dict[str, Item]) -> Item | None:
    if node.id in lent:
        return lent[node.id or ""]
    above = node.parent
    for _ in range(DEEPEST):
        if above is None:
            return None
        if above.mem_id in scopes:
            return scopes[above.mem_id]
        if above.id in lent:
            return lent[above.id or ""]
        above = above.parent
    return None


def _add(item: Item, name: str, value: Any) -> None:
    """A property that is there more than once becomes a list."""
    if name not in item:
        item[name] = value
    elif isinstance(item[name], list) and name != "@type":
        item[name].append(value)
    else:
        item[name] = [item[name], value]


def _value(node: "LexborNode") -> str:
    attributes = node.attributes
    name = _LINKS.get(node.tag or "", "src" if node.tag in _MEDIA else "content")
    if node.tag == "time":
        name = "datetime"
    stated = attributes.get(name) or attributes.get("content")
    return stated if stated is not None else " ".join(node.text().split())
