"""The files below a lake's root: a table's log, its data files, the tables of a layer, and locks.

The rest of Lacquer reads no Delta log by hand and takes no lock of its own; a test holds it to that. Another kind of
root, such as object storage, is a matter of this module, of how delta-rs opens a table and of how DuckDB reads a file.

Commits are safe without a lock (:mod:`lake.delta.commits`). A lock is for work that spans several tables and finds,
after a kill, what it left in them: two such processes at once could not tell their traces apart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOG = "_delta_log"
LAST_CHECKPOINT = "_last_checkpoint"
DIGITS = 20  # of a version in a file's name


def tables_in(layer: Path) -> list[Path]:
    """The folders of a layer that hold a table, by name."""
    return [path for path in sorted(layer.iterdir()) if newest_version(path) >= 0] if layer.is_dir() else []


def newest_version(table: Path) -> int:
    """The newest version in the folder's log, from the names of its entries alone; -1 when there is no table."""
    try:
        names = os.listdir(table / LOG)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max((_version(name) for name in names), default=-1)


def has_commit(table: Path, version: int) -> bool:
    """Whether the version's own commit is still in the log; a checkpoint may tell of it when it is not."""
    return _commit(table, version).exists()


def commit_lines(table: Path, version: int) -> list[str] | None:
    """The actions of a commit, one JSON object a line; None when the log no longer holds the commit."""
    try:
        return _commit(table, version).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None


def commit_info(table: Path, version: int) -> dict[str, Any]:
    """What a commit says of itself, such as its moment and its text; empty when the log no longer holds the commit.

    delta-rs finds no history of a table with a `#` in its path.
    """
    for line in commit_lines(table, version) or []:
        found: dict[str, Any] | None = json.loads(line).get("commitInfo")
        if found is not None:
            return found
    return {}


def commit_identity(table: Path, version: int) -> tuple[int, int] | None:
    """What tells a commit from one of the same number in a table that has replaced the table; None without commit."""
    return _identity(_commit(table, version))


def checkpoint_identity(table: Path) -> tuple[int, int] | None:
    """The same of the newest checkpoint."""
    return _identity(table / LOG / LAST_CHECKPOINT)


def write_empty_commits(table: Path, until: int) -> None:
    """Bring a table of which nobody knows yet to a version, by commits that change nothing."""
    for version in range(newest_version(table) + 1, until + 1):
        action = {"commitInfo": {"timestamp": 0, "operation": "REPAIR"}}
        _commit(table, version).write_text(json.dumps(action) + "\n", encoding="utf-8")


def log_files(table: Path, until: int) -> list[Path]:
    """The files of the log, commits and checkpoints, of versions up to ``until``."""
    found = (path for path in (table / LOG).iterdir() if _is_numbered(path.name))
    return sorted(path for path in found if int(path.name[:DIGITS]) <= until)


def data_files(snapshot: DeltaTable) -> list[Path]:
    """Where the files of a snapshot lie.

    delta-rs has decoded what the log writes of them, and has encoded the table's own folder.
    """
    folder = snapshot.table_uri.removeprefix("file://").rstrip("/")
    files = [uri.removeprefix("file://").removeprefix(folder) for uri in snapshot.file_uris()]
    return [Path(unquote(folder) + file) for file in files]


def has_data_files(snapshot: DeltaTable) -> bool:
    """Whether every file of a snapshot is still there; vacuum may have taken some of an older version."""
    return all(path.exists() for path in data_files(snapshot))


def data_file(table: Path, written: str) -> Path:
    """The file that a commit names, as the log writes its path."""
    return table / unquote(written)


@contextmanager
def only_one(root: Path, work: str) -> Iterator[None]:
    """Hold the lake alone for this kind of work; a second process waits. The lock goes with the process, however."""
    with locked(_lock_file(root, work)):
        yield


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock of this machine on a file, which is made when it is not there."""
    import fcntl

    with file.open("wb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


@contextmanager
def shared(file: Path) -> Iterator[None]:
    """Hold a lock of this machine on a file together with others who share it; who holds it alone is waited for."""
    import fcntl

    with file.open("ab") as opened:
        fcntl.flock(opened, fcntl.LOCK_SH)
        yield


@contextmanager
def only_if_free(root: Path, work: str) -> Iterator[bool]:
    """The same for who would rather do something else than wait: whether the lake is held alone for the work."""
    with locked_if_free(_lock_file(root, work)) as is_held:
        yield is_held


@contextmanager
def locked_if_free(file: Path) -> Iterator[bool]:
    """Whether the lock of this machine on the file is held alone; it is not waited for."""
    import fcntl

    with file.open("wb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _lock_file(root: Path, work: str) -> Path:
    folder = root / "lake"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f".{work}.lock"


def _commit(table: Path, version: int) -> Path:
    return table / LOG / f"{version:0{DIGITS}}.json"


def _identity(file: Path) -> tuple[int, int] | None:
    """Inode and time of last change in ns; None when there is no such file."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _version(name: str) -> int:
    """The version of a commit or a checkpoint; -1 for what is neither, as a commit that is being written."""
    kind = name.partition(".")[2]
    is_entry = kind == "json" or (kind.startswith("checkpoint.") and kind.endswith("parquet"))
    return int(name[:DIGITS]) if is_entry and _is_numbered(name) else -1


def _is_numbered(name: str) -> bool:
    number = name.partition(".")[0]
    return len(number) == DIGITS and number.isdecimal()
