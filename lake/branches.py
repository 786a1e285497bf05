"""Branches of a lake: another lake whose tables share their files with the first until one of them writes.

Data files and commits of Delta never change, so a branch is made of hard links: it takes no room, and a vacuum of one
lake leaves the other's files where they are. Everything else (landed files, settings) is copied. A branch is brought
back by adding its commits to the lake it came from, where that lake has not moved since.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lake.backup.selection import newest_versions, other_files, table_files
from lake.delta.storage import commit_identity, log_files, newest_version
from lake.lakehouse import PUBLISHED, Lake

RECORD = "branch.json"
PUBLISHED_KEY = f"lake/{PUBLISHED.name}"


class BranchError(ValueError):
    """A branch cannot be made or brought back; nothing that readers see has changed."""


@dataclass(frozen=True)
class Origin:
    """Where a branch comes from: the lake's folder, and the newest version of each of its tables."""

    lake: str
    versions: dict[str, int]


@dataclass(frozen=True)
class Branched:
    """What making a branch did: tables, files that are shared, bytes that were copied."""

    tables: int
    shared_files: int
    copied_bytes: int


def make_branch(lake: Lake, root: Path) -> Branched:
    """Make a lake in the folder `root` that holds what the lake holds now, as a killed run would leave it.

    Raises:
        BranchError: there is no lake, the folder is not empty, or it lies in the lake or on another disk.
    """
    root = root.absolute()
    if not lake.keys():
        raise BranchError(f"{lake.root}: holds no table; name the lake with --from")
    if root.is_relative_to(lake.root):
        raise BranchError(f"{root}: lies inside the lake {lake.root}; name a folder beside it")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BranchError(f"{root}: is not empty; name another folder")
    building = root.with_name(f".{root.name}.branching")
    shutil.rmtree(building, ignore_errors=True)
    versions = newest_versions(lake)
    published = lake.published(versions[PUBLISHED_KEY]) if PUBLISHED_KEY in versions else {}
    shared = [path for key, at in versions.items() for path in table_files(lake, key, at, published.get(key))]
    try:
        for path in shared:
            _share(path, building / path.relative_to(lake.root))
    except BranchError:
        shutil.rmtree(building, ignore_errors=True)
        raise
    copied = [path for path in other_files(lake) if path != lake.root / RECORD and not path.name.startswith(".")]
    for path in copied:
        _copy(path, building / path.relative_to(lake.root))
    _write_record(building, Origin(str(lake.root), versions))
    if root.exists():
        root.rmdir()
    building.rename(root)
    return Branched(len(versions), len(shared), sum(path.stat().st_size for path in copied))


def origin_of(branch: Lake) -> Origin:
    """Where the branch comes from.

    Raises:
        BranchError: the lake is no branch.
    """
    try:
        return Origin(**json.loads((branch.root / RECORD).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BranchError(f"{branch.root}: is no branch; lacquer branch new makes one") from None


def publish_branch(branch: Lake) -> list[str]:
    """Bring what the branch has published back to its lake, in one commit for readers; the tables that changed.

    A call that was killed is completed by the next one.

    Raises:
        BranchError: the lake has moved since the branch was made, or is gone.
    """
    origin = origin_of(branch)
    lake = Lake(origin.lake)
    ours = newest_versions(branch)
    changed = [key for key, at in sorted(ours.items()) if key != PUBLISHED_KEY and at > origin.versions.get(key, -1)]
    published = branch.published()
    seen = {key: published[key] for key in changed if key in published}
    moved = _moved(lake, branch, origin.versions, ours)
    if moved == [PUBLISHED_KEY] and seen.items() <= lake.published().items():
        moved = []  # a call that was killed after it had published
    if moved:
        raise BranchError(
            f"{lake.root}: has moved since the branch was made ({', '.join(moved)}); make a new branch and run it again"
        )
    for key in changed:
        log = _log(branch, key, ours[key])
        data = set(table_files(branch, key, ours[key], published.get(key))) - set(log)
        for path in (*sorted(data), *log):  # a commit stands after what it names
            target = lake.path(key) / path.relative_to(branch.path(key))
            if not target.exists():
                _share(path, target)
            elif _is_later(path, origin.versions.get(key, -1)) and not target.samefile(path):
                raise BranchError(f"{lake.root}: {key} was written meanwhile; make a new branch and run it again")
    landing = branch.root / "landing"
    for path in other_files(branch):
        target = lake.root / path.relative_to(branch.root)
        if path.is_relative_to(landing) and not target.exists():
            _copy(path, target)
    if seen:
        lake.publish(seen, f"branch-{branch.root.name}"[:64])
    _write_record(branch.root, Origin(origin.lake, {**ours, PUBLISHED_KEY: newest_version(lake.path(PUBLISHED_KEY))}))
    return changed


def _moved(lake: Lake, branch: Lake, base: Mapping[str, int], ours: Mapping[str, int]) -> list[str]:
    """Tables of the lake with a commit that is neither the branch's own nor from before it."""
    theirs = newest_versions(lake)
    found = [key for key in base if key not in theirs]
    for key, at in theirs.items():
        later = range(base.get(key, -1) + 1, at + 1)
        if any(
            at > ours.get(key, -1) or commit_identity(lake.path(key), one) != commit_identity(branch.path(key), one)
            for one in later
        ):
            found.append(key)
    return sorted(found)


def _log(lake: Lake, key: str, until: int) -> list[Path]:
    """The commits in order, then checkpoints: a checkpoint must not stand before its commit."""
    files = log_files(lake.path(key), until)
    return sorted(files, key=lambda path: (path.suffix != ".json", path.name))


def _is_later(path: Path, base: int) -> bool:
    """Whether a file is a commit from after the branch was made."""
    return path.suffix == ".json" and path.stem.isdecimal() and int(path.stem) > base


def _share(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError as error:
        raise BranchError(
            f"{target}: cannot share {path} ({error.strerror}); a branch lies on the same disk as its lake"
        ) from error


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)  # with its time of change, by which the ledger of landed files knows it


def _write_record(root: Path, origin: Origin) -> None:
    part = root / f".{RECORD}.part"
    part.write_text(json.dumps(asdict(origin), indent=1), encoding="utf-8")
    part.replace(root / RECORD)
