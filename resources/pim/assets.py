"""Files that go into the PIM: uploads to Pimcore's assets through its Data Hub, or a folder where none is set.

A path holds one file for ever, because its name has the id of what it holds. An upload therefore looks at the path
first: after a crash, or a request of which nobody knows whether it was carried out, the file is found and not sent
again. (Pimcore Data Hub documentation, GraphQL: asset queries, asset mutations.)
"""

import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from resources.pim.data_hub import DataHub, Node
from resources.pim.export_files import write_whole
from resources.pim.graphql import PimError
from resources.web.errors import UncertainError

AssetType = Literal["audio", "image", "text"]
ROUNDS, SETTLE_S = 3, 5.0
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class AssetFile:
    """A file for the PIM.

    Attributes:
        folder: name of the folder below that of Lacquer, the release.
        filename: name of the file, which is used for nothing else ever.
        kind: type of the asset, in Pimcore's words.
        body: its bytes.
    """

    folder: str
    filename: str
    kind: AssetType
    body: bytes

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name with the characters that every system takes."""
        return _UNSAFE.sub("_", self.folder), _UNSAFE.sub("_", self.filename)


@dataclass(frozen=True)
class Stored:
    """Where a file is: its id in the PIM (None in a folder), its path, and whether it was there before."""

    id: int | None
    path: str
    was_there: bool


class AssetStore(Protocol):
    """Where approved assets are published."""

    def put(self, file: AssetFile) -> Stored:
        """Store a file; the same file again has the same effect as once."""


@dataclass(frozen=True)
class AssetFolder:
    """A folder of this machine: the embedded default, which needs no server."""

    folder: Path

    def put(self, file: AssetFile) -> Stored:
        """Write the file, whole or not at all."""
        target = self.folder.joinpath(*file.place)
        if target.is_file() and target.read_bytes() == file.body:
            return Stored(None, str(target), True)
        write_whole(target, file.body)
        return Stored(None, str(target), False)


@dataclass(frozen=True)
class DataHubAssets:
    """Assets in a Data Hub.

    Attributes:
        hub: the endpoint.
        root: full path of the folder that the files go below; made where it is missing.
        settle_s: pause before an upload of which nobody knows is looked at again.
        sleep: what waits.
    """

    hub: DataHub
    root: str
    settle_s: float = SETTLE_S
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def put(self, file: AssetFile) -> Stored:
        """Upload the file unless its path holds it already.

        Raises:
            PimError: the PIM refused, or holds another file there.
            resources.web.errors.WebError: no answer.
        """
        name, filename = file.place
        data = base64.b64encode(file.body).decode()
        with self.hub:
            folder = self._folder(f"{self.root.rstrip('/')}/{name}")
            path = f"{folder}/{filename}"
            held, was_there = self._settled(
                lambda: self.hub.asset(path), lambda: self.hub.create_asset(folder, filename, file.kind, data)
            )
        return _checked(held, path, file, was_there)

    def _folder(self, path: str) -> str:
        """The folder with all its parents, made where they are missing."""
        at = ""
        for part in path.strip("/").split("/"):
            parent, at = at or "/", f"{at}/{part}"
            self._settled(partial(self.hub.asset_folder, at), partial(self.hub.create_asset_folder, parent, part))
        return at

    def _settled(self, look: Callable[[], Node | None], make: Callable[[], None]) -> tuple[Node, bool]:
        """What is found after it was made, if need be; and whether it was there before anybody made it."""
        fault: PimError | UncertainError | None = None
        for turn in range(ROUNDS):
            if held := look():
                return held, turn == 0
            try:
                make()
            except (PimError, UncertainError) as error:
                fault = error
                self.sleep(self.settle_s)
        if held := look():
            return held, False
        raise fault or PimError("upload", "said to be done, and nothing is found; may the key read it?")


def _checked(held: Node, path: str, file: AssetFile, was_there: bool) -> Stored:
    """What a path holds, if it is our file."""
    size = held.get("filesize")
    if isinstance(size, int) and size != len(file.body):
        raise PimError(f"asset {path}", f"it holds {size} bytes, ours has {len(file.body)}; rename that one in the PIM")
    return Stored(int(held["id"]), path, was_there)
