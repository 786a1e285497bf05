"""The objects below a prefix of S3 or Azure: created once, read, listed, deleted; with errors that name the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from obstore.store import AzureStore, S3Store

STATUS = re.compile(r"status code: (\d{3})")
REFUSED = "it refuses the credentials; check LACQUER_LAKE_ACCOUNT and LACQUER_LAKE_SECRET"
REASONS = {"401": REFUSED, "403": REFUSED, "404": "there is no such bucket or container"}
CHUNK_BYTES = 8 * 2**20


class RemoteError(RuntimeError):
    """Object storage cannot hold or give the lake; the message names the address and what to do."""


class GoneError(RemoteError):
    """An object is not there."""


@dataclass(frozen=True)
class Objects:
    """The objects below an address, `s3://bucket/prefix`; names are relative to it."""

    address: str
    store: S3Store | AzureStore

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing is written, where it is."""
        from obstore.exceptions import AlreadyExistsError

        with self._explained(name):
            try:
                self.store.put(name, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def write(self, name: str, content: bytes | Path) -> None:
        """Write an object, which appears whole, in the place of what was there."""
        with self._explained(name):
            self.store.put(name, content)

    def read(self, name: str) -> bytes:
        """The content of an object.

        Raises:
            GoneError: it is not there.
        """
        with self._explained(name):
            return bytes(self.store.get(name).bytes())

    def fetch(self, name: str, path: Path) -> None:
        """Write the content of an object to a file.

        Raises:
            GoneError: it is not there.
        """
        with self._explained(name), path.open("wb") as file:
            for chunk in self.store.get(name).stream(min_chunk_size=CHUNK_BYTES):
                file.write(chunk)

    def names(self, prefix: str) -> list[tuple[str, dt.datetime]]:
        """The objects below a prefix, and when each was written by the storage's clock."""
        with self._explained(prefix):
            return [(one["path"], one["last_modified"]) for chunk in self.store.list(prefix) for one in chunk]

    def delete(self, names: list[str]) -> None:
        """Delete objects; one that is not there is no error."""
        with self._explained(names[0] if names else ""):
            for first in range(0, len(names), 500):
                self.store.delete(names[first : first + 500])

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            raise GoneError(f"lake {self.address}: {name} is not there") from error
        except (BaseError, PermissionError) as error:
            status = STATUS.search(str(error))
            reason = REASONS.get(status.group(1), f"it answers {status.group(1)}") if status else "it does not answer"
            if isinstance(error, PermissionError):
                reason = REFUSED
            detail = str(error).split("Debug source:")[0].strip()
            raise RemoteError(f"lake {self.address}: {reason} (at {name}: {detail})") from error
