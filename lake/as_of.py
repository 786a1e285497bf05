"""Lay out a lake as a run found it: the inputs of the run, in another folder, so that the run can be made again.

Tables come at the versions that the run began with and share their files with the lake where both lie on one disk.
Landed files come as the run had read them by its end. Other files (settings) are copied as they are now. What a vacuum
has taken, or what has changed since, is a reason to refuse; nothing is laid out then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from lake.backup.selection import LEFT_OUT, other_files
from lake.delta.sessions import PINS
from lake.delta.storage import data_files, has_data_files, log_files
from lake.delta.table import Table
from lake.ingest.landing.ledger import LANDED_FILES
from lake.journals.run_inputs import RunInputs
from lake.lakehouse import PUBLISHED, Lake

# Written for people and other systems; the run makes them anew, or must not send them twice.
NOT_INPUTS = (*LEFT_OUT, "outbox", "reports", "truth")
BOOKS = (f"lake/{PINS.name}", f"lake/{PUBLISHED.name}")
TOPIC = "kafka:"


class NotReproducibleError(ValueError):
    """The inputs of a run are no longer all there, or the folder cannot take them."""


@dataclass(frozen=True)
class LaidOut:
    """What was laid out: tables, files of theirs, landed files."""

    tables: int
    table_files: int
    landed_files: int


@dataclass(frozen=True)
class _Landed:
    path: str
    sha256: str
    is_new: bool  # read by the run itself


def lay_out(
    lake: Lake, inputs: RunInputs, root: Path, *, as_published: Collection[str] = (), retention: str = ""
) -> LaidOut:
    """Make a lake in the folder ``root`` that stands as the run found it.

    Args:
        lake: where the run was.
        inputs: of the run.
        root: of the new lake; absent or empty.
        as_published: tables that come as the run left them, because they cannot be made again from the lake.
        retention: how long versions are kept, for the reason of a refusal.

    Raises:
        NotReproducibleError: with every reason.
    """
    root = root.absolute()
    if root == lake.root or root.is_relative_to(lake.root):
        raise NotReproducibleError(f"{root}: lies in the lake {lake.root}; name another folder with --lake")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise NotReproducibleError(f"{root}: is not empty; name another folder with --lake")
    left = {key: at for key, at in inputs.published.items() if key in as_published}
    versions = {key: at for key, at in {**inputs.began_with, **left}.items() if key not in BOOKS}
    if reasons := [*_gone(lake, versions), *_read_from_topics(lake, inputs)]:
        raise NotReproducibleError(_refusal(inputs, reasons, retention))
    landed = _landed(lake, inputs)
    if reasons := _changed(lake, landed):
        raise NotReproducibleError(_refusal(inputs, reasons, ""))
    building = root.with_name(f".{root.name}.laying-out")
    shutil.rmtree(building, ignore_errors=True)
    shared = 0
    for key, version in versions.items():
        for path in (*log_files(lake.path(key), version), *data_files(Table(lake.path(key)).snapshot(version))):
            share(path, building / path.relative_to(lake.root))
            shared += 1
    _copy_others(lake, landed, building)
    Lake(building).publish(versions, f"before-{inputs.run_id}"[:64])
    if root.exists():
        root.rmdir()
    building.rename(root)
    return LaidOut(len(versions), shared, len(landed))


def share(path: Path, target: Path) -> None:
    """Give a file that never changes a second name, or a copy where that cannot be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)


def is_kept(lake: Lake, key: str, version: int) -> bool:
    """Whether the log and every file of the version are still there."""
    from deltalake.exceptions import DeltaError

    try:
        return has_data_files(Table(lake.path(key)).snapshot(version))
    except (DeltaError, OSError, ValueError):  # the log no longer reaches back to it
        return False


def _gone(lake: Lake, versions: Mapping[str, int]) -> list[str]:
    return [f"{key} version {at} is gone" for key, at in sorted(versions.items()) if not is_kept(lake, key, at)]


def _refusal(inputs: RunInputs, reasons: list[str], more: str) -> str:
    shown = "; ".join(reasons[:5]) + (f"; and {len(reasons) - 5:,} more" if len(reasons) > 5 else "")
    when = f"{inputs.recorded_at:%Y-%m-%d %H:%M} UTC"
    return f"run {inputs.run_id} of {when} cannot be made again: {shown}{f'. {more}' if more else ''}"


def _read_from_topics(lake: Lake, inputs: RunInputs) -> list[str]:
    """Bronze tables of which the run itself read messages: topics are outside the lake."""
    found = []
    for key, version in inputs.published.items():
        before = inputs.began_with.get(key, -1)
        if not key.startswith("bronze/") or version == before or not is_kept(lake, key, version):
            continue
        con = lake.connect({key: version})
        table = key.replace("/", ".")
        if "landed_path" not in con.table(table).columns:
            continue
        rows = _messages(lake, key, version) - (_messages(lake, key, before) if before >= 0 else 0)
        if rows:
            found.append(f"it read {rows:,} messages for {key} from topics itself; read them with lacquer ingest first")
    return found


def _messages(lake: Lake, key: str, version: int) -> int:
    con, table = lake.connect({key: version}), key.replace("/", ".")
    return int(con.execute(f"select count(*) from {table} where starts_with(landed_path, '{TOPIC}')").fetchall()[0][0])


def _landed(lake: Lake, inputs: RunInputs) -> list[_Landed]:
    """The files that had been read by the run's end, by the ledger as it stood then.

    Raises:
        NotReproducibleError: the ledger of that moment is gone.
    """
    key = f"{LANDED_FILES.layer}/{LANDED_FILES.name}"
    if inputs.landed_files < 0:
        return []
    if not is_kept(lake, key, inputs.landed_files):
        raise NotReproducibleError(_refusal(inputs, [f"{key} version {inputs.landed_files} is gone"], ""))
    journal, before = lake.journal(LANDED_FILES), inputs.began_with.get(key, -1)
    asked = "select distinct table_name, batch_id, landed_path, modified_ns from journal"
    old = set(journal.select(asked, version=before)) if before >= 0 else set()
    rows = journal.select(f"{asked} order by landed_path, modified_ns", version=inputs.landed_files)
    return [_Landed(row[2], row[1], row not in old) for row in rows]


def _changed(lake: Lake, landed: list[_Landed]) -> list[str]:
    """New files of the run that are gone, or that hold something else by now."""
    found = []
    for one in landed:
        path = lake.root / "landing" / one.path
        if one.is_new and not path.is_file():
            found.append(f"landing/{one.path} is gone")
        elif one.is_new and _sha256(path) != one.sha256:
            found.append(f"landing/{one.path} has changed since the run read it")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_others(lake: Lake, landed: list[_Landed], building: Path) -> None:
    """Copy the landed files of the run, and the other files but those that landed since."""
    landing = lake.root / "landing"
    read = {one.path for one in landed}
    later = {row[0] for row in lake.journal(LANDED_FILES).select("select distinct landed_path from journal")} - read
    for path in other_files(lake):
        top = path.relative_to(lake.root).parts[0]
        if top in NOT_INPUTS or (path.is_relative_to(landing) and str(path.relative_to(landing)) in later):
            continue
        target = building / path.relative_to(lake.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)  # with its time of change, by which the ledger knows it


def tables_of(inputs: RunInputs) -> list[str]:
    """The tables of data that the run published."""
    return sorted(key for key in inputs.published if not key.startswith("lake/"))
