"""A table's log at a glance: which version is the newest, and its snapshot, opened once for as long as it stands.

A run looks at some seventy tables some hundred times, and nearly always at a version that it has seen. What is shared
here is for reading; who commits opens the table for itself (:func:`lake.delta.commits.with_retries`).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from deltalake import DeltaTable

KEPT = 256  # snapshots, over all tables


class Entry(NamedTuple):
    """A version's own file in the log, and the checkpoint before which the log may have been cleaned.

    A table that has replaced another in its folder has other ones.
    """

    table: str
    version: int
    commit: tuple[int, int]
    checkpoint: tuple[int, int]


_kept: dict[Entry, DeltaTable] = {}
_lock = threading.Lock()


def entry_of(table: Path, version: int) -> Entry | None:
    """The entry of a version; None when there is no table, or only a checkpoint still tells of the version."""
    log = table / "_delta_log"
    commit = _identity(log / f"{version:020}.json")
    return None if commit is None else Entry(str(table), version, commit, _identity(log / "_last_checkpoint") or (0, 0))


def _identity(file: Path) -> tuple[int, int] | None:
    """Inode and time of last change in ns; None when there is no such file."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def newest_version(table: Path) -> int:
    """The newest version in the folder's log, from the names of its entries alone; -1 when there is no table."""
    try:
        names = os.listdir(table / "_delta_log")
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max((_version(name) for name in names), default=-1)


def _version(name: str) -> int:
    """The version of a commit or a checkpoint; -1 for what is neither, as a commit that is being written."""
    number, _, kind = name.partition(".")
    is_entry = kind == "json" or (kind.startswith("checkpoint.") and kind.endswith("parquet"))
    return int(number) if is_entry and len(number) == 20 and number.isdecimal() else -1


def shared_snapshot(table: Path, version: int | None = None) -> DeltaTable:
    """The table at a version (default: the newest), for everybody to read and nobody to write through."""
    from deltalake import DeltaTable

    at = newest_version(table) if version is None else version
    entry = entry_of(table, at)
    if entry is None:
        return DeltaTable(str(table), version=version)
    known = _kept.get(entry)
    if known is None or known.version() != at:
        known = DeltaTable(str(table), version=at)
        _keep(entry, known)
    return known


def share(table: Path, snapshot: DeltaTable) -> None:
    """Let others read through the state that a finished commit has left."""
    if (entry := entry_of(table, snapshot.version())) is not None:
        _keep(entry, snapshot)


def _keep(entry: Entry, snapshot: DeltaTable) -> None:
    with _lock:
        _kept.pop(entry, None)
        _kept[entry] = snapshot
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]
