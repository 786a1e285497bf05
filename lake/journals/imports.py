"""The record of imports: which file began to be imported when, and what became of its rows.

The moment of the beginning is on record before anything lands: an import that was killed and is repeated goes on with
it, and so makes the same landing files.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from lake.contract import Column, Contract
from lake.lakehouse import Lake

IMPORTS = Contract(
    name="imports",
    layer="lake",
    grain="one row per import of a file and state of it",
    description="An import is a file's content with its mapping; the same again is the same import.",
    key=("import_id", "state"),
    columns=(
        Column("import_id", "string", "hash of the file's content and of how it is read"),
        Column("state", "string", "how far it came", allowed=("begun", "finished")),
        Column("noted_at", "timestamp", "moment of the state"),
        Column("file", "string", "the file as it was named"),
        Column(
            "initial", "bool", "whether nothing was published then, so that its catalogue counts as known all along"
        ),
        Column("counts", "string", "rows read, skipped, refused, landed, and by table, as JSON", nullable=True),
        Column("reasons", "string", "faults by column and rule, as JSON", nullable=True),
        Column("refused", "string", "file that lists the faults row by row", nullable=True),
    ),
)


def begin_import(lake: Lake, import_id: str, file: str, *, initial: bool) -> tuple[dt.datetime, bool, bool]:
    """Put the beginning on record, unless it is; the moment, whether it was initial, and whether it has finished."""
    journal = lake.journal(IMPORTS)
    row = {
        "import_id": import_id,
        "state": "begun",
        "noted_at": dt.datetime.now(dt.UTC),
        "file": file,
        "initial": initial,
    }
    journal.note_new([row])
    query = "select state, noted_at, initial from journal where import_id = $id"
    states = {state: (at, first) for state, at, first in journal.select(query, {"id": import_id})}
    at, first = states["begun"]
    return at, first, "finished" in states


def finish_import(
    lake: Lake, import_id: str, file: str, counts: dict[str, Any], reasons: list[Any], refused: str | None
) -> None:
    """Put the end on record."""
    row = {
        "import_id": import_id,
        "state": "finished",
        "noted_at": dt.datetime.now(dt.UTC),
        "file": file,
        "initial": False,
        "counts": json.dumps(counts, ensure_ascii=False),
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "refused": refused,
    }
    lake.journal(IMPORTS).note_new([row])


def finished_imports(lake: Lake) -> list[dict[str, Any]]:
    """The finished imports, the latest first; ``counts`` and ``reasons`` as values."""
    found = [row for row in lake.journal(IMPORTS).rows() if row["state"] == "finished"]
    for row in found:
        row["counts"], row["reasons"] = json.loads(row["counts"]), json.loads(row["reasons"])
    return sorted(found, key=lambda row: row["noted_at"], reverse=True)
