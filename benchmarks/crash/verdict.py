"""What became of each line, key and sum, by delta-rs and DuckDB alone: none of our readers takes part."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos.events import EVENTS, STATE
from benchmarks.crash.work import SUMS, Truth
from lake.lakehouse import Lake
from lake.repair.damage import examine

BRONZE, SILVER, LETTERS = f"bronze/{EVENTS.name}", f"silver/{STATE.name}", "bronze/dead_letters"


@dataclass(frozen=True)
class Verdict:
    """Lines lost and doubled; keys, sums and counts that are wrong; files that cannot be read."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    unreadable: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether everything is there once, and right."""
        return self == Verdict()

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.wrong + other.wrong,
            self.unreadable + other.unreadable,
        )


def rows(root: Path, key: str, columns: str, version: int | None = None) -> list[tuple[Any, ...]]:
    """Columns of a table at a version (default: its newest).

    DuckDB reads the files itself: threads that have it read Arrow data by way of Python may block each other for ever.
    """
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

    table, con = DeltaTable(str(root / key), version=version), duckdb.connect()
    files = table.file_uris()
    if not files:
        con.register("stored", pa.schema(table.schema().to_arrow()).empty_table())
        return con.execute(f"select {columns} from stored").fetchall()
    return con.execute(f"select {columns} from read_parquet(?, union_by_name => true)", [files]).fetchall()


def judge(root: Path, truth: Truth) -> Verdict:
    """Compare the lake, after a run that ended well, with the oracle."""
    from deltalake import DeltaTable

    found = Counter(payload for (payload,) in rows(root, BRONZE, "payload"))
    letters = sum(name == BRONZE for (name,) in rows(root, LETTERS, "table_name"))
    wanted = Counter(truth.lines)
    lost = (wanted - found).total() + max(0, truth.malformed - letters)
    doubled = (found - wanted).total() + max(0, letters - truth.malformed)

    alive = {key: value for key, value, gone in rows(root, SILVER, "id, value, is_deleted") if not gone}
    wrong = len(alive.items() ^ truth.values.items())
    wrong += [tuple(map(int, row)) for row in rows(root, SUMS, "keys, total")] != [truth.figures]
    silver = DeltaTable(str(root / SILVER))
    counted = {name: silver.transaction_version(f"count:{name}") or 0 for name in ("read", "applied", "deleted")}
    wrong += counted["read"] != len(truth.lines)
    wrong += counted["applied"] + counted["deleted"] != truth.written
    return Verdict(lost, doubled, wrong, len(examine(Lake(root)).damages) + _bad_exports(root, truth))


def _bad_exports(root: Path, truth: Truth) -> int:
    """Exports that are no documents, and the newest if it is not what is published."""
    bad, newest = 0, None
    for path in sorted((root / "outbox").glob("*.json")):
        try:
            newest = json.loads(path.read_text())
        except ValueError:
            bad += 1
    return bad + (newest != {"keys": truth.figures[0], "total": truth.figures[1]})
