"""What ``lines`` must hold, worked out in plain Python: replay the changes in the order of their positions.

Knows nothing of Delta, DuckDB or the storage core; decimals are rounded half up by the decimal module.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

UNAVAILABLE = "__debezium_unavailable_value"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCED = ("title", "note", "category", "quantity", "unit_price", "ordered_at")
Key = tuple[str, int]
Row = dict[str, Any]


@dataclass
class Expected:
    """State and history of ``lines``, and the faults by line index."""

    state: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    dead: dict[int, tuple[str, str]] = field(default_factory=dict)
    read: int = 0


@dataclass
class Change:
    """One understood change: where it stands, whether it deletes, its values, None or UNAVAILABLE included."""

    key: Key
    position: int
    at: datetime
    is_delete: bool
    values: Row


def replay(lines: Iterable[str]) -> Expected:
    """What the table holds after all of the lines; of two at one position the later line counts."""
    expected, changes = Expected(), dict[Key, dict[int, Change]]()
    for index, line in enumerate(lines):
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            expected.dead[index] = ("bronze/erp_changes", "json")
            continue
        if event is None or event["source"]["table"] != "order_lines":
            continue
        expected.read += 1
        fault, change = understand(event)
        if change is None:
            expected.dead[index] = ("silver/lines", fault)
            continue
        at_position = changes.setdefault(change.key, {})
        if change.position in at_position:
            change.at = max(change.at, at_position[change.position].at)
        at_position[change.position] = change
    for key in sorted(changes):
        _replay_key(expected, key, [changes[key][position] for position in sorted(changes[key])])
    return expected


def _replay_key(expected: Expected, key: Key, changes: list[Change]) -> None:
    state: Row | None = None
    moment, versions = EPOCH, list[tuple[datetime, int, Row | None]]()
    for number, change in enumerate(changes):
        moment = change.at if number == 0 else max(moment, change.at)
        if change.is_delete:
            state = None
        else:
            older = state or {}
            state = {n: older.get(n) if v == UNAVAILABLE else v for n, v in change.values.items() if n in SOURCED}
            state |= derived(state)
        if versions and versions[-1][0] == moment:
            versions.pop()
        versions.append((moment, change.position, state))
    named = {"order_id": key[0], "line_number": key[1]}
    last = changes[-1]
    if state is not None:
        expected.state.append(named | state | {"source_position": last.position, "source_changed_at": last.at})
    for (start, position, values), (end, _, _) in zip(versions, [*versions[1:], (None, 0, None)], strict=True):
        if values is not None:
            validity = {"valid_from": start, "valid_to": end, "is_current": end is None, "source_position": position}
            expected.history.append(named | values | validity)


def understand(event: dict[str, Any]) -> tuple[str, Change | None]:
    """The change, or the rule that it breaks first."""
    is_delete = event["op"] == "d"
    row = (event["before"] if is_delete else event["after"]) or {}
    if event["source"]["lsn"] is None:
        return "has_position", None
    if not row.get("order_id"):
        return "required", None
    try:
        line = int(row["line_no"])
    except ValueError:
        return "type", None
    if line < 1:
        return "minimum", None
    at = EPOCH + timedelta(milliseconds=event["ts_ms"])
    key, position = (row["order_id"], line), event["source"]["lsn"]
    if is_delete:
        return "", Change(key, position, at, True, {})
    fault, values = _values(row)
    return fault, None if fault else Change(key, position, at, False, values | derived(values))


def _values(row: Row) -> tuple[str, Row]:
    if row["title"] == "gift":
        return "no_gifts", {}
    if row["title"] is None:
        return "required", {}
    if row["category"] not in ("product", "service", UNAVAILABLE):
        return ("required" if row["category"] is None else "allowed"), {}
    quantity, price = row["qty"], row["price"]
    if quantity is None:
        return "required", {}
    try:
        quantity = int(quantity)
    except ValueError:
        return "type", {}
    try:
        price = Decimal(price).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    except InvalidOperation:
        return "type", {}
    if not price.is_finite():
        return "type", {}
    if price < 0:
        return "minimum", {}
    moment = datetime.fromisoformat(row["created_at"])
    values = (row["title"], row["note"], row["category"], quantity, price, moment)
    return "", dict(zip(SOURCED, values, strict=True))


def derived(values: Row) -> Row:
    """The columns that are computed from others."""
    category, quantity, moment = values["category"], values["quantity"], values["ordered_at"]
    return {
        "is_product": None if category is None else category == "product",
        "is_return": quantity < 0,
        "order_month": date(moment.year, moment.month, 1),
    }
