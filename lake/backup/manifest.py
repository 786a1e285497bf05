"""The record of one backup: the path and the checksum of each file. Written last, so it is whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

BLOCK = 1024 * 1024


class BackupError(RuntimeError):
    """A backup cannot be made, is damaged, or cannot be restored here; the message names the file."""


@dataclass(frozen=True)
class Stored:
    """One file: its SHA-256, its size, and when it was last changed in the lake, in ns since 1970."""

    sha256: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Manifest:
    """One backup.

    Attributes:
        made_at: moment of the backup, ISO 8601 in UTC.
        published: the published version of each table.
        files: every file of the lake, by its path below the lake's folder.
        database: the copy of the operational SQLite database, if there was one.
    """

    made_at: str
    published: dict[str, int]
    files: dict[str, Stored]
    database: Stored | None = None

    def stored(self) -> dict[str, Stored]:
        """Every stored file by its name for people."""
        return {**self.files, **({"operational database": self.database} if self.database else {})}


def manifests(folder: Path) -> list[Path]:
    """The manifests of a backup folder, oldest first."""
    return sorted((folder / "backups").glob("*.json"))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        BackupError: the file is damaged.
    """
    return parsed_manifest(path.read_text(encoding="utf-8"), str(path), "restore an older one with --backup")


def parsed_manifest(text: str, place: str, remedy: str) -> Manifest:
    """The manifest that a text holds.

    Args:
        text: what `manifest_text` wrote.
        place: where it stood, for the message.
        remedy: what to do when it is damaged.

    Raises:
        BackupError: the text is damaged.
    """
    try:
        raw = json.loads(text)
        files = {name: Stored(**one) for name, one in raw["files"].items()}
        database = Stored(**raw["database"]) if raw["database"] else None
        return Manifest(raw["made_at"], raw["published"], files, database)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{place}: no manifest of a backup ({error}); {remedy}") from error


def manifest_text(manifest: Manifest) -> str:
    """A manifest as JSON."""
    return json.dumps(asdict(manifest), indent=1, sort_keys=True)


def write_manifest(folder: Path, name: str, manifest: Manifest) -> Path:
    """Write a manifest under its final name only when all its bytes are on the disk."""
    path = folder / "backups" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beginning = path.with_suffix(".part")
    with beginning.open("w", encoding="utf-8") as file:
        file.write(manifest_text(manifest))
        file.flush()
        os.fsync(file.fileno())
    beginning.rename(path)
    return path


def blob(folder: Path, sha256: str) -> Path:
    """Where the content with a checksum is stored."""
    return folder / "files" / sha256[:2] / sha256


def checksum(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
