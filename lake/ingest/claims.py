"""Keys that two objects of one source claim: the first object keeps the key, lines of the other one are held back.

A copied object has its original's key. If its states counted, the copy would overwrite the original, and its deletion
would delete it. An object gives a key up by its own deletion, or by stating another key; a later state of
another object then takes the key over. Lines that name no object are not compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.delta.views import snapshot_sql
from lake.ingest.envelopes import CLAIMED, Door

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

_NAMES = "source, claim, claimant, position, op"


@dataclass(frozen=True)
class _Statement:
    """One line about an object; ``place`` is its row in the batch, None for a line that bronze has."""

    claim: str
    claimant: str
    position: int
    op: str
    place: int | None


class Claims:
    """What bronze holds of objects and their keys, and the lines that were accepted since.

    Args:
        con: where the comparison is made.
        door: how lines state object and key.
        snapshot: bronze, of which the lines come first.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, door: Door, snapshot: DeltaTable) -> None:
        self._con, self._door = con, door
        lines = f"(select row_number() over () as batch_line, payload as line from ({snapshot_sql(snapshot)}))"
        con.execute(
            f"create or replace temp table claims_known as select {_NAMES} from ({door.sql(lines)}) "
            "where fault is null and claim is not null and claimant is not null"
        )

    def held_back(self, judged: pa.Table) -> pa.Table:
        """The lines as ``judge`` returns them, with a fault and a ``reason`` for those whose key another object has."""
        import numpy as np
        import pyarrow as pa

        table = judged.select([*_NAMES.split(", "), "fault"]).append_column("place", pa.array(np.arange(len(judged))))
        self._con.register("claims_lines", table)
        self._con.execute(
            f"create or replace temp table claims_new as select {_NAMES}, place from claims_lines "
            "where fault is null and claim is not null and claimant is not null and position is not null"
        )
        held = dict(self._held())
        self._con.register("claims_held", pa.table({"place": pa.array(held, pa.int64())}))
        self._con.execute(
            f"insert into claims_known select {_NAMES} from claims_new anti join claims_held using (place)"
        )
        reasons = pa.array([held.get(place) for place in range(len(judged))], pa.string())
        return self._door.held_back(judged, CLAIMED, reasons)

    def _held(self) -> Iterable[tuple[int, str]]:
        """Place and reason of the lines to hold back."""
        both = f"(select {_NAMES}, null as place from claims_known union all select {_NAMES}, place from claims_new)"
        self._con.execute(
            f"create or replace temp table claims_contested as select source, claim from {both} "
            "semi join claims_new using (source, claim) group by all having count(distinct claimant) > 1"
        )
        contested = self._con.execute("select source, claim from claims_contested order by all").fetchall()
        for source, claim in contested:
            rows = self._con.execute(
                f"with every as (select * from {both} where source = $source) select claim, claimant, position, op, "
                "place from every where claimant in (select claimant from every where claim = $claim)",
                {"source": source, "claim": claim},
            )
            yield from _settled(claim, [_Statement(*row) for row in rows.fetchall()])


def _settled(claim: str, statements: list[_Statement]) -> Iterable[tuple[int, str]]:
    """Of one key: place and reason of the new lines of objects that came second."""
    claimants: dict[str, list[_Statement]] = {}
    for one in statements:
        claimants.setdefault(one.claimant, []).append(one)
    holders: dict[str, float] = {}
    for name in sorted(claimants, key=lambda name: _precedence(claim, claimants[name])):
        of_key = [one for one in claimants[name] if one.claim == claim]
        is_holder = any(one.place is None for one in of_key)
        for one in of_key:
            holder = next((other for other, end in holders.items() if end >= one.position), None)
            if one.place is not None and holder is not None:
                yield one.place, _reason(claim, name, holder)
            else:
                is_holder = True
        if is_holder:
            holders[name] = _end(claim, claimants[name])


def _precedence(claim: str, statements: list[_Statement]) -> tuple[bool, int, str]:
    """Objects whose claim bronze has come first, then the one that was made first: numbers of objects grow."""
    is_new = not any(one.claim == claim and one.place is None for one in statements)
    name = statements[0].claimant
    return is_new, int(name) if name.isdecimal() else 0, name


def _end(claim: str, statements: list[_Statement]) -> float:
    """The position at which the object gives the key up; infinite while it has it."""
    ordered = sorted(statements, key=lambda one: (one.position, one.op == "d"))
    last = max((n for n, one in enumerate(ordered) if one.claim == claim and one.op != "d"), default=-1)
    return ordered[last + 1].position if last + 1 < len(ordered) else math.inf


def _reason(claim: str, name: str, holder: str) -> str:
    return (
        f"object {name} states {claim}, which object {holder} has; keep one: give the other one a number of its own "
        "or delete it, then save the one that stays"
    )
