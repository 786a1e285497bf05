"""An inbox that is a folder, with the folders in it. Its files are where they are; nothing is copied."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lake.ingest.inbox.audio_files import Row
from lake.ingest.inbox.place import (
    InboxFile,
    InboxUnreachableError,
    Look,
    NotAtHandError,
    StillWrittenError,
    Wanted,
    is_passed_over,
)


@dataclass(frozen=True)
class Folder:
    """The folder at ``path``. Links to files are followed, links to folders are not: they may lead in a circle."""

    path: Path

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.path)

    def stand(self, wanted: Wanted) -> Look:
        """Its files by name; a folder in it that cannot be read is told."""
        if not self.path.is_dir():
            raise InboxUnreachableError(
                f"the inbox {self.path} is no folder: make it, or name another one in LACQUER_INBOX"
            )
        refused: list[OSError] = []
        found: dict[str, InboxFile] = {}
        for folder, folders, names in os.walk(self.path, onerror=refused.append):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (Path(folder, name) for name in names):
                name = path.relative_to(self.path)
                if is_passed_over(name) or not wanted(name):
                    continue
                try:
                    stat = path.stat()
                    if path.is_file():
                        found[str(name)] = InboxFile(str(name), stat.st_size, stat.st_mtime_ns)
                except OSError:  # moved away between the listing and the look, or a link to nowhere
                    continue
        told = [f"{str(Path(error.filename).relative_to(self.path))!a}: {error.strerror}" for error in refused]
        return Look(dict(sorted(found.items())), unreadable=sorted(told))

    def sha256(self, file: InboxFile) -> str:
        """The hash of a file's bytes, if it is afterwards what it was."""
        path = self.path / file.name
        with path.open("rb") as opened:
            sha = hashlib.file_digest(opened, "sha256").hexdigest()
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (file.bytes, file.modified_ns):
            raise StillWrittenError(file.name)
        return sha

    def text(self, name: str, most_bytes: int) -> bytes | None:
        """The bytes of a small file."""
        try:
            path = self.path / name
            return path.read_bytes() if path.stat().st_size <= most_bytes else None
        except FileNotFoundError:
            return None

    def at_hand(self, row: Row) -> Path:
        """The file itself, as long as size and time are those that were registered."""
        path = self.path / str(row["path"])
        try:
            stat = path.stat()
        except FileNotFoundError as error:
            raise NotAtHandError("no such file: it was moved since the inbox was looked at") from error
        except OSError as error:
            raise NotAtHandError(f"cannot be read: {error.strerror or error}") from error
        as_registered = row["bytes"], round(row["modified_at"].timestamp() * 1e6)
        if (stat.st_size, stat.st_mtime_ns // 1000) != as_registered:
            raise NotAtHandError("changed since the inbox was looked at")
        return path

    def add(self, name: str, source: Path) -> None:
        """Copy a file there beside its place, and put it there in one step."""
        target = self.path / name
        part = target.with_name(f".{target.name}.part")
        with source.open("rb") as reading, part.open("wb") as writing:
            shutil.copyfileobj(reading, writing)
            writing.flush()
            os.fsync(writing.fileno())
        part.replace(target)

    def let_go(self, kept: Collection[str]) -> None:
        """Nothing was fetched."""
