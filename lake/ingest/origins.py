"""Origins of changes: the server, database and schema whose table a source is.

Two databases may each have a table `orders`; read as one, the rows of one would overwrite those of the other. The
origin that comes first keeps the source; lines of another one are held back until a person says that it counts too.
An origin is on record before rows of it are appended. It is written `server/database/schema`; a part that a line leaves
out is not compared, and a line that states none, such as the row of an extract, is not compared at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.ingest.envelopes import ORIGIN, Door
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE_ORIGINS = Contract(
    name="source_origins",
    layer="lake",
    grain="one row per bronze table, table of the source and origin of it that counts",
    description="Changes of a table that come from another server, database or schema than these are held back.",
    key=("table_name", "source", "origin"),
    columns=(
        Column("table_name", "string", "bronze table"),
        Column("source", "string", "table of the source"),
        Column("origin", "string", "server/database/schema, as far as the changes state them"),
        Column("noted_at", "timestamp", "moment from which it counts"),
    ),
)


@dataclass
class Origins:
    """The origins that count of one bronze table's sources.

    Attributes:
        known: source -> origins that count.
        found: (source, origin) that are not on record yet.
    """

    table_name: str
    door: Door
    known: dict[str, set[str]]
    found: list[tuple[str, str]] = field(default_factory=list)

    def held_back(self, judged: pa.Table) -> pa.Table:
        """The lines as ``judge`` returns them, with a fault and a ``reason`` for those of another origin."""
        import pyarrow as pa
        import pyarrow.compute as pc

        whole = pc.and_(pc.is_null(judged.column("fault")), pc.is_valid(judged.column("origin")))
        named = (
            judged.select(["origin_of", "origin"]).filter(whole).group_by(["origin_of", "origin"], use_threads=False)
        )
        pairs = [(row["origin_of"], row["origin"]) for row in named.aggregate([]).to_pylist()]
        foreign = [(source, origin) for source, origin in pairs if not self._counts(source, origin)]
        reasons = pa.nulls(len(judged), pa.string())
        for source, origin in foreign:
            same = pc.and_(pc.equal(judged.column("origin_of"), source), pc.equal(judged.column("origin"), origin))
            reasons = pc.if_else(pc.fill_null(pc.and_(whole, same), False), self._reason(source, origin), reasons)
        return self.door.held_back(judged, ORIGIN, reasons)

    def _counts(self, source: str | None, origin: str) -> bool:
        """Whether the origin counts for the source; the first one does."""
        if source is None:
            return True
        known = self.known.setdefault(source, set())
        if origin in known:
            return True
        exact = [one for one in known if not any(_states_more(other, one) for other in known)]
        if exact and not any(_agree(one, origin) for one in exact):
            return False
        known.add(origin)
        self.found.append((source, origin))
        return True

    def _reason(self, source: str, origin: str) -> str:
        counting = " and ".join(sorted(self.known[source]))
        return (
            f"{source} of {origin} is not {source} of {counting}, which came first; if both are one table, such as "
            f"after a move to another server, let it count: lacquer replay --dead-letters --origin {source}={origin}"
        )

    def note(self, lake: Lake) -> None:
        """Put the origins that were found on record."""
        note_origins(lake, self.table_name, self.found)
        self.found.clear()


def _agree(one: str, other: str) -> bool:
    """Whether the parts that both state are the same."""
    return all(not a or not b or a == b for a, b in zip(one.split("/"), other.split("/"), strict=False))


def _states_more(one: str, other: str) -> bool:
    """Whether the one agrees with the other and states parts that it leaves out."""
    return one != other and all(not b or a == b for a, b in zip(one.split("/"), other.split("/"), strict=False))


def read_origins(lake: Lake, table_name: str, door: Door) -> Origins:
    """The origins on record of a bronze table."""
    rows = lake.journal(SOURCE_ORIGINS).select(
        "select source, origin from journal where table_name = $name order by all", {"name": table_name}
    )
    known: dict[str, set[str]] = {}
    for source, origin in rows:
        known.setdefault(source, set()).add(origin)
    return Origins(table_name, door, known)


def note_origins(lake: Lake, table_name: str, found: Iterable[tuple[str, str]]) -> None:
    """Let these origins (source, origin) count from now on."""
    now = dt.datetime.now(dt.UTC)
    rows = [{"table_name": table_name, "source": one, "origin": origin, "noted_at": now} for one, origin in found]
    if rows:
        lake.journal(SOURCE_ORIGINS).note_new(rows)
