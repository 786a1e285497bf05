"""The door of bronze: how a stream's lines are understood, and which are refused.

It looks at the envelope only: is it JSON, what does it concern, where in its source does it stand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.dead_letters import DEAD_LETTERS
from lake.delta.views import literal
from lake.types import READABLE

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


# The rule that holds lines back whose key another object of the source has (:mod:`lake.ingest.claims`).
CLAIMED = "claimed"
# The rule that holds lines back which come from another database than the source's (:mod:`lake.ingest.origins`).
ORIGIN = "origin"
HELD_BACK = {CLAIMED: "states the key of another object", ORIGIN: "comes from another server, database or schema"}


@dataclass(frozen=True)
class Door:
    """How the lines of a stream are understood: SQL over ``doc``, the line parsed with ``schema``.

    Attributes:
        schema: the structure for ``from_json``.
        source, op, position, changed_at, entity_key: expressions for the columns of that name.
        restarts: whether positions may begin anew, so that they have epochs (:mod:`lake.ingest.epochs`).
        floating: whether a line without a position stands where the line of its source before it in its file does.
        claim: the key that the line states, in words; None for a source whose rows have no identity beside their key.
        claimant: the identity of the object that states it; null for one without.
        origin: server, database and schema that the line comes from, in words; None where sources have but one.
        origin_of: the source that this is the origin of.
        faults: (condition, rule, reason), tried in this order after UTF-8 and JSON.
    """

    schema: str
    source: str
    op: str
    position: str
    changed_at: str
    entity_key: str = "null"
    restarts: bool = False
    floating: str = "false"
    claim: str | None = None
    claimant: str = "null"
    origin: str | None = None
    origin_of: str = "null"
    faults: tuple[tuple[str, str, str], ...] = ()

    def sql(self, lines: str) -> str:
        """The SELECT over ``lines`` (batch_line, line): batch_line, what the door reads, and the place of the fault.

        ``text`` is the line where it is JSON, else null, so that no expression can stumble over it; ``kind`` its type.
        """
        more = "".join(f", {expression} as {name}" for name, expression in self.more.items())
        named = "".join(f"{name}, " for name in self.more)
        cases = " ".join(f"when {rule[0]} then {place}" for place, rule in enumerate(self.rules))
        return f"""
with valid as (
  select batch_line, line, case when json_valid(line) then line end as text from {lines}
), parsed as (
  select *, from_json(text, {literal(self.schema)}) as doc,
    case when starts_with(text, '{{') then 'OBJECT' else json_type(text) end as kind
  from valid
), understood as (
  select * exclude (doc), {self.source} as source, {self.op} as op, {self.position} as position,
    {self.changed_at} as changed_at, {self.entity_key} as entity_key, {self.floating} as floats{more}, doc
  from parsed
)
select batch_line, source, op, cast(position as bigint) as position, position is null and coalesce(floats, false)
    as floats, case when cast(changed_at as timestamptz)
    {READABLE["timestamp"]} then cast(changed_at as timestamptz) end as changed_at,
  cast(entity_key as varchar) as entity_key, {named}case {cases} end as fault
from understood"""

    @property
    def more(self) -> dict[str, str]:
        """Further columns by name: what decides whether a line is held back."""
        found = {"claim": self.claim, "claimant": self.claimant} if self.claim else {}
        return found | ({"origin": self.origin, "origin_of": self.origin_of} if self.origin else {})

    @property
    def rules(self) -> tuple[tuple[str, str, str], ...]:
        """Every (condition, rule, reason) by which a line is refused, in the order in which they are tried."""
        common = (
            ("line is null", "utf8", "not UTF-8"),
            ("text is null", "json", "malformed JSON"),
            ("kind not in ('OBJECT', 'NULL')", "object", "no JSON object"),
        )
        late = (
            ("source is null", "source", "does not say what it is about"),
            (
                r"not regexp_full_match(source, '[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}')",
                "source",
                "names its subject with other than 64 letters, digits, _, . and -",
            ),
        )
        rules = [rule for rule, wanted in ((CLAIMED, self.claim), (ORIGIN, self.origin)) if wanted]
        return (*common, *self.faults, *late, *(("false", rule, HELD_BACK[rule]) for rule in rules))

    def held_back(self, judged: pa.Table, rule: str, reasons: pa.ChunkedArray) -> pa.Table:
        """The lines with a column ``reason``; those that have one break the rule."""
        import pyarrow as pa
        import pyarrow.compute as pc

        number = [name for _, name, _ in self.rules].index(rule)
        faults = pc.if_else(
            pc.is_valid(reasons), pa.scalar(number, pa.int32()), judged.column("fault").cast(pa.int32())
        )
        judged = judged.set_column(judged.column_names.index("fault"), "fault", faults)
        return judged.append_column("reason", reasons)


def judge(con: duckdb.DuckDBPyConnection, door: Door, lines: pa.Table) -> pa.Table:
    """The lines with what the door reads in them. Only that goes through DuckDB, the payload stays where it is."""
    import pyarrow as pa

    con.register("lines", lines.select(["batch_line", "line"]))
    read = con.sql(door.sql("lines")).to_arrow_table()
    if not read.column("batch_line").equals(lines.column("batch_line")):
        read = read.sort_by("batch_line")
    now = pa.repeat(pa.scalar(dt.datetime.now(dt.UTC), pa.timestamp("us", "UTC")), len(lines))
    for name in read.column_names[1:]:
        lines = lines.append_column(name, read.column(name))
    lines = _anchored(lines)
    return lines.append_column("payload", lines.column("line")).append_column("arrived_at", now)


def _anchored(lines: pa.Table) -> pa.Table:
    """The lines without ``floats``; those that float have the position of the line before, 0 where there is none.

    Lines about something else count by other positions: a heartbeat has the time, which outranks every place in a log.
    """
    import pyarrow.compute as pc

    floats, place = lines.column("floats"), lines.column_names.index("position")
    if pc.any(floats).as_py():
        position = lines.column("position")
        about = pc.unique(lines.column("source").filter(floats))
        known = pc.if_else(pc.is_in(lines.column("source"), about), position, None)
        before = pc.fill_null(pc.fill_null_forward(known), 0)
        lines = lines.set_column(place, "position", pc.if_else(floats, before, position))
    return lines.drop_columns(["floats"])


def refusals(table_name: str, door: Door, refused: pa.Table) -> pa.Table:
    """The refused lines as dead letters."""
    import pyarrow as pa

    broken = [door.rules[fault] for fault in refused.column("fault").to_pylist()]
    own = refused.column("reason").to_pylist() if "reason" in refused.column_names else [None] * len(refused)
    columns = {
        "table_name": pa.repeat(pa.scalar(table_name), len(refused)),
        "rule": pa.array([rule for _, rule, _ in broken], pa.string()),
        "reason": pa.array([its or reason for its, (_, _, reason) in zip(own, broken, strict=True)], pa.string()),
        "column_name": pa.nulls(len(refused), pa.string()),
        "value": pa.nulls(len(refused), pa.string()),
        "found_at": refused.column("arrived_at"),
        "replay": pa.nulls(len(refused), pa.int64()),
        "headers": pa.nulls(len(refused), pa.string()),
    }
    places = ("batch_id", "batch_line", "landed_path", "entity_key", "raw", "headers")
    taken = {name: refused.column(name) for name in places if name in refused.column_names}
    return pa.table({**columns, **taken}).select(DEAD_LETTERS.arrow_schema.names)
