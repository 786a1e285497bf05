"""Ten thousand records for the four streams: good ones, bad values in them, bad lines; and what becomes of each.

A record's verdict is worked out from the hand-written tables of its neighbours and from the order in which a table
judges: position, key, rules, then the other columns as they stand in its contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.hostile.lines import KEPT, LINES, RARE
from tests.hostile.streams import Field, Stream
from tests.hostile.values import BAD, KINDS

START = datetime(2024, 1, 1, tzinfo=UTC)


GOOD: dict[str, tuple[str, object]] = {
    "title": ('"First Cut"', "First Cut"),
    "genre": ('"rock"', "rock"),
    "releaseDate": ('"2024-02-02"', date(2024, 2, 2)),
    "listPrice": ('"19.90"', Decimal("19.9000")),
    "published": ("true", True),
    "sku": ('"R000001"', "R000001"),
    "item_category": ('"product"', "product"),
    "created_at": ('"2024-02-29T12:00:00Z"', datetime(2024, 2, 29, 12, tzinfo=UTC)),
    "qty": ("2", 2),
    "price": ('"9.5"', Decimal("9.5000")),
    "entity_type": ('"release"', "release"),
    "entity_id": ('"R000001"', "R000001"),
    "value": ("12.5", 12.5),
    "unit": ('"plays"', "plays"),
    "release_id": ('"R000001"', "R000001"),
    "origin": ('"2024-01-31"', date(2024, 1, 31)),
    "horizon_days": ("30", 30),
    "actual_units": ("17", 17.0),
    "reason": ('"sold out"', "sold out"),
}
CHOICES = [('"vinyl\'; --"', BAD), ("true", BAD), ("1", BAD), ('""', BAD), ('"PRODUCT"', BAD), ("[]", BAD)]
SUBJECTS = {"classname": '"Release"', "table": '"order_lines"', "kind": '"plays"'}
NO_SUBJECTS = [
    '"\'; drop table x; --"',
    '"../../etc/passwd"',
    '"' + "n" * 65 + '"',
    "null",
    "{}",
    "[1]",
    '""',
    '"a b"',
    None,
]
# A key is what is sent, as text; the number makes it one of its own.
KEYS = ['"K{n}"', "{n}", '" K {n} "', '"\'; delete from k{n}; --"', '"k\\u0000{n}"', '{{"id": {n}}}', "[{n}]", "{n}.5"]
NO_KEYS = ["null", '""', '"   "', None]
NO_POSITIONS = {
    "modificationDate": ["null", '"soon"', "1e400", '""', "[]", "true", "99999999999999999999999", None],
    "lsn": ["null", '"0/16B3748"', '""', "{}", "false", "123456789012345678901234567890", None],
    "occurred_at": ["null", '"soon"', '""', "{}", '"2024-02-30T00:00:00Z"', "1709208000", None],
    "created_at": ["null", '"soon"', '""', "[]", '"2024-13-01T00:00:00Z"', "false", None],
}


@dataclass(frozen=True)
class Record:
    """A line, what is odd about it, and its verdict: refused by a table for a rule, or the row that it becomes."""

    line: bytes
    what: str
    refused_by: str = ""
    rule: str = ""
    row: dict[str, Any] = field(default_factory=dict)


def records(stream: Stream, count: int, seed: int) -> Iterator[Record]:
    """The records of a stream; the same seed gives the same."""
    draw = Random(f"{stream.name} {seed}")
    for number in range(1, count + 1):
        record = _document(stream, number, draw)
        # The first lines of files stay whole: a mark of byte order there is none of the line's faults.
        yield _broken(stream, record, draw) if number > 10 and draw.random() < 0.35 else record


def _document(stream: Stream, number: int, draw: Random) -> Record:
    """A document of which none, one or two fields are odd."""
    given = {one.place: GOOD[one.place] for one in stream.fields}
    odd = draw.sample(stream.fields, draw.choice((0, 1, 1, 1, 2)))
    texts: dict[str, str | None] = {place: text for place, (text, _) in given.items()}
    row: dict[str, Any] = {one.column: given[one.place][1] for one in stream.fields}
    rules: dict[str, str] = {}
    for one in odd:
        texts[one.place], row[one.column], rules[one.column] = _odd(one, draw)
    key: str | None = _key(number, draw)
    position: str | None = _position(stream, number)
    rule = next((rules[one.column] for one in stream.fields if rules.get(one.column)), "")
    ordered_at = row.get("ordered_at")
    if isinstance(ordered_at, datetime) and not 2000 <= ordered_at.year < 2050:
        rule = "in_calendar"  # the table's own rules come before its columns
    chance = draw.random()
    if chance < 0.04:
        key, rule = draw.choice(NO_KEYS), "required"
    if 0.02 < chance < 0.06:
        position, rule = draw.choice(NO_POSITIONS[stream.position]), "has_position"
    row[stream.key] = _as_text(key) if key is not None else None
    subject, refused_by = SUBJECTS.get(stream.subject), stream.silver if rule else ""
    if stream.subject and chance > 0.97:
        subject, refused_by, rule = draw.choice(NO_SUBJECTS), stream.bronze, "source"
    line = _shape(stream, texts, key, position, subject)
    odd_texts = {one.place: texts[one.place] for one in odd}
    what = f"{stream.name} {number}: {key}, {position}, {subject}, {odd_texts}"
    return Record(line, what, refused_by, rule, {} if rule else row)


def _odd(one: Field, draw: Random) -> tuple[str | None, object, str]:
    """A text for the field, its value, and the rule that it breaks, if any."""
    if draw.random() < 0.12:
        return draw.choice(("null", None)), None, "required" if one.required else ""
    text, value = draw.choice(CHOICES if one.kind == "choice" else KINDS[one.kind])
    if value is BAD:
        return text, None, "allowed" if one.kind == "choice" else "type"
    return text, value, ""


def _key(number: int, draw: Random) -> str:
    return draw.choice(KEYS).format(n=number)


def _as_text(key: str) -> str:
    value = json.loads(key)
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _position(stream: Stream, number: int) -> str:
    if stream.position in ("modificationDate", "lsn"):
        return str(1_700_000_000 + number)
    return f'"{START + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}"'


def _shape(
    stream: Stream, texts: dict[str, str | None], key: str | None, position: str | None, subject: str | None
) -> bytes:
    """The document as its source writes it; a field without a text is left out."""
    own = {
        "pim": {"classname": subject, "modificationDate": position, "releaseId": key},
        "erp": {"order_id": key, "line_no": "1", "order_type": '"sale"', "currency": '"EUR"'},
        "signals": {"event_id": key, "kind": subject, "occurred_at": position, "source": '"test"'},
        "feedback": {"feedback_id": key, "created_at": position},
    }[stream.name]
    document = _object({**texts, **own})
    if stream.name == "erp":
        source = _object({"connector": '"postgresql"', "table": subject, "lsn": position})
        document = _object({"before": "null", "after": document, "op": '"c"', "source": source})
    return document.encode()


def _object(texts: dict[str, str | None]) -> str:
    return "{" + ", ".join(f'"{name}": {text}' for name, text in texts.items() if text is not None) + "}"


def _broken(stream: Stream, record: Record, draw: Random) -> Record:
    """The record with something done to its whole line."""
    what, breaking, outcome = draw.choice(LINES)
    if what in RARE and draw.random() < 0.9:
        return record
    line = breaking(record.line, draw)
    if outcome == KEPT:
        return Record(line, f"{what}; {record.what}", record.refused_by, record.rule, record.row)
    return Record(line, f"{what}; {record.what}", stream.bronze, outcome)
