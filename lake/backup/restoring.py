"""Verify a backup, and write it back into an empty folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lake.backup.manifest import BackupError, Manifest, Stored, blob, checksum, manifests, read_manifest


def chosen_manifest(folder: Path, name: str | None = None) -> Manifest:
    """The backup of that name in the folder; without a name, the newest.

    Raises:
        BackupError: the folder holds no backup, or none of that name.
    """
    found = {path.stem: path for path in manifests(folder)}
    if not found:
        raise BackupError(f"{folder}: holds no finished backup; lacquer backup --to {folder} makes one")
    if name is not None and name not in found:
        raise BackupError(f"{folder}: has no backup {name}; it has {', '.join(found)}")
    return read_manifest(found[name or max(found)])


def damaged(folder: Path, manifest: Manifest) -> list[str]:
    """What is missing or not as it was stored, one line each; empty for a whole backup."""
    found = []
    for name, stored in manifest.stored().items():
        path = blob(folder, stored.sha256)
        if not path.exists():
            found.append(f"{name}: its copy {path} is missing")
        elif checksum(path) != stored.sha256:
            found.append(f"{name}: its copy {path} is damaged")
    return found


def restore(folder: Path, manifest: Manifest, root: Path, database: Path | None = None) -> int:
    """Write a backup into an empty folder; the number of files.

    Args:
        folder: holds the backups.
        manifest: which of them.
        root: the lake's new folder; empty or absent.
        database: where the operational SQLite database goes; must not exist.

    Raises:
        BackupError: the lake is not empty, the database exists, or the backup is damaged; nothing was written.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BackupError(f"{root}: is not empty; move it away, or name an empty folder with --lake")
    if manifest.database and database is not None and database.exists():
        raise BackupError(f"{database}: exists; move it away, then restore again")
    if wrong := damaged(folder, manifest):
        raise BackupError("the backup is damaged, and nothing was written:\n  " + "\n  ".join(wrong))
    building = root.with_name(root.name + ".restoring")
    if building.exists():
        shutil.rmtree(building)
    for name, stored in manifest.files.items():
        _write(folder, stored, building / name)
    if manifest.database and database is not None:
        _write(folder, manifest.database, database)
    if root.exists():
        root.rmdir()
    building.rename(root)
    return len(manifest.files)


def _write(folder: Path, stored: Stored, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(blob(folder, stored.sha256), path)
    # The ledger of landed files knows a file by its time of change.
    os.utime(path, ns=(stored.modified_ns, stored.modified_ns))
