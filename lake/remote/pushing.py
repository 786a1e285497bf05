"""Upload what is new in a working copy, then make it the lake's next state."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lake.backup.manifest import Manifest, Stored, blob, checksum, manifest_text
from lake.backup.saving import copy_database
from lake.lakehouse import Lake
from lake.remote.listing import files_to_push
from lake.remote.objects import Objects, RemoteError
from lake.remote.sequence import Sequence

ATTEMPTS = 3
AT_ONCE = 16
SMALL_BYTES = 32 * 2**20


class OvertakenError(RemoteError):
    """Another machine has written a state since; what was done here is not in the lake."""


@dataclass(frozen=True)
class Pushed:
    """One push: the number of the state, what it holds, and what was uploaded for it."""

    number: int
    manifest: Manifest
    uploaded: int
    uploaded_bytes: int


def push(lake: Lake, database: Path, objects: Objects, base: tuple[int, Manifest | None]) -> Pushed | None:
    """Make the lake's folder the next state; None where nothing differs from the state it is based on.

    Args:
        lake: the working copy.
        database: its operational SQLite database, which need not exist.
        objects: the storage.
        base: number and manifest of the state that the working copy was brought to.

    Raises:
        OvertakenError: there is a newer state.
        RemoteError: the storage does not take it, or files vanish at every attempt.
    """
    for _ in range(ATTEMPTS):
        try:
            return _attempt(lake, database, objects, base)
        except FileNotFoundError as error:  # the upkeep or a run has deleted it meanwhile
            vanished = error.filename
    raise RemoteError(f"lake {objects.address}: {vanished} vanishes while it is uploaded; look with lacquer check")


def _attempt(lake: Lake, database: Path, objects: Objects, base: tuple[int, Manifest | None]) -> Pushed | None:
    number, before = base
    known = before.files if before else {}
    upload = _Upload(objects, {stored.sha256 for stored in known.values()})
    paths = {str(path.relative_to(lake.root)): path for path in files_to_push(lake)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        files = dict(zip(paths, pool.map(lambda name: upload.stored(paths[name], known.get(name)), paths), strict=True))
    kept = _database(upload, database, before.database if before else None)
    if not files and kept is None and before is None:
        return None
    if before and (files, kept) == (before.files, before.database):
        return None
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    manifest = Manifest(now, lake.published() if lake.root.is_dir() else {}, files, kept)
    states = Sequence(objects, "states")
    newest = states.newest()
    if (newest[0] if newest else 0) != number or not states.create(number + 1, manifest_text(manifest).encode()):
        raise OvertakenError(
            f"lake {objects.address}: another machine has written state {number + 1} meanwhile, so nothing of this "
            "command is in the lake; give the command again"
        )
    states.tidy()
    return Pushed(number + 1, manifest, upload.count, upload.bytes)


@dataclass
class _Upload:
    """What one push uploads; contents that the base state holds are there already."""

    objects: Objects
    there: set[str]
    count: int = 0
    bytes: int = 0

    def stored(self, path: Path, known: Stored | None) -> Stored:
        """Upload a file, if its content is new; one with the size and time that are known is not read."""
        stat = path.stat()
        if known and (known.bytes, known.modified_ns) == (stat.st_size, stat.st_mtime_ns):
            return known
        content = path.read_bytes() if stat.st_size <= SMALL_BYTES else None
        sha256 = checksum(path) if content is None else hashlib.sha256(content).hexdigest()
        if sha256 not in self.there:
            self.objects.write(object_name(sha256), path if content is None else content)
            self.there.add(sha256)
            self.count += 1
            self.bytes += stat.st_size
        if content is None and path.stat().st_mtime_ns != stat.st_mtime_ns:
            raise FileNotFoundError(2, "it is still being written", str(path))
        return Stored(sha256, len(content) if content is not None else stat.st_size, stat.st_mtime_ns)


def _database(upload: _Upload, database: Path, before: Stored | None) -> Stored | None:
    if not database.exists():
        return None
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "operational.sqlite"
        copy_database(database, copy)
        os.utime(copy, ns=(0, 0))
        sha256 = checksum(copy)
        if before and before.sha256 == sha256:
            return before
        return upload.stored(copy, None)


def object_name(sha256: str) -> str:
    """The name of the object that holds a content."""
    return blob(Path(), sha256).as_posix()


def collect(objects: Objects, states: Iterable[Manifest], older_than: dt.timedelta) -> int:
    """Delete contents that none of the states holds and that were written long enough ago; how many."""
    held = {object_name(one.sha256) for manifest in states for one in manifest.stored().values()}
    found = objects.names("files")
    newest = max((at for _, at in found), default=dt.datetime.now(dt.UTC))
    gone = [name for name, at in found if name not in held and newest - at > older_than]
    objects.delete(gone)
    return len(gone)
