"""The files that a pull lands: envelopes, one a line, first under a name that nobody reads, then named by content."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

CONNECTOR = "sql"
FILE_LINES = 100_000


def clear_leavings(folder: Path) -> None:
    """Remove what a killed pull was writing; call it within the lock of pulls."""
    for part in folder.glob(".*.part"):
        part.unlink()


def stated(
    table: str, row: Mapping[str, str | None], position: int, changed_ms: int, watermark: str | None = None
) -> str:
    """The envelope of a row as the database has it; ``watermark`` names the column that marks changes there."""
    return _envelope("r", None, row, table, position, changed_ms, watermark=watermark)


def deleted(
    table: str,
    key: Mapping[str, str | None],
    position: int,
    changed_ms: int,
    *,
    connector: str = CONNECTOR,
    place: Mapping[str, object] | None = None,
) -> str:
    """The envelope of a key that the source no longer has; ``place`` is its place among changes of that position."""
    return _envelope("d", key, None, table, position, changed_ms, connector, place=place)


def _envelope(
    op: str,
    before: Mapping[str, str | None] | None,
    after: Mapping[str, str | None] | None,
    table: str,
    position: int,
    changed_ms: int,
    connector: str = CONNECTOR,
    watermark: str | None = None,
    place: Mapping[str, object] | None = None,
) -> str:
    source: dict[str, object] = {"connector": connector, "table": table, "position": position, "ts_ms": changed_ms}
    source |= ({"watermark": watermark} if watermark else {}) | dict(place or {})
    envelope = {"op": op, "before": before, "after": after, "source": source}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


@dataclass
class PulledFiles:
    """The files of one table and one pull; none is visible before :meth:`land`.

    Attributes:
        folder: ``landing/erp/pulled``.
        table: the ERP table.
        pulled_at: the pull's moment, which the names begin with.
    """

    folder: Path
    table: str
    pulled_at: dt.datetime
    lines: int = 0
    _in_file: int = 0
    _parts: list[tuple[Path, str]] = field(default_factory=list)
    _open: BinaryIO | None = None

    def write(self, lines: Sequence[str]) -> None:
        """Add the lines."""
        for start in range(0, len(lines), FILE_LINES):
            self._write(lines[start : start + FILE_LINES])

    def _write(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        if self._open is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f".{self.table}.{os.getpid()}.{len(self._parts)}.part"
            self._open = part.open("w+b")
            self._parts.append((part, ""))
            self._in_file = 0
        self._open.write("".join(line + "\n" for line in lines).encode())
        self.lines += len(lines)
        self._in_file += len(lines)
        if self._in_file >= FILE_LINES:
            self._finish()

    def _finish(self) -> None:
        if self._open is None:
            return
        self._open.flush()
        os.fsync(self._open.fileno())
        self._open.close()
        self._open = None
        part, _ = self._parts[-1]
        digest = sha256(part.read_bytes()).hexdigest()[:12]
        name = f"{self.pulled_at:%Y-%m-%dT%H%M%S}--{self.table}--{digest}.jsonl"
        self._parts[-1] = (part, name)

    def land(self) -> list[Path]:
        """Make the files visible, each whole."""
        self._finish()
        landed = []
        for part, name in self._parts:
            landed.append(part.replace(self.folder / name))
        self._parts.clear()
        return landed

    def drop(self) -> None:
        """Remove what was not landed."""
        if self._open is not None:
            self._open.close()
            self._open = None
        for part, _ in self._parts:
            with suppress(FileNotFoundError):
                part.unlink()
        self._parts.clear()
