"""What of the inbox is registered: by content, and only what has come to rest.

Copying goes on while one looks. A file that was changed a moment ago is looked at again after a pause; one that still
grows is left for the next time. One that passes for whole all the same is mended by itself: its whole bytes are another
file, which stands for the track in its place.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.ingest.inbox.audio_files import AUDIO_FILES, UPLOADED, Row, in_state, put_files, read_files
from lake.ingest.inbox.place import Inbox, InboxFile, Look, StillWrittenError, Wanted, is_text
from lake.ingest.landing.file import LandedFile
from lake.ingest.landing.ledger import LANDED_FILES, write_ledger

if TYPE_CHECKING:
    from lake.lakehouse import Lake

REST_S = 3.0  # a copy that makes no progress for so long is taken for finished
PORTION = 500  # files that are read between two commits of the ledger: so many a killed process reads again
TABLE = f"{AUDIO_FILES.layer}/{AUDIO_FILES.name}"


@dataclass(frozen=True)
class Linked:
    """What is said of the track of a file: its number and who says so, or why there is none."""

    track_id: str | None
    by: str | None
    note: str | None


@dataclass(frozen=True)
class Registered:
    """What a registration did; ``version`` is that of the table of files."""

    version: int
    files: int = 0
    new: int = 0
    look: Look = field(default_factory=Look)


def look(inbox: Inbox, wanted: Wanted, *, rest_s: float = REST_S) -> Look:
    """The files of the inbox that are at rest; after a pause where some were changed just now.

    Raises:
        InboxUnreachableError: there is no such inbox, or it does not answer.
    """
    first = inbox.stand(wanted)
    young = [name for name, file in first.files.items() if abs(time.time() - file.modified_ns / 1e9) < rest_s]
    if not young:
        return first
    time.sleep(rest_s)
    second = inbox.stand(wanted)
    resting = {name: file for name, file in second.files.items() if first.files.get(name) == file}
    return Look(resting, sorted(second.files.keys() - resting.keys()), second.unreadable)


def known_contents(lake: Lake) -> dict[tuple[str, int, int], str]:
    """The content of each file that was read before, by what the ledger knows it as, size and time of change."""
    rows = lake.journal(LANDED_FILES).select(
        "select landed_path, bytes, modified_ns, batch_id from journal where table_name = $name", {"name": TABLE}
    )
    return {(name, size, modified): sha for name, size, modified, sha in rows}


def known_as(file: InboxFile) -> tuple[str, int, int]:
    """The key of a file in :func:`known_contents`."""
    landed = file.landed()
    return landed.name, landed.bytes, landed.modified_ns


def contents(lake: Lake, inbox: Inbox, found: Look) -> tuple[dict[str, list[InboxFile]], Look]:
    """The files of each content, by SHA-256; only what the ledger does not know is read, and told to it.

    Raises:
        InboxUnreachableError: the inbox stopped to answer; the ledger has what was read until then.
    """
    known = known_contents(lake)
    by_sha: dict[str, list[InboxFile]] = {}
    fresh: list[tuple[str, LandedFile]] = []
    growing, unreadable = list(found.growing), list(found.unreadable)
    try:
        for name, file in found.files.items():
            if not is_text(name):
                unreadable.append(f"{name!a}: its name is no UTF-8; rename it")
                continue
            sha = known.get(known_as(file))
            if sha is None:
                try:
                    sha = inbox.sha256(file)
                except StillWrittenError:
                    growing.append(name)
                    continue
                except OSError as error:
                    unreadable.append(f"{name}: {error.strerror or error}")
                    continue
                fresh.append((sha, file.landed()))
                if len(fresh) == PORTION:
                    _remember(lake, fresh)
            by_sha.setdefault(sha, []).append(file)
    finally:
        _remember(lake, fresh)
    resting = {file.name: file for files in by_sha.values() for file in files}
    return by_sha, Look(resting, growing, unreadable)


def _remember(lake: Lake, fresh: list[tuple[str, LandedFile]]) -> None:
    """Tell the ledger of these files, and empty the list."""
    write_ledger(lake, lake.table(AUDIO_FILES), fresh, {sha: 1 for sha, _ in fresh})
    fresh.clear()


def register(lake: Lake, inbox: Inbox, found: Look, link: Callable[[InboxFile], Linked]) -> Registered:
    """Bring the table of files up to what the inbox holds; only rows that change are written.

    Args:
        lake: where to.
        inbox: where the files are.
        found: what it holds.
        link: what is said of a file's track; asked anew each time, as the PIM may know more by now.

    Raises:
        InboxUnreachableError: the inbox stopped to answer; the table stands as it was.
    """
    by_sha, seen = contents(lake, inbox, found)
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
    files: Sequence[InboxFile],
    link: Callable[[InboxFile], Linked],
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
