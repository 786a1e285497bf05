"""Which files have landed: lines as they are, and the ERP's extracts, whose rows are read as lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lake.ingest.landing.extracts.file import ExtractFile, is_extract
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
        found.append(kind(path, str(name), stat.st_size, stat.st_mtime_ns))
    return found
