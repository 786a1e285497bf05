"""Audio files of the inbox by the hash of their bytes: which there are, whose they are, and what became of each.

A copied or renamed file is the same file. Its state goes from uploaded through analyzing to analyzed, or to failed with
a reason; a process that dies leaves ``analyzing``, which whoever comes next takes up. Which files there are is found by
:mod:`lake.ingest.inbox.registration`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract
from lake.delta.replacing import replace_rows

if TYPE_CHECKING:
    from lake.lakehouse import Lake

UPLOADED, ANALYZING, ANALYZED, FAILED = "uploaded", "analyzing", "analyzed", "failed"
AUDIO_FILES = Contract(
    name="audio_files",
    layer="bronze",
    grain="one row per content of an audio file that was in the inbox",
    description="Copies and renamed files are one row. A file that has left the inbox keeps its row, with 0 copies.",
    key=("file_id",),
    columns=(
        Column("file_id", "string", "SHA-256 of the bytes"),
        Column("path", "string", "where it lies below the inbox; of several copies the first by name"),
        Column("copies", "int32", "how many files of the inbox hold these bytes", unit="files", minimum=0),
        Column("bytes", "int64", "size", unit="bytes", minimum=0),
        Column("modified_at", "timestamp", "time of last change of the file"),
        Column("track_id", "string", "its track in the PIM; refers to tracks", nullable=True),
        Column("linked_by", "string", "who says so: sidecar, list or file name", nullable=True),
        Column("link_note", "string", "why it has no track", nullable=True),
        Column("state", "string", "what became of it", allowed=(UPLOADED, ANALYZING, ANALYZED, FAILED)),
        Column("reason", "string", "why it failed, or why it waits", nullable=True),
        Column("attempts", "int32", "times that this version of the analyser was begun on it"),
        Column("analyser_version", "string", "of the last attempt", nullable=True),
        Column("registered_at", "timestamp", "moment at which the inbox was first seen to hold it"),
        Column("state_at", "timestamp", "moment of the state"),
    ),
)
# A reason that begins so can be gone the next time: a busy machine, a file that was moved. Others lie in the bytes.
CAN_PASS = ("no such file", "changed", "out of time", "out of memory", "the analysis crashed", "cannot be read")
ATTEMPTS = 3
Row = dict[str, Any]


def read_files(lake: Lake, version: int | None = None) -> dict[str, Row]:
    """Every file by its id, as it stands at the version (default: now)."""
    return {row["file_id"]: row for row in lake.journal(AUDIO_FILES).rows(version=version)}


def put_files(lake: Lake, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write the rows in place of what stood of these files; the version that holds them."""
    return replace_rows(lake.table(AUDIO_FILES), "file_id", [row["file_id"] for row in rows], rows)


def in_state(row: Row, state: str, reason: str | None = None, **more: Any) -> Row:
    """The row in another state, as of now."""
    return {**row, "state": state, "reason": reason, "state_at": dt.datetime.now(dt.UTC), **more}


def can_pass(reason: str | None) -> bool:
    """Whether a failure may be gone the next time without new bytes and without a new analyser."""
    return reason is not None and reason.startswith(CAN_PASS)


def is_due(row: Row, version: str) -> bool:
    """Whether a file waits to be analysed by this version of the analyser.

    One that failed is tried again when the analyser's version has changed, or where its reason can pass, at most
    :data:`ATTEMPTS` times. New bytes are another file.
    """
    if row["track_id"] is None or not row["copies"]:
        return False
    if row["analyser_version"] != version or row["state"] in (UPLOADED, ANALYZING):
        return True
    return row["state"] == FAILED and can_pass(row["reason"]) and row["attempts"] < ATTEMPTS


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """Files of one track in the order in which they stand for it."""
    return sorted(rows, key=lambda row: (row["registered_at"], row["modified_at"], row["file_id"]), reverse=True)


def by_track(files: Mapping[str, Row]) -> dict[str, list[Row]]:
    """The linked files by track, each track's newest first."""
    found: dict[str, list[Row]] = {}
    for row in files.values():
        if row["track_id"] is not None:
            found.setdefault(row["track_id"], []).append(row)
    return {track: newest_first(rows) for track, rows in found.items()}


def due_files(
    files: Mapping[str, Row], version: str, only: Collection[str] | None = None, tried: Collection[str] = ()
) -> list[Row]:
    """Of each track the file that is to be analysed next, in the order of the tracks.

    That is its newest one. An older one takes its turn only where every newer one has failed for good.

    Args:
        files: all files.
        version: of the analyser.
        only: the tracks concerned; None: all.
        tried: files that have had their turn in this round; what can pass, passes with time.
    """
    due = []
    for track, rows in sorted(by_track(files).items()):
        if only is not None and track not in only:
            continue
        for row in rows:
            if is_due(row, version):
                due += [row] if row["file_id"] not in tried else []
                break
            if row["state"] == ANALYZED:
                break
    return due


def heard_file(rows: Sequence[Row]) -> Row | None:
    """Of a track's files, the newest first, the one that stands for it: the newest that was analysed."""
    return next((row for row in rows if row["state"] == ANALYZED), None)


def is_open(rows: Sequence[Row]) -> bool:
    """Whether one of a track's files is being analysed or waits for it: its older rows in the tables stay so long."""
    return any(row["state"] in (UPLOADED, ANALYZING) for row in rows)
