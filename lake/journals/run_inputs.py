"""What each run worked on: the version of every table at its start, what it published, its assets, settings and code.

From them `lacquer run --as-of` lays out a lake that stands as the run found it (:mod:`lake.as_of`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lake.contract import Column, Contract
from lake.lakehouse import Lake

RUN_INPUTS = Contract(
    name="run_inputs",
    layer="lake",
    grain="one row per run that published",
    key=("run_id",),
    columns=(
        Column("run_id", "string", "the run, as the orchestrator calls it"),
        Column("recorded_at", "timestamp", "moment of the record, just before the publication"),
        Column("job", "string", "job that ran"),
        Column("assets", "string", "assets of the job that ran, as a JSON list"),
        Column("tags", "string", "tags that asked for something, as JSON"),
        Column("settings", "string", "settings that results depend on, as JSON; no secret"),
        Column("code", "string", "digest of the code that ran"),
        Column("began_with", "string", "version of each table at the start, as JSON"),
        Column("published", "string", "version of each table that the run published, as JSON"),
        Column("landed_files", "int64", "version of the ledger of landed files at the end; -1: none"),
    ),
)


@dataclass(frozen=True)
class RunInputs:
    """One row of the journal.

    Attributes:
        run_id, job, code: as in the contract.
        recorded_at: moment of the record.
        assets: assets that ran, ``layer/name``.
        tags: what the run was asked for beside.
        settings: by name.
        began_with: version by table at the start.
        published: version by table that the run published.
        landed_files: version of the ledger at the end.
    """

    run_id: str
    recorded_at: dt.datetime
    job: str
    assets: tuple[str, ...]
    tags: Mapping[str, str]
    settings: Mapping[str, object]
    code: str
    began_with: Mapping[str, int]
    published: Mapping[str, int]
    landed_files: int


def record_inputs(lake: Lake, inputs: RunInputs) -> int:
    """Put the run on record, once; the version of the journal."""
    row = {
        "run_id": inputs.run_id,
        "recorded_at": inputs.recorded_at,
        "job": inputs.job,
        "assets": json.dumps(sorted(inputs.assets)),
        "tags": json.dumps(dict(sorted(inputs.tags.items()))),
        "settings": json.dumps(dict(inputs.settings), default=str),
        "code": inputs.code,
        "began_with": json.dumps(dict(sorted(inputs.began_with.items()))),
        "published": json.dumps(dict(sorted(inputs.published.items()))),
        "landed_files": inputs.landed_files,
    }
    return lake.journal(RUN_INPUTS).note_new([row])


def read_inputs(lake: Lake, run: str) -> RunInputs:
    """The record of a run, by its id or the beginning of it.

    Raises:
        ValueError: no run or several have that id.
    """
    rows = [row for row in lake.journal(RUN_INPUTS).rows() if row["run_id"].startswith(run)]
    rows = [row for row in rows if row["run_id"] == run] or rows
    if len(rows) != 1:
        known = _newest(rows or lake.journal(RUN_INPUTS).rows())
        raise ValueError(f"{run}: {len(rows)} runs of {lake.root} on record begin so; {known}")
    (row,) = rows
    read = {name: json.loads(row[name]) for name in ("tags", "settings", "began_with", "published")}
    return RunInputs(**{**row, **read, "assets": tuple(json.loads(row["assets"]))})


def _newest(rows: Collection[Mapping[str, object]]) -> str:
    found = sorted(rows, key=lambda row: str(row["recorded_at"]), reverse=True)[:5]
    return f"give one of {', '.join(str(row['run_id']) for row in found)}" if found else "none has published yet"
