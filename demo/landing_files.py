"""Writing landing files: atomic, each once, never changed afterwards.

`.pack.json` pins the pack and the options that its content follows from; `.landed.jsonl` notes each finished file with
its size, hash and time, so that a rerun need not make it again. Losing the note costs time and nothing else: the file
is made again and compared. What the lines say is the packs' business.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.pack import Landed, PackError, StreamCount

STREAMS = ("pim", "erp", "signals", "feedback")


class _Part:
    """A file in the making, beside its place: `add` whole lines, then `finish`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.part = path.with_name(f".{path.name}.part")
        self._file = self.part.open("wb")
        self._digest = hashlib.sha256()
        self.bytes = 0
        self.lines = 0

    def add(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._digest.update(chunk)
        self.bytes += len(chunk)
        self.lines += chunk.count(b"\n")

    def finish(self) -> str:
        """Bring the file to the disk and return the hash of its content."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def give_up(self) -> None:
        self._file.close()
        self.part.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there in full or not at all."""
    part = _Part(path)
    part.add(content)
    part.finish()
    part.part.replace(path)


def _sha256(path: Path) -> str:
    """The hash in one piece: piece by piece, each would wait for other threads' Python."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class _Note:
    bytes: int
    lines: int
    sha256: str
    modified_ns: int | None = None  # None: not known, so the content is looked at

    def holds_for(self, path: Path) -> bool:
        """Whether the file is as it was written; by its time, and when that is another, by its content."""
        stat = path.stat()
        if stat.st_size != self.bytes:
            return False
        return stat.st_mtime_ns == self.modified_ns or _sha256(path) == self.sha256


@dataclass
class LandingFiles:
    """The landing folder of one lake. `open` it, then `write` what `is_complete` does not know."""

    root: Path
    pinned: Mapping[str, Any]
    _notes: dict[str, _Note] = field(default_factory=dict)
    _new: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path, pack: str, pinned: Mapping[str, Any]) -> LandingFiles:
        """Open the landing folder under `root`; the options it was begun with must be the ones given."""
        cls.check_pinned(root, pack, pinned)
        wanted = {"pack": pack, **pinned}
        if not cls.pinned_before(root):
            content = (json.dumps(wanted, indent=2) + "\n").encode()
            write_atomically(root / "landing" / ".pack.json", content)
        files = cls(root, wanted)
        files._read_notes()
        return files

    @classmethod
    def check_pinned(cls, root: Path, pack: str, pinned: Mapping[str, Any]) -> None:
        """Raise when the landing folder was begun by another pack or with other options."""
        before = cls.pinned_before(root)
        for name, value in {"pack": pack, **pinned}.items():
            if before and before.get(name) != value:
                raise PackError(
                    f"{root} was landed with {name}={before.get(name)}, now {name}={value} is asked; landing files "
                    f"never change: ask for {name}={before.get(name)}, or take another lake root"
                )

    @staticmethod
    def pinned_before(root: Path) -> Mapping[str, Any]:
        """Return the options that the landing folder was begun with, empty when there is none."""
        path = root / "landing" / ".pack.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    @staticmethod
    def last_name(root: Path, stream: str) -> str | None:
        """Return the last file name of a stream, in reading order."""
        return max((path.name for path in (root / "landing" / stream).glob("[!.]*.jsonl")), default=None)

    @property
    def _notes_path(self) -> Path:
        return self.root / "landing" / ".landed.jsonl"

    def _read_notes(self) -> None:
        if not self._notes_path.exists():
            return
        text = self._notes_path.read_text()
        for line in text.split("\n")[:-1]:
            note = json.loads(line)
            self._notes[note["file"]] = _Note(note["bytes"], note["lines"], note["sha256"], note.get("modified_ns"))
        complete = text[: text.rfind("\n") + 1]
        if complete != text:  # a kill tore the last note: without this the next one would be glued to it
            write_atomically(self._notes_path, complete.encode())

    def is_complete(self, stream: str, name: str) -> bool:
        """Whether the file is there as it was written, or is known to have no lines.

        Raises:
            PackError: the file is there and is not what was written.
        """
        note = self._notes.get(f"{stream}/{name}")
        if note is None or note.lines == 0:
            return note is not None
        path = self.root / "landing" / stream / name
        if not path.exists():
            return False
        if not note.holds_for(path):
            raise self._differs(path)
        return True

    @contextmanager
    def file(self, stream: str, name: str) -> Iterator[_Part]:
        """Open one landing file to `add` whole lines to; it appears when the block ends, and not when it has no lines.

        Raises:
            PackError: a file of this name is there with other content.
        """
        path = self.root / "landing" / stream / name
        part = _Part(path)
        try:
            yield part
        except BaseException:
            part.give_up()
            raise
        sha256 = part.finish()
        if path.exists():
            same = filecmp.cmp(part.part, path, shallow=False)
            part.give_up()
            if not same:
                raise self._differs(path)
        elif part.lines == 0:
            part.give_up()
        else:
            part.part.replace(path)
            self._new[f"{stream}/{name}"] = part.lines
        modified_ns = path.stat().st_mtime_ns if part.lines else None
        self._note(f"{stream}/{name}", _Note(part.bytes, part.lines, sha256, modified_ns))

    def write(self, stream: str, name: str, chunks: Iterable[bytes]) -> None:
        """Write one landing file of whole lines; see `file`."""
        with self.file(stream, name) as part:
            for chunk in chunks:
                part.add(chunk)

    def _note(self, file: str, note: _Note) -> None:
        with self._notes_path.open("a") as notes:
            notes.write(json.dumps({"file": file, **vars(note)}) + "\n")
        self._notes[file] = note

    def _differs(self, path: Path) -> PackError:
        return PackError(
            f"{path} is there with other content than this pack and its options {dict(self.pinned)} make; "
            "landing files never change: take another lake root, or remove the file to have it made again"
        )

    def landed(self) -> Landed:
        """Count what stands in the landing folder and what was new."""
        streams: dict[str, StreamCount] = {}
        for stream in STREAMS:
            notes = [note for name, note in self._notes.items() if name.startswith(f"{stream}/") and note.lines]
            new = [lines for name, lines in self._new.items() if name.startswith(f"{stream}/")]
            if notes:
                totals = (len(notes), sum(note.lines for note in notes), sum(note.bytes for note in notes))
                streams[stream] = StreamCount(*totals, new_files=len(new), new_lines=sum(new))
        return Landed(self.root, streams)
