"""The SQL of a silver table, written from its contract.

The payload is parsed once, into text fields; each field then gets an explicit ``try_cast``; text that was there and
did not cast, and rows that break a rule, are marked with a fault. The order is fixed: cast, rules, and only then the
latest change per key, so that a bad newest change leaves the older good one in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lake.contract import Column, Contract
from lake.delta.views import literal, quoted
from lake.silver.partial import is_partial_sql, partial_columns
from lake.types import duckdb_type, exact_value

UNAVAILABLE = "__debezium_unavailable_value"


@dataclass(frozen=True)
class Feed:
    """Where a silver table's rows come from.

    Attributes:
        bronze: the bronze table.
        source: which of its sources; None for all of them.
        document: places in the payload that hold the row, the first one that is there counts; ``""`` is the root.
        key_document: the same for deletions, of which only the key is read.
        envelope: fields of the document that are the source's own book-keeping, not data.
        sequence: SQL over ``payload`` of the text that orders changes of one position, as far as the source states it.
    """

    bronze: str
    source: str | None
    document: tuple[str, ...]
    key_document: tuple[str, ...]
    envelope: tuple[str, ...] = ()
    sequence: str = "null"


@dataclass(frozen=True)
class Fault:
    """One way a row can fail: the SQL condition, and what the dead letter says."""

    condition: str
    rule: str
    column: str
    reason: str
    on_delete: bool


def text_name(column: Column) -> str:
    """The name that a column's text has before it is cast."""
    return f"text_{column.name}"


def json_schema(contract: Contract, feed: Feed) -> str:
    """The structure that ``from_json`` reads: every leaf as text, so that casting is ours."""
    tree: dict[str, object] = {}
    for column in contract.columns:
        if column.source:
            for root in feed.document:
                _plant(tree, root, column.source)
            for root in feed.key_document if column.name in contract.key else ():
                _plant(tree, root, column.source)
    return _render(tree)


def _plant(tree: dict[str, object], root: str, place: str) -> None:
    *branches, leaf = [part for part in (*root.split("."), *place.split(".")) if part]
    for branch in branches:
        node = tree.setdefault(branch, {})
        assert isinstance(node, dict), f"{place}: {branch} is both a value and a document"
        tree = node
    tree[leaf] = "VARCHAR"


def _render(node: object) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f'"{name}": {_render(child)}' for name, child in node.items()) + "}"
    return f'"{node}"'


def _place(root: str, place: str) -> str:
    parts = [part for part in (*root.split("."), *place.split(".")) if part]
    return "doc" + "".join(f"[{literal(part)}]" for part in parts)


def _text(contract: Contract, feed: Feed, column: Column) -> str:
    assert column.source is not None

    def first(roots: tuple[str, ...]) -> str:
        places = [_place(root, column.source or "") for root in roots]
        return places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"

    text = first(feed.document)
    if column.name in contract.key and feed.key_document != feed.document:
        text = f"case when is_deleted then {first(feed.key_document)} else {text} end"
    if column.default is not None:
        text = f"coalesce({text}, {literal(column.default)})"
    return text


def _typed(column: Column) -> str:
    """The typed value of a column with a source; null where the text does not cast exactly."""
    text = text_name(column)
    return f"{column.protection}({text})" if column.protection else exact_value(column.type, text)


def faults(contract: Contract) -> list[Fault]:
    """Every way a row of this contract can fail, in the order in which they are tried.

    Position and key come first, for they say which row it is; then the contract's rules, for a row that does not belong
    here need not be well formed; then the columns.
    """
    found = [Fault("source_position is null", "has_position", "source_position", "no position in the source", True)]
    keys = [column for column in contract.columns if column.name in contract.key]
    others = [column for column in contract.columns if column.name not in contract.key]
    found += [fault for column in keys for fault in _column_faults(contract, column)]
    found += [
        Fault(f"{_kind_name(branch)} not in ('OBJECT', 'NULL')", "shape", names[0], _misshapen(branch, names), False)
        for branch, names in _branches(contract).items()
    ]
    found += [
        Fault(f"not coalesce(({rule.sql}), true)", rule.name, rule.columns[0], rule.reason, False)
        for rule in contract.rules
    ]
    return found + [fault for column in others for fault in _column_faults(contract, column)]


def _branches(contract: Contract) -> dict[str, list[str]]:
    """Documents within the row that columns are read from -> the names of these columns."""
    found: dict[str, list[str]] = {}
    for column in contract.columns:
        if column.source and "." in column.source:
            found.setdefault(column.source.rpartition(".")[0], []).append(column.name)
    return found


def _kind_name(branch: str) -> str:
    return quoted(f"kind_{branch}")


def _misshapen(branch: str, names: list[str]) -> str:
    return f"{branch} is a list, a text or a number and no document, so {', '.join(names)} cannot be read from it"


def _column_faults(contract: Contract, column: Column) -> Iterator[Fault]:
    name, is_key = quoted(column.name), column.name in contract.key
    text = text_name(column) if column.source else name
    available = f" and {text} is distinct from {literal(UNAVAILABLE)}" if column.source and not is_key else ""
    if not column.nullable:
        # A blank key is none; that is asked only of a text that begins with a blank.
        blank = f" or (ascii({text}) <= 32 and trim({text}) = '')" if is_key and column.source else ""
        what = "key" if is_key else "required value"
        yield Fault(f"{text} is null{blank}", "required", column.name, f"missing {what} {column.name}", is_key)
    if column.source and column.type != "string":
        wrong = f"{text} is not null and {name} is null{available}"
        wrong += f" and not {is_partial_sql(text)}" if column in partial_columns(contract) else ""
        yield Fault(wrong, "type", column.name, f"{column.name} is no {column.type}", is_key)
    if column.minimum is not None:
        below = f"{column.name} is below {_number(column.minimum)}"
        yield Fault(f"{name} < {_number(column.minimum)}", "minimum", column.name, below, is_key)
    if column.maximum is not None:
        above = f"{column.name} is above {_number(column.maximum)}"
        yield Fault(f"{name} > {_number(column.maximum)}", "maximum", column.name, above, is_key)
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        unknown = f"{column.name} is none of {', '.join(column.allowed)}"
        yield Fault(f"{name} not in ({values}){available}", "allowed", column.name, unknown, is_key)


def _number(bound: float) -> str:
    """A bound in all of its digits, as SQL and people write it."""
    return str(int(bound)) if bound == int(bound) else repr(bound)


def parse_sql(contract: Contract, feed: Feed, relation: str, *, delivered: bool = False) -> str:
    """The SELECT that turns bronze rows of ``relation`` into typed rows with their fault.

    Columns: batch_id, batch_line, the contract's columns, source_position, source_changed_at, is_deleted,
    has_unavailable, unavailable_<column> for text columns that may be left out of a change, partial (the text of a day
    that states none), fault (the index into :func:`faults`, null for a good row) and fault_value (the text found). With
    ``delivered`` also that, which orders rows of one position: the source's own sequence, the moment that the file's
    name states, arrival, line.
    """
    sourced = [column for column in contract.columns if column.source]
    derived = [column for column in contract.columns if column.sql]
    texts = ",\n    ".join(f"{_text(contract, feed, column)} as {text_name(column)}" for column in sourced)
    typed = ",\n    ".join(f"{_typed(column)} as {quoted(column.name)}" for column in sourced)
    more = "".join(
        f",\n    cast(({column.sql}) as {duckdb_type(column.type)}) as {quoted(column.name)}" for column in derived
    )
    names = ", ".join(quoted(column.name) for column in contract.columns)
    flags = "".join(
        f",\n    has_unavailable and {text_name(column)} is not distinct from {literal(UNAVAILABLE)} "
        f"as {quoted('unavailable_' + column.name)}"
        for column in sourced
        if column.name not in contract.key
    )
    kinds = "".join(
        f"json_type(payload, {literal(f'$.{branch}')}) as {_kind_name(branch)}, " for branch in _branches(contract)
    )
    cases, values = _fault_cases(contract)
    texts_of_days = [text_name(column) for column in partial_columns(contract)]
    whens = "".join(f"when {is_partial_sql(text)} then {text} " for text in texts_of_days)
    partial = f"case {whens}end" if whens else "null::varchar"
    order, ordered = (f"{delivery_sql(feed.sequence)} as delivered, ", ", delivered") if delivered else ("", "")
    return f"""
with documents as (
  select {order}{kinds}batch_id, batch_line, position as source_position, changed_at as source_changed_at,
    op = 'd' as is_deleted, contains(payload, {literal(UNAVAILABLE)}) as has_unavailable,
    from_json(payload, {literal(json_schema(contract, feed))}) as doc
  from {relation}
), texts as (
  select * exclude (doc),
    {texts}
  from documents
), typed as (
  select *,
    {typed}
  from texts
), complete as (
  select *{more}
  from typed
), judged as (
  select *, case {cases} end as fault
  from complete
)
select batch_id, batch_line, {names}, source_position, source_changed_at, is_deleted, has_unavailable{flags}{ordered},
  {partial} as partial, cast(fault as integer) as fault, case fault {values} end as fault_value
from judged"""


def delivery_sql(sequence: str = "null") -> str:
    """What orders bronze rows of one key and position, as a SQL row; the greatest is the latest."""
    day = "regexp_extract(landed_path, '([0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{4,6})?)[^/]*$', 1)"
    return f"row(coalesce({sequence}, ''), rpad(replace({day}, 'T', '0'), 17, '0'), arrived_at, batch_line)"


def _fault_cases(contract: Contract) -> tuple[str, str]:
    sourced = {column.name for column in contract.columns if column.source}
    cases, values = [], ["when -1 then null"]
    for index, fault in enumerate(faults(contract)):
        alive = "" if fault.on_delete else "not is_deleted and "
        cases.append(f"when {alive}({fault.condition}) then {index}")
        if fault.column in sourced:
            values.append(f"when {index} then text_{fault.column}")
    return "\n    ".join(cases), " ".join(values)
