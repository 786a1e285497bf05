"""Bring a working copy to the newest state of the lake in object storage."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from lake.backup.manifest import Manifest, Stored, checksum, parsed_manifest
from lake.delta.storage import LOG
from lake.lakehouse import PUBLISHED
from lake.remote.listing import present_files
from lake.remote.objects import GoneError, Objects, RemoteError
from lake.remote.pushing import AT_ONCE, object_name
from lake.remote.sequence import Sequence

ATTEMPTS = 3


def newest_state(objects: Objects) -> tuple[int, Manifest | None]:
    """Number and manifest of the lake's newest state; 0 and None where nothing was ever written."""
    newest = Sequence(objects, "states").newest()
    return (newest[0], read_state(objects, newest[1])) if newest else (0, None)


def read_state(objects: Objects, content: bytes) -> Manifest:
    """The manifest that a state's object holds."""
    return parsed_manifest(content.decode(), f"lake {objects.address}", "the newest state in it is damaged")


def pull(root: Path, database: Path, objects: Objects, base: int) -> tuple[int, Manifest | None]:
    """Bring the folder to the newest state, and return its number and manifest.

    Where the folder is based on the newest state already, it stays as it is, with what a killed command left. Else
    files that differ are fetched, the published versions last, and files that the state does not hold are deleted;
    landed files that nobody has pushed yet stay.

    Args:
        root: the working copy's lake.
        database: where its operational database stands.
        objects: the storage.
        base: the state that the folder is based on; 0 for a new one.

    Raises:
        RemoteError: the storage does not answer, or an object is damaged.
    """
    for attempt in range(1, ATTEMPTS + 1):
        number, manifest = newest_state(objects)
        if manifest is None or number == base:
            return number, manifest
        try:
            _fetch_all(root, database, objects, manifest)
        except GoneError:  # newer states have come, and the upkeep has deleted what this one holds
            if attempt == ATTEMPTS:
                raise
            continue
        return number, manifest
    raise AssertionError("every attempt returns or raises")


def _fetch_all(root: Path, database: Path, objects: Objects, manifest: Manifest) -> None:
    present = present_files(root)
    wanted = [name for name, one in manifest.files.items() if present.get(name) != (one.bytes, one.modified_ns)]
    root.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _, names in groupby(sorted(wanted, key=_turn), key=_turn):
            list(pool.map(lambda name: _fetch(objects, manifest.files[name], root / name), names))
    if manifest.database and not (database.exists() and checksum(database) == manifest.database.sha256):
        for journal in ("-wal", "-shm"):
            database.with_name(database.name + journal).unlink(missing_ok=True)
        _fetch(objects, manifest.database, database)
    for name in present.keys() - manifest.files.keys():
        if not name.startswith("landing/"):
            (root / name).unlink(missing_ok=True)


def _turn(name: str) -> int:
    """Data before logs before what readers follow, for those who read the folder meanwhile."""
    if name.startswith(f"lake/{PUBLISHED.name}/{LOG}/"):
        return 2
    return 1 if f"/{LOG}/" in name else 0


def _fetch(objects: Objects, stored: Stored, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.part")
    try:
        objects.fetch(object_name(stored.sha256), part)
        if checksum(part) != stored.sha256:
            raise RemoteError(f"lake {objects.address}: {object_name(stored.sha256)} is damaged; restore a backup")
        os.utime(part, ns=(stored.modified_ns, stored.modified_ns))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
