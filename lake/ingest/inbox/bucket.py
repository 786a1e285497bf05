"""An inbox in object storage: a bucket of S3 or a container of Azure, below a prefix.

Uploads there appear whole or not at all. An object is fetched once, to be hashed, and lies beside the lake until it has
been heard, as long as what lies there is not over `KEPT_BYTES`; else it is fetched again when its turn comes. A fetch
asks for the ETag that was listed, so that what is hashed is what was listed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from obstore.store import AzureStore, S3Store

KEPT_BYTES = 8 * 2**30
CHUNK_BYTES = 4 * 2**20
LONGEST_NAME = 200  # bytes that a name keeps on disk; systems take 255
LEFT_AFTER_S = 24 * 3600.0  # a part that is so old was left by a process that was killed
STATUS = re.compile(r"status code: (\d{3})")
NOT_LET_IN = "it does not let us in; check LACQUER_INBOX_ACCOUNT and LACQUER_INBOX_SECRET"
REFUSALS = {"401": NOT_LET_IN, "403": NOT_LET_IN, "404": "there is no such bucket or container"}


@dataclass
class Bucket:
    """A bucket below a prefix.

    Attributes:
        address: as it was given, `s3://bucket/prefix`.
        store: the connection to it.
        cache: the folder that objects are fetched to.
        asked: whom it asks, and how often, for messages.
        kept_bytes: how much may lie in that folder unheard.
    """

    address: str
    store: S3Store | AzureStore
    cache: Path
    asked: str
    kept_bytes: int = KEPT_BYTES
    _listed: dict[str, InboxFile] | None = field(default=None, repr=False)
    _held_bytes: int | None = field(default=None, repr=False)

    def stand(self, wanted: Wanted) -> Look:
        """Its objects by name. The listing is remembered: it says which texts there are."""
        self._listed = listed = self._list()
        known = {_key(file) for file in listed.values()}
        for text in self.cache.glob("texts/*"):
            if text.name not in known:
                text.unlink(missing_ok=True)
        names = [name for name, file in listed.items() if not is_passed_over(file.path) and wanted(file.path)]
        return Look({name: listed[name] for name in sorted(names)})

    def _list(self) -> dict[str, InboxFile]:
        listed = {}
        with self._answering():
            for chunk in self.store.list():
                for one in chunk:
                    etag = (one["e_tag"] or "").removeprefix("W/").strip('"') or None
                    modified_ns = round(one["last_modified"].timestamp() * 1e6) * 1000
                    listed[one["path"]] = InboxFile(one["path"], one["size"], modified_ns, etag)
        return listed

    def sha256(self, file: InboxFile) -> str:
        """The hash of an object's bytes, which stay at hand where there is room."""
        sha, part = self._fetched(file)
        place = self._place(sha, file.path)
        if not place.parent.exists() and self._held() + file.bytes <= self.kept_bytes:
            self._keep(part, place)
        else:
            part.unlink()
        return sha

    def text(self, name: str, most_bytes: int) -> bytes | None:
        """The bytes of a small object, where the last listing has it; fetched once for each of its states."""
        if self._listed is None:
            self._listed = self._list()
        file = self._listed.get(name)
        if file is None or file.bytes > most_bytes:
            return None
        kept = self.cache / "texts" / _key(file)
        if not kept.exists():
            try:
                _, part = self._fetched(file)
            except (StillWrittenError, FileNotFoundError):
                return None  # the next listing says what became of it
            kept.parent.mkdir(exist_ok=True)
            part.replace(kept)
        return kept.read_bytes()

    def at_hand(self, row: Row) -> Path:
        """The fetched object; fetched again where it was let go, if it still has the registered bytes."""
        path = self._place(row["file_id"], PurePosixPath(row["path"]))
        for kept in path.parent.glob("*"):
            return kept.rename(path)  # of several objects with these bytes another one was fetched
        try:
            sha, part = self._fetched(InboxFile(row["path"], row["bytes"], 0))
        except FileNotFoundError as error:
            raise NotAtHandError("no such file: it was moved since the inbox was looked at") from error
        except OSError as error:
            raise NotAtHandError(f"cannot be read: {error.strerror or error}") from error
        if sha != row["file_id"]:
            part.unlink()
            raise NotAtHandError("changed since the inbox was looked at")
        return self._keep(part, path)

    def add(self, name: str, source: Path) -> None:
        """Upload a file; an object appears when all of it is there."""
        with self._answering():
            self.store.put(name, source)

    def let_go(self, kept: Collection[str]) -> None:
        """Remove what was fetched but for these contents, and what a killed process has left half fetched."""
        for folder in self.cache.glob("contents/*/*"):
            if folder.name not in kept:
                shutil.rmtree(folder)
        for part in self.cache.glob("*.part"):
            if part.stat().st_mtime < time.time() - LEFT_AFTER_S:
                part.unlink()
        self._held_bytes = None

    def _held(self) -> int:
        if self._held_bytes is None:
            self._held_bytes = sum(path.stat().st_size for path in self.cache.glob("contents/*/*/*"))
        return self._held_bytes

    def _place(self, sha: str, name: PurePath) -> Path:
        """Where an object lies once it is fetched: under its own name, which pages and reports show."""
        stem = name.stem.encode()[: LONGEST_NAME - len(name.suffix.encode())].decode(errors="ignore")
        return self.cache / "contents" / sha[:2] / sha / f"{stem}{name.suffix}"

    def _keep(self, part: Path, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        size = part.stat().st_size
        part.replace(path)
        self._held_bytes = self._held() + size
        return path

    def _fetched(self, file: InboxFile) -> tuple[str, Path]:
        """The hash of an object, and the file that its bytes were written to."""
        self.cache.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self.cache, suffix=".part", delete=False) as part:
            try:
                with self._answering(file.name):
                    got = self.store.get(file.name, options={"if_match": f'"{file.etag}"'} if file.etag else None)
                    for chunk in got.stream(min_chunk_size=CHUNK_BYTES):
                        digest.update(chunk)
                        part.write(chunk)
            except BaseException:
                Path(part.name).unlink()
                raise
        return digest.hexdigest(), Path(part.name)

    @contextmanager
    def _answering(self, name: str | None = None) -> Iterator[None]:
        """Tell apart what concerns one object, which is an OSError, and what concerns all of them."""
        from obstore import exceptions

        try:
            yield
        except exceptions.PreconditionError as error:
            raise StillWrittenError(name) from error
        except FileNotFoundError as error:
            raise FileNotFoundError(2, "it is gone from the inbox") from error
        except exceptions.PermissionDeniedError as error:
            raise PermissionError(13, "the storage does not let us read it") from error
        except exceptions.InvalidPathError as error:
            words = (
                "one object has a name with an empty part or a control character, which stops the listing; rename it"
            )
            raise self._unreachable(words, error) from error
        except exceptions.BaseError as error:
            # Of a listing the library tells no kinds of refusal, only what the server answered.
            status = STATUS.search(str(error))
            words = REFUSALS.get(status.group(1), f"it answers {status.group(1)}") if status else "it does not answer"
            raise self._unreachable(words, error) from error

    def _unreachable(self, words: str, error: Exception) -> InboxUnreachableError:
        said = str(error).split("Debug source:")[0].strip()
        return InboxUnreachableError(f"the inbox {self.address}: {words} ({self.asked}; it said: {said})")


def _key(file: InboxFile) -> str:
    """What the text of an object, as it stands, is kept under."""
    return hashlib.sha256(repr(file).encode()).hexdigest()
