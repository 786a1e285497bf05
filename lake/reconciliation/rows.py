"""Single rows of both sides, compared as silver would hold them: the ERP's rows go through the contract's own SQL.

So a price of 2.5 is one of 2.5000, a row that the contract refuses is told apart from one that is missing, and nothing
about casts or rules is said twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.views import literal, quoted
from lake.ingest.pulls.envelopes import stated
from lake.ingest.pulls.source import Row
from lake.reconciliation.sides import IS_NEWER
from lake.silver.merge import keys_of
from lake.silver.sql import Feed, faults, parse_sql

if TYPE_CHECKING:
    import duckdb

VERDICTS = ("missing here", "missing there", "different", "refused", "not yet pulled")


@dataclass(frozen=True)
class Difference:
    """A key on which the sides do not agree.

    Attributes:
        key: the key columns' values, as silver names them.
        verdict: one of :data:`VERDICTS`.
        columns: silver's columns that differ, or that the contract refuses.
        there, here: the values of those columns in the ERP and in silver; personal ones are left out.
    """

    key: dict[str, str | None]
    verdict: str
    columns: tuple[str, ...] = ()
    there: dict[str, str | None] = field(default_factory=dict)
    here: dict[str, str | None] = field(default_factory=dict)


class RowComparison:
    """Rows of the ERP against the temporary table ``here``; the keys that were seen are kept in ``met``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed) -> None:
        self.con, self.contract, self.feed = con, contract, feed
        self.compared = [one for one in contract.columns if one.source and one.name not in contract.key]
        keys = ", ".join(quoted(name) for name in contract.key)
        con.execute(f"create or replace temp table met as select {keys} from here limit 0")

    def judge(self, batch: Iterable[Row]) -> Iterator[Difference]:
        """Compare the rows that the ERP has."""
        import pyarrow as pa

        rows = list(batch)
        if not rows:
            return
        texts = [{name: text for name, text in row.items() if name != IS_NEWER} for row in rows]
        lines = [stated(str(self.feed.source), row, 1, 0) for row in texts]
        numbers = pa.array(range(len(rows)), pa.int64())
        newer = pa.array([row[IS_NEWER] == "true" for row in rows])
        self.con.register("lines", pa.table({"payload": lines, "batch_line": numbers, "is_newer": newer}))
        relation = (
            "(select '' as batch_id, batch_line, 1::bigint as position, null::timestamptz as changed_at, "
            "'r' as op, payload from lines)"
        )
        parsed = parse_sql(self.contract, self.feed, relation)
        self.con.execute(
            f"create or replace temp table there as select * from ({parsed}) join lines using (batch_line)"
        )
        self.con.execute(f"insert into met select {keys_of(self.contract)} from there")
        yield from self._read(self._there_sql())

    def missing_there(self, within: str) -> list[dict[str, str | None]]:
        """Keys that silver has in a part and that were not met in the ERP."""
        keys = ", ".join(f"{quoted(name)}: {quoted(name)}::varchar" for name in self.contract.key)
        unmet = f"here anti join met using ({keys_of(self.contract)}) where {within}"
        found = self.con.execute(f"select to_json({{{keys}}})::varchar from {unmet}")
        return [json.loads(key) for (key,) in found.fetchall()]

    def _there_sql(self) -> str:
        listed = faults(self.contract)
        fault = (
            "".join(f" when {at} then {literal(one.column)}" for at, one in enumerate(listed)) or " when -1 then null"
        )
        keys = ", ".join(f"{quoted(name)}: t.{quoted(name)}::varchar" for name in self.contract.key)
        differing = ", ".join(
            f"case when t.{quoted(one.name)} is distinct from h.{quoted(one.name)} then {literal(one.name)} end"
            for one in self.compared
        )
        shown = [one.name for one in self.compared if not one.personal]
        there, here = (", ".join(f"{quoted(n)}: {side}.{quoted(n)}::varchar" for n in shown) for side in "th")
        first = quoted(self.contract.key[0])
        on = " and ".join(f"t.{quoted(name)} = h.{quoted(name)}" for name in self.contract.key)
        return f"""
select to_json({{{keys}}})::varchar as key,
  case when t.fault is not null then 'refused' when t.is_newer then 'not yet pulled'
    when h.{first} is null then 'missing here' else 'different' end as verdict,
  case when t.fault is not null then [case t.fault{fault} end] when h.{first} is null then []
    else list_filter([{differing}], lambda name: name is not null) end as columns,
  to_json({{{there}}})::varchar as there, to_json({{{here}}})::varchar as here
from there t left join here h on {on}
where t.fault is not null or h.{first} is null or len(columns) > 0"""

    def _read(self, sql: str) -> Iterator[Difference]:
        for key, verdict, columns, there, here in self.con.execute(sql).fetchall():
            wanted = columns if columns else [one.name for one in self.compared]
            sides = [
                {name: text for name, text in json.loads(side).items() if name in wanted} for side in (there, here)
            ]
            in_silver = {} if verdict == "missing here" else sides[1]
            yield Difference(json.loads(key), verdict, tuple(columns), sides[0], in_silver)
