"""The audio inbox: a folder that people put files into. Who looks registers by content what has come to rest.

Copying goes on while one looks. A file that was changed a moment ago is looked at again after a pause; one that still
grows is left for the next time. One that passes for whole all the same is mended by itself: its whole bytes are another
file, which stands for the track in its place.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lake.audio_files import AUDIO_FILES, UPLOADED, Row, in_state, put_files, read_files
from lake.landing import LANDED_FILES, LandedFile, write_ledger
from lake.views import literal, reading_connection, snapshot_sql

if TYPE_CHECKING:
    from lake.lakehouse import Lake

REST_S = 3.0  # a copy that makes no progress for so long is taken for finished
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download")
TABLE = f"{AUDIO_FILES.layer}/{AUDIO_FILES.name}"


@dataclass(frozen=True)
class Linked:
    """What is said of the track of a file: its number and who says so, or why there is none."""

    track_id: str | None
    by: str | None
    note: str | None


@dataclass(frozen=True)
class Look:
    """What the inbox holds: files at rest by name, names of those that are still written, what could not be read."""

    files: Mapping[str, LandedFile] = field(default_factory=dict)
    growing: Sequence[str] = ()
    unreadable: Sequence[str] = ()


@dataclass(frozen=True)
class Registered:
    """What a registration did; ``version`` is that of the table of files."""

    version: int
    files: int = 0
    new: int = 0
    look: Look = field(default_factory=Look)


def look(folder: Path, wanted: Callable[[Path], bool], *, rest_s: float = REST_S) -> Look:
    """The files of the inbox and of the folders in it; after a pause where some were changed just now.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    first = _stand(folder, wanted)
    young = [name for name, file in first.items() if abs(time.time() - file.modified_ns / 1e9) < rest_s]
    if not young:
        return Look(first)
    time.sleep(rest_s)
    second = _stand(folder, wanted)
    resting = {name: file for name, file in second.items() if first.get(name) == file}
    return Look(resting, sorted(second.keys() - resting.keys()))


def _stand(folder: Path, wanted: Callable[[Path], bool]) -> dict[str, LandedFile]:
    if not folder.is_dir():
        raise NotADirectoryError(f"the inbox {folder} is no folder: make it, or name another one in LACQUER_INBOX")
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts) or path.suffix.lower() in UNFINISHED or not wanted(path):
            continue
        try:
            stat = path.stat()
            if path.is_file():
                found[str(name)] = LandedFile(path, str(name), stat.st_size, stat.st_mtime_ns)
        except OSError:  # moved away between the listing and the look, or a link to nowhere
            continue
    return found


def known_contents(lake: Lake) -> dict[tuple[str, int, int], str]:
    """The content of each file that was read before, by name, size and time of change."""
    ledger = lake.table(LANDED_FILES)
    if not ledger.exists():
        return {}
    rows = reading_connection().execute(
        "select landed_path, bytes, modified_ns, batch_id "
        f"from ({snapshot_sql(ledger.shared())}) where table_name = {literal(TABLE)}"
    )
    return {(name, size, modified): sha for name, size, modified, sha in rows.fetchall()}


def contents(lake: Lake, found: Look) -> tuple[dict[str, list[LandedFile]], Look]:
    """The files of each content, by SHA-256; only what the ledger does not know is read, and told to it."""
    known = known_contents(lake)
    by_sha: dict[str, list[LandedFile]] = {}
    fresh: list[tuple[str, LandedFile]] = []
    growing, unreadable = list(found.growing), list(found.unreadable)
    for name, file in found.files.items():
        if not _is_text(name):
            unreadable.append(f"{name!a}: its name is no UTF-8; rename it")
            continue
        sha = known.get((file.name, file.bytes, file.modified_ns))
        if sha is None:
            try:
                sha = file.sha256()
                stat = file.path.stat()
            except OSError as error:
                unreadable.append(f"{name}: {error.strerror or error}")
                continue
            if (stat.st_size, stat.st_mtime_ns) != (file.bytes, file.modified_ns):
                growing.append(name)
                continue
            fresh.append((sha, file))
        by_sha.setdefault(sha, []).append(file)
    write_ledger(lake, lake.table(AUDIO_FILES), fresh, {sha: 1 for sha, _ in fresh})
    resting = {file.name: file for files in by_sha.values() for file in files}
    return by_sha, Look(resting, growing, unreadable)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # the bytes of a name that Python could not read
        return False
    return True


def register(lake: Lake, found: Look, link: Callable[[LandedFile], Linked]) -> Registered:
    """Bring the table of files up to what the inbox holds; only rows that change are written.

    Args:
        lake: where to.
        found: what the inbox holds.
        link: what is said of a file's track; asked anew each time, as the PIM may know more by now.
    """
    by_sha, seen = contents(lake, found)
    standing, now = read_files(lake), dt.datetime.now(dt.UTC)
    rows = {sha: _row(standing.get(sha), sha, files, link, now) for sha, files in by_sha.items()}
    gone = [row for sha, row in standing.items() if sha not in rows and row["copies"]]
    changed = [row for sha, row in rows.items() if row != standing.get(sha)]
    changed += [{**row, "copies": 0} for row in gone]
    version = put_files(lake, changed)
    return Registered(version, len(rows), len(rows.keys() - standing.keys()), seen)


def _row(
    standing: Row | None,
    sha: str,
    files: Sequence[LandedFile],
    link: Callable[[LandedFile], Linked],
    now: dt.datetime,
) -> Row:
    """The row of a content, of which the inbox holds these files: the first that names a track speaks for all."""
    said = [(link(file), file) for file in files]
    linked, _ = next(((one, file) for one, file in said if one.track_id), said[0])
    first = files[0]
    place = {
        "path": first.name,
        "copies": len(files),
        "modified_at": dt.datetime.fromtimestamp(first.modified_ns // 1000 / 1e6, dt.UTC),
        "track_id": linked.track_id,
        "linked_by": linked.by,
        "link_note": linked.note,
    }
    if standing is not None:
        return {**standing, **place}
    row: Row = {"file_id": sha, "bytes": first.bytes, "attempts": 0, "analyser_version": None, **place}
    return in_state({**row, "registered_at": now}, UPLOADED)
