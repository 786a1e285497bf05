"""Which files have landed: lines as they are, and the ERP's extracts, whose rows are read as lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lake.ingest.landing.extracts.file import FOLDER, ExtractFile, is_extract
from lake.ingest.landing.extracts.options import SIDECAR
from lake.ingest.landing.file import LandedFile


def _below(folder: Path) -> Iterator[Path]:
    """The files below the folder, through linked folders too; a folder that is linked within itself is read once."""
    seen: set[tuple[int, int]] = set()
    for place, names, files in os.walk(folder, followlinks=True):
        stat = os.stat(place)
        if (stat.st_dev, stat.st_ino) in seen:
            names.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        yield from (Path(place, name) for name in files)


def landed_files(folder: Path) -> list[LandedFile]:
    """The files below the folder in the order of their names; dot files and ``.part`` files are being written."""
    found: list[LandedFile] = []
    for path in sorted(_below(folder)) if folder.is_dir() else []:
        name = path.relative_to(folder.parent)
        if path.suffix == ".part" or any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        stat, extract = path.stat(), is_extract(name)
        if extract and path.name == SIDECAR:
            continue
        kind = ExtractFile if extract else LandedFile
        found.append(kind(path, _shown(str(name)), stat.st_size, stat.st_mtime_ns))
    return found


def unread(landing: Path, streams: Sequence[str]) -> list[str]:
    """What lies in the landing folder and is read by no stream, each with the way out.

    Args:
        landing: the landing folder.
        streams: the names of the folders that are read.
    """
    found = []
    for path in sorted(landing.iterdir()) if landing.is_dir() else []:
        if path.name in streams or path.name.startswith("."):
            continue
        count = sum(1 for _ in _below(path)) if path.is_dir() else 1
        if count:
            near = next((one for one in streams if one == path.name.lower().strip()), None)
            where = near or f"one of {', '.join(sorted(streams))}"
            words = f"landing/{_shown(path.name)}: {count:,} files are read by nobody; move them into landing/{where}"
            found.append(words)
    for stream in streams:
        for path in sorted(_below(landing / stream)) if (landing / stream).is_dir() else []:
            if path.is_symlink() and not path.exists():
                found.append(f"landing/{_shown(str(path.relative_to(landing)))}: a link to what is not there")
            elif path.parent == landing / "erp" / FOLDER:
                found.append(
                    f"landing/{_shown(str(path.relative_to(landing)))}: an extract lies in the folder of its table, "
                    f"landing/erp/{FOLDER}/TABLE/{_shown(path.name)}; it was read as lines of JSON"
                )
    return found


def _shown(name: str) -> str:
    """A name as it can be printed, whatever its bytes."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
