"""Why lines were refused: dead letters grouped by reason, each with examples and what to do about it.

Belongs here: the view that people ask, and which reasons were known before. Raw bytes stay in the letters; the text of
a value is shown where its column holds no personal data.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.sessions import Session
from lake.delta.views import literal
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb

VIEW = "dead_letter_reasons"
KNOWN_REASONS = Contract(
    name="known_reasons",
    layer="lake",
    grain="one row per table, rule, column and reason for which a line was ever refused",
    description="By it a run tells a new reason from one that readers have seen before.",
    key=("table_name", "rule", "column_name", "reason"),
    columns=(
        Column("table_name", "string", "table that refused the row, silver/orders"),
        Column("rule", "string", "the rule that was broken"),
        Column("column_name", "string", "the column concerned; empty for none"),
        Column("reason", "string", "what is wrong, in words"),
        Column("noted_at", "timestamp", "moment it was noted for the first time"),
    ),
)
# By rule: what the source can do, and what can be changed here; the rules of a contract's own refuse on purpose.
SUGGESTIONS = {
    "utf8": ("let the source write UTF-8 and land the file anew", None),
    "json": ("let the source send the line again, whole, in a new file", None),
    "object": ("let the source send one JSON object a line", None),
    "operation": ("let the source name a known operation", "let the door take this one"),
    "source": ("let the source say what the line is about", "let the door find it"),
    "has_position": ("let the source send its position; without one nobody can tell the newest change", None),
    "position": ("let the source count as its other rows do", None),
    "sign": ("write the quantities of all cancellations with one sign", "declare `returns: negative`, or nothing"),
    "origin": ("let the origin count with lacquer replay --dead-letters --origin, or leave its changes out", None),
    "claimed": ("delete one of the two objects, or give it a number of its own, and save the other one again", None),
    "not_in_future": ("correct the date in the source; the corrected row replaces the refused one", None),
    "required": ("let the source send the value", "make the column nullable"),
    "type": ("mend the value in the source", "give the column another type, run lacquer migrate"),
    "minimum": ("mend the value in the source", "lower the minimum in the contract"),
    "maximum": ("mend the value in the source", "raise the maximum in the contract"),
    "allowed": ("mend the value in the source", "add the value to those that the contract allows"),
}
ON_PURPOSE = ("leave it: the rule refuses it on purpose", "change the rule in the contract")
_SHOWN = 40


def reasons_sql(letters: str) -> str:
    """The SELECT over a relation of dead letters: one row per table, rule, column and reason, the most frequent first.

    Columns: table_name, rule, column_name, reason, letters, first_seen, last_seen, examples (three places, with the
    text found there), suggestion.
    """
    cases = [
        " ".join(f"when {literal(rule)} then {literal(said[side] or '')}" for rule, said in SUGGESTIONS.items())
        for side in (0, 1)
    ]
    unmendable = ", ".join(literal(rule) for rule, (_, here) in SUGGESTIONS.items() if here is None)
    here = f"'; or ' || case rule {cases[1]} else {literal(ON_PURPOSE[1])} end"
    replayed = f"{here} || ' and run lacquer replay --dead-letters --table ' || table_name"
    place = "coalesce(landed_path, batch_id) || ':' || batch_line"
    found = f"coalesce(' ' || chr(39) || left(value, {_SHOWN}) || chr(39), '')"
    return f"""
select table_name, rule, column_name, reason, count(*) as letters,
  min(found_at) as first_seen, max(found_at) as last_seen,
  array_to_string(min({place} || {found}, 3), '; ') as examples,
  case rule {cases[0]} else {literal(ON_PURPOSE[0])} end
    || case when rule in ({unmendable}) then '' else {replayed} end as suggestion
from {letters}
group by table_name, rule, column_name, reason
order by letters desc, table_name, rule, reason"""


def create_reasons_view(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view in a connection that has ``bronze.dead_letters``, by ``layer.name`` and by its bare name."""
    con.execute(f"create or replace view bronze.{VIEW} as {reasons_sql('bronze.dead_letters')}")
    con.execute(f"create or replace view main.{VIEW} as from bronze.{VIEW}")


@dataclass(frozen=True)
class Reason:
    """One reason for which lines are refused, and how many are."""

    table_name: str
    rule: str
    column_name: str
    reason: str
    letters: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it this reason."""
        return self.table_name, self.rule, self.column_name, self.reason


def note_reasons(lake: Lake, session: Session, con: duckdb.DuckDBPyConnection) -> list[Reason]:
    """Those of the view's reasons that no published state has known; all of them are noted for the next.

    Before anything was published nothing is new. A reason stays known when its letters have gone.
    """
    rows = con.execute(f"select table_name, rule, coalesce(column_name, ''), reason, letters from bronze.{VIEW}")
    standing = [Reason(*row) for row in rows.fetchall()]
    journal, keys, now = lake.journal(KNOWN_REASONS), KNOWN_REASONS.key, dt.datetime.now(dt.UTC)
    published = lake.published().get(journal.table.name)
    query = f"select {', '.join(keys)} from journal"
    known = {one.key for one in standing} if published is None else set(journal.select(query, version=published))
    version = journal.note_new([{**dict(zip(keys, one.key, strict=True)), "noted_at": now} for one in standing])
    if version != published:
        session.advance(journal.table.name, version)
    return [one for one in standing if one.key not in known]
