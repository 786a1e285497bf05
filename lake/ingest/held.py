"""Lines that are understood and yet held back, until a person or a later line settles whose they are.

Belongs here: asking claims and origins alike. Does not belong here: what they decide (claims.py, origins.py).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lake.ingest.claims import Claims
from lake.ingest.envelopes import HELD_BACK, Door
from lake.ingest.origins import read_origins
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable


class Holding:
    """What decides on the lines of one bronze table; where its door asks for nothing, nothing is held back.

    Args:
        lake: that has the origins on record.
        table_name: the bronze table.
        con: where lines are compared.
        door: how lines state object, key and origin.
        snapshot: bronze, of which the lines come first.
    """

    def __init__(
        self, lake: Lake, table_name: str, con: duckdb.DuckDBPyConnection, door: Door, snapshot: DeltaTable
    ) -> None:
        self._lake = lake
        self._claims = Claims(con, door, snapshot) if door.claim else None
        self._origins = read_origins(lake, table_name, door) if door.origin else None

    def held_back(self, judged: pa.Table) -> pa.Table:
        """The lines as ``judge`` returns them, with a fault and a ``reason`` for those that are held back."""
        deciding = self._claims or self._origins
        return deciding.held_back(judged) if deciding else judged

    def note(self) -> None:
        """Put on record what the lines decided, before they are appended."""
        if self._origins:
            self._origins.note(self._lake)


def held_count(refused: pa.Table) -> int:
    """How many of the dead letters are held back."""
    counts = Counter(refused.column("rule").to_pylist())
    return sum(counts[rule] for rule in HELD_BACK)


def held_notes(refused: pa.Table) -> tuple[str, ...]:
    """What a person should know of lines that are held back, each reason once."""
    letters = zip(refused.column("rule").to_pylist(), refused.column("reason").to_pylist(), strict=True)
    return tuple(dict.fromkeys(reason for rule, reason in letters if rule in HELD_BACK))
