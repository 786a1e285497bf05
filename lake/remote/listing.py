"""The files of a working copy: what a push uploads, and what a pull compares.

Locks, pins of runs and what `lake.backup.selection` leaves out stay on their machine.
"""

from __future__ import annotations

import json
from pathlib import Path

from lake.backup.selection import LEFT_OUT, PINS_KEY, newest_versions, other_files
from lake.delta.storage import LAST_CHECKPOINT, LOG, log_files
from lake.lakehouse import LAYERS, Lake


def stays_local(name: str) -> bool:
    """Whether a file, by its path below the lake's root, is of this machine only."""
    top = name.partition("/")[0]
    return top in LEFT_OUT or name.startswith(f"{PINS_KEY}/") or (name.startswith("lake/.") and name.endswith(".lock"))


def present_files(root: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change, in ns, of every file below the root that does not stay local."""
    found = {}
    for path in root.rglob("*") if root.is_dir() else ():
        name = str(path.relative_to(root))
        if not stays_local(name) and path.is_file():
            stat = path.stat()
            found[name] = stat.st_size, stat.st_mtime_ns
    return found


def files_to_push(lake: Lake) -> list[Path]:
    """The files of one moment, while runs may write: every table's log up to a version, and all data files.

    The versions are read first; a file that they name was written before.
    """
    found = []
    for key, version in newest_versions(lake).items():
        folder = lake.path(key)
        found.extend(log_files(folder, version))
        pointer = folder / LOG / LAST_CHECKPOINT
        if pointer.exists() and json.loads(pointer.read_text(encoding="utf-8"))["version"] <= version:
            found.append(pointer)
        found.extend(path for path in folder.rglob("*") if path.is_file() and LOG not in path.parts)
    strays = (path for layer in LAYERS for path in (lake.root / layer).glob("*") if path.is_file())
    found.extend(path for path in [*strays, *other_files(lake)] if not stays_local(str(path.relative_to(lake.root))))
    return found
