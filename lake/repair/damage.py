"""What of a lake cannot be read: entries of logs, data files, whole folders; each with its table and version.

Every file of the newest and of the published version is decoded in full. Bytes that were changed and still decode to
the same number of rows are not found here; checksums of a backup find them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lake.delta.storage import LAST_CHECKPOINT, LOG, log_files, newest_version
from lake.lakehouse import LAYERS, PUBLISHED, Lake
from lake.repair.unfinished import unfinished

if TYPE_CHECKING:
    from deltalake import DeltaTable

HINT = f"{LOG}/{LAST_CHECKPOINT}"
PUBLISHED_KEY = f"lake/{PUBLISHED.name}"


@dataclass(frozen=True)
class Damage:
    """One thing that cannot be read.

    Attributes:
        table: as layer/name.
        version: the table's version that needs it.
        file: relative to the table's folder; empty where the folder is gone.
        problem: what is wrong with it.
    """

    table: str
    version: int
    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.table} version {self.version}: {self.file or 'its folder'} {self.problem}"


def summary(damages: Sequence[Damage]) -> list[str]:
    """One line a table: its first damage, and how many more there are."""
    by_table: dict[str, list[Damage]] = {}
    for one in damages:
        by_table.setdefault(one.table, []).append(one)
    more = {key: f", and {len(found) - 1} more" if len(found) > 1 else "" for key, found in by_table.items()}
    return [f"{found[0]}{more[key]}" for key, found in by_table.items()]


@dataclass(frozen=True)
class Examined:
    """What was looked at, and what of it is damaged."""

    tables: int
    files: int
    damages: tuple[Damage, ...]


def examine(lake: Lake) -> Examined:
    """Read every table of the lake, at its newest and its published version."""
    log_of_published = list(_log_damages(lake, PUBLISHED_KEY))
    published = {} if log_of_published or _file_damages(lake, PUBLISHED_KEY, set())[1] else lake.published()
    begun = unfinished(lake)
    damages: list[Damage] = []
    files = 0
    keys = sorted({*_folders(lake), *published, *begun})
    for key in keys:
        if key in begun:
            damages.append(Damage(key, begun[key], "", "is being repaired, which was not finished"))
            continue
        found = _gone(lake, key, published) or list(_log_damages(lake, key))
        if not found:
            count, found = _file_damages(lake, key, {published[key]} if key in published else set())
            files += count
        damages += found
    return Examined(len(keys), files, tuple(damages))


def _folders(lake: Lake) -> Iterator[str]:
    """Every folder that is, or was, a table."""
    for layer in LAYERS:
        folder = lake.root / layer
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if (path / LOG).is_dir() or any(path.glob("**/*.parquet")):
                yield f"{layer}/{path.name}"


def _gone(lake: Lake, key: str, published: dict[str, int]) -> list[Damage]:
    if newest_version(lake.path(key)) >= 0:
        return []
    is_there = lake.path(key).is_dir()
    return [Damage(key, published.get(key, -1), LOG if is_there else "", "is gone")]


def _log_damages(lake: Lake, key: str) -> Iterator[Damage]:
    table = lake.path(key)
    newest = newest_version(table)
    if newest < 0:
        return
    files = {path: int(path.name.partition(".")[0]) for path in log_files(table, newest)}
    commits = {version for path, version in files.items() if path.suffix == ".json"}
    first = max((version for path, version in files.items() if path.suffix == ".parquet"), default=-1) + 1
    for version in sorted(set(range(first, newest + 1)) - commits):
        yield Damage(key, version, f"{LOG}/version {version}", "is missing")
    for path, version in files.items():
        if problem := unreadable(path) if path.suffix == ".parquet" else _no_json(path):
            yield Damage(key, version, f"{LOG}/{path.name}", problem)
    if (table / HINT).exists() and (problem := _no_json(table / HINT)):
        yield Damage(key, newest, HINT, problem)


def _no_json(path: Path) -> str:
    """Why the file is no entry of a log; empty for a sound one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        for line in lines:
            json.loads(line)
    except (OSError, ValueError) as error:
        return f"cannot be read ({_brief(error)})"
    return "" if lines else "is empty"


def _file_damages(lake: Lake, key: str, also: set[int]) -> tuple[int, list[Damage]]:
    """How many data files were read, and what is wrong with them; the table's log is sound."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    path = lake.path(key)
    newest = newest_version(path)
    seen: dict[str, str] = {}
    found: list[Damage] = []
    for version in sorted({newest, *also}) if newest >= 0 else []:
        try:
            needed = list(_needed(DeltaTable(str(path), version=version)))
        except (DeltaError, OSError, ValueError) as error:
            found.append(Damage(key, version, LOG, f"cannot be read ({_brief(error)})"))
            continue
        for name, size, rows in needed:
            if name not in seen:
                seen[name] = unreadable(data_file(path, name), size, rows)
                if seen[name]:
                    found.append(Damage(key, version, name, seen[name]))
    return len(seen), found


def _needed(snapshot: DeltaTable) -> Iterator[tuple[str, int | None, int | None]]:
    """Each data file of the version: its name, its bytes and its rows as the log has them."""
    import pyarrow as pa

    for action in pa.table(snapshot.get_add_actions(flatten=True)).to_pylist():
        yield action["path"], action.get("size_bytes"), action.get("num_records")


def data_file(table: Path, name: str) -> Path:
    """Where a data file lies; the log writes some characters of a partition's value as %XX."""
    path = table / name
    return path if path.exists() else table / unquote(name)


def unreadable(path: Path, size: int | None = None, rows: int | None = None) -> str:
    """Why a Parquet file cannot be read, in words; empty for a sound one.

    Args:
        path: the file.
        size: bytes that it should have.
        rows: rows that it should hold.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = path.stat().st_size
        if size is not None and found != size:
            return f"has {found:,} bytes instead of {size:,}"
        with pq.ParquetFile(path) as file:
            count = sum(batch.num_rows for batch in file.iter_batches())
    except FileNotFoundError:
        return "is missing"
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read ({_brief(error)})"
    return "" if rows is None or count == rows else f"holds {count:,} rows instead of {rows:,}"


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120].rstrip(" .") or type(error).__name__
