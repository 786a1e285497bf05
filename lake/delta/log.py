"""A table's log at a glance: which version is the newest, and its snapshot, opened once for as long as it stands.

A run looks at some seventy tables some hundred times, and nearly always at a version that it has seen. What is shared
here is for reading; who commits opens the table for itself (:func:`lake.delta.commits.with_retries`).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lake.delta.storage import checkpoint_identity, commit_identity, newest_version

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
    commit = commit_identity(table, version)
    return None if commit is None else Entry(str(table), version, commit, checkpoint_identity(table) or (0, 0))


def shared_snapshot(table: Path, version: int | None = None) -> DeltaTable:
    """The table at a version (default: the newest), for everybody to read and nobody to write through."""
    at = newest_version(table) if version is None else version
    entry = entry_of(table, at)
    if entry is None:
        return _opened(table, version)
    known = _kept.get(entry)
    if known is None or known.version() != at:
        known = _opened(table, at)
        _keep(entry, known)
    return known


def _opened(table: Path, version: int | None) -> DeltaTable:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        return DeltaTable(str(table), version=version)
    except DeltaError as error:  # of a damaged log it does not say which
        raise type(error)(f"{table}: {error}") from error


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
