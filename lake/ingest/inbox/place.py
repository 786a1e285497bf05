"""What a place must offer to be an inbox: its files by name, the hash and text of one, its bytes at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import Protocol

from lake.ingest.inbox.audio_files import Row
from lake.ingest.landing.file import LandedFile

UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download")
Wanted = Callable[[PurePath], bool]


class InboxUnreachableError(Exception):
    """The place itself does not answer or does not let us in: nothing can be said of any of its files."""


class StillWrittenError(Exception):
    """The file was another one after it was read than before."""


class NotAtHandError(Exception):
    """The registered bytes cannot be had; the message is the reason, as it stands in the table of files."""


@dataclass(frozen=True)
class InboxFile:
    """A file as it stands: its name below the inbox, size, time of last change, and its ETag where it has one."""

    name: str
    bytes: int
    modified_ns: int
    etag: str | None = None

    @property
    def path(self) -> PurePosixPath:
        """The name, to be taken apart."""
        return PurePosixPath(self.name)

    def landed(self) -> LandedFile:
        """What the ledger of landed files knows it as.

        Object storage tells times in whole seconds, so there the ETag belongs to what tells two states apart.
        """
        known_as = self.name if self.etag is None else f"{self.name}@{self.etag}"
        return LandedFile(Path(self.name), known_as, self.bytes, self.modified_ns)


@dataclass(frozen=True)
class Look:
    """What the inbox holds: files at rest by name, names of those that are still written, what could not be read."""

    files: Mapping[str, InboxFile] = field(default_factory=dict)
    growing: Sequence[str] = ()
    unreadable: Sequence[str] = ()


class Inbox(Protocol):
    """A place with audio files, as it stands for one run."""

    @property
    def address(self) -> str:
        """Where it is, as a person would write it; never holds a secret."""
        ...

    def stand(self, wanted: Wanted) -> Look:
        """Every file that is wanted, as it stands now, and what cannot be looked at.

        Raises:
            InboxUnreachableError: the place does not answer, or is none.
        """
        ...

    def sha256(self, file: InboxFile) -> str:
        """The hash of a file's bytes.

        Raises:
            StillWrittenError: it was changed meanwhile.
            OSError: this file cannot be read.
            InboxUnreachableError: no file can.
        """
        ...

    def text(self, name: str, most_bytes: int) -> bytes | None:
        """The bytes of a small file; None where there is none, or it is larger."""
        ...

    def at_hand(self, row: Row) -> Path:
        """A local file with the registered bytes of a row of :data:`lake.ingest.inbox.audio_files.AUDIO_FILES`.

        Raises:
            NotAtHandError: the inbox does not hold them, or not any more.
            InboxUnreachableError: the place does not answer.
        """
        ...

    def add(self, name: str, source: Path) -> None:
        """Put a whole file there under a name of its own; nobody ever sees half of it.

        Raises:
            OSError: it cannot be written.
            InboxUnreachableError: the place does not answer.
        """
        ...

    def let_go(self, kept: Collection[str]) -> None:
        """Nothing but the contents with these ids is wanted at hand any more."""
        ...


def is_passed_over(name: PurePath) -> bool:
    """Whether a file is hidden, or its name says that it is not finished."""
    return any(part.startswith(".") for part in name.parts) or name.suffix.lower() in UNFINISHED


def is_text(name: str) -> bool:
    """Whether a name can be written down: the bytes of a name on disk need be no UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
