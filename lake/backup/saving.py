"""Back up a lake: copy the files that no earlier backup in the folder holds, then write the manifest."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lake.backup.manifest import BackupError, Manifest, Stored, blob, checksum, manifests, read_manifest, write_manifest
from lake.backup.selection import newest_versions, other_files, table_files
from lake.lakehouse import PUBLISHED, Lake

ATTEMPTS = 3
PUBLISHED_KEY = f"lake/{PUBLISHED.name}"


@dataclass(frozen=True)
class Saved:
    """What one backup did: its manifest, the files it holds, and how many of these (and bytes) were copied now."""

    manifest: Path
    files: int
    copied: int
    copied_bytes: int


def back_up(lake: Lake, folder: Path, database: Path | None = None) -> Saved:
    """Back up the lake while runs may write.

    Args:
        lake: the lake.
        folder: holds all backups of this lake; outside the lake.
        database: the operational SQLite database; copied through SQLite, so a transaction is whole or absent.

    Raises:
        BackupError: there is no lake, the folder lies in it, or files went away under each attempt.
    """
    if not lake.keys():
        raise BackupError(f"{lake.root}: holds no table; name the lake with --lake")
    if folder.absolute().is_relative_to(lake.root):
        raise BackupError(f"{folder}: lies inside the lake {lake.root}; name a folder on another disk with --to")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(lake, folder, database)
        except FileNotFoundError as error:
            if attempt == ATTEMPTS:
                raise BackupError(
                    f"{error.filename}: is missing; look with lacquer check, then back up again"
                ) from error
    raise AssertionError("every attempt returns or raises")


def _attempt(lake: Lake, folder: Path, database: Path | None) -> Saved:
    versions = newest_versions(lake)
    # As of the same moment: a run may publish while this one copies.
    published = lake.published(versions[PUBLISHED_KEY]) if PUBLISHED_KEY in versions else {}
    paths = [path for key, version in versions.items() for path in table_files(lake, key, version, published.get(key))]
    store = _Store(folder)
    files = {str(path.relative_to(lake.root)): store.add(path, lake.root) for path in [*paths, *other_files(lake)]}
    kept = _save_database(store, database) if database is not None and database.exists() else None
    now = dt.datetime.now(dt.UTC)
    manifest = Manifest(now.isoformat(timespec="seconds"), published, files, kept)
    path = write_manifest(folder, f"{now:%Y%m%dT%H%M%S%f}Z", manifest)
    return Saved(path, len(files), store.copied, store.copied_bytes)


class _Store:
    """The stored contents of a backup folder; a content is stored once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copied = self.copied_bytes = 0
        earlier = manifests(folder)
        self._known = read_manifest(earlier[-1]).files if earlier else {}

    def add(self, path: Path, root: Path) -> Stored:
        """Store a file; one that has not changed since the last backup is not read again."""
        stat = path.stat()
        known = self._known.get(str(path.relative_to(root)))
        if known and (known.bytes, known.modified_ns) == (stat.st_size, stat.st_mtime_ns) and self._holds(known):
            return known
        return self.copy(path)

    def copy(self, path: Path) -> Stored:
        """Copy a file, and name the copy by the checksum of what was written."""
        modified_ns = path.stat().st_mtime_ns
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="part-", delete=False) as part:
            with path.open("rb") as source:
                shutil.copyfileobj(source, part)
            part.flush()
            os.fsync(part.fileno())
        beginning = Path(part.name)
        stored = Stored(checksum(beginning), beginning.stat().st_size, modified_ns)
        if self._holds(stored):
            beginning.unlink()
            return stored
        final = blob(self.folder, stored.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        beginning.rename(final)
        self.copied += 1
        self.copied_bytes += stored.bytes
        return stored

    def _holds(self, stored: Stored) -> bool:
        path = blob(self.folder, stored.sha256)
        return path.exists() and path.stat().st_size == stored.bytes


def _save_database(store: _Store, database: Path) -> Stored:
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "operational.sqlite"
        copy_database(database, copy)
        return store.copy(copy)


def copy_database(database: Path, copy: Path) -> None:
    """Copy an SQLite database through SQLite: a transaction is whole or absent."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
