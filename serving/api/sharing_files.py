"""Files of Delta Sharing: what a caller sees of a table, as one Parquet file behind a link that ends.

The lake's own files would show rows that the caller's labels exclude, and deleted ones, so each answer is written from
the caller's reader. A link carries what it shows and when it ends, signed with the installation's key.
"""

import base64
import hashlib
import hmac
import json
import tempfile
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.delta.views import quoted
from serving.queries.scopes import Scope

if TYPE_CHECKING:
    from serving.accounts.secrets import TokenHasher
    from serving.queries.publications import Publications
    from serving.queries.reader import Reader

LASTS_S = 3600
MOST_FILES = 64


def shared_tables(reader: "Reader") -> list[tuple[str, str]]:
    """Layer and name of each table that the caller sees."""
    return [(table.split(".")[0], table.split(".")[1]) for table in sorted(reader.columns)]


class SharedFiles:
    """The files of one server, in a folder that goes with it; the longest unused of many is removed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: OrderedDict[str, Path] = OrderedDict()

    def written(self, reader: "Reader", layer: str, name: str) -> Path:
        """The file of a table in the reader's state and scope, written at first use."""
        told = json.dumps([reader.state.number, _labels(reader), layer, name])
        key = hashlib.sha256(told.encode()).hexdigest()
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="lacquer-sharing-")
            if key not in self._files:
                path = Path(self._folder.name) / f"{key}.parquet"
                _write(reader, layer, name, path)
                self._files[key] = path
            self._files.move_to_end(key)
            while len(self._files) > MOST_FILES:
                self._files.popitem(last=False)[1].unlink(missing_ok=True)
            return self._files[key]

    def close(self) -> None:
        """Remove the files."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = None
            self._files.clear()


def _labels(reader: "Reader") -> list[str] | None:
    return None if reader.scope.is_whole else sorted(reader.scope.labels or ())


def _write(reader: "Reader", layer: str, name: str, path: Path) -> None:
    import pyarrow.parquet as pq

    relation = reader.cursor().sql(f"select * from {layer}.{quoted(name)}")
    with relation.to_arrow_reader(20_000) as batches, pq.ParquetWriter(path, batches.schema) as file:
        for batch in batches:
            file.write_batch(batch)


def schema_string(reader: "Reader", layer: str, name: str) -> str:
    """The schema of a table as Delta writes it."""
    from deltalake import Schema

    relation = reader.cursor().sql(f"select * from {layer}.{quoted(name)} limit 0")
    return str(Schema.from_arrow(relation.to_arrow_table().schema).to_json())


def link_of(hasher: "TokenHasher", reader: "Reader", layer: str, name: str) -> tuple[str, int]:
    """The signed part of a file's address, and when it ends, in milliseconds."""
    ends = int(time.time()) + LASTS_S
    text = json.dumps([reader.state.number, _labels(reader), layer, name, ends], separators=(",", ":"))
    told = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{told}.{_signature(hasher, told)}", ends * 1000


def opened(hasher: "TokenHasher", publications: "Publications", link: str) -> "tuple[Reader, str, str] | None":
    """Reader, layer and table of a link; None for one that is forged, has ended, or is of an older state."""
    told, _, signature = link.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(hasher, told).encode()):
        return None
    number, labels, layer, name, ends = _read(told)
    reader = publications.reader(Scope(None if labels is None else frozenset(labels)))
    if ends < time.time() or reader.state.number != number or not reader.has(f"{layer}.{name}"):
        return None
    return reader, layer, name


def _read(told: str) -> tuple[int, list[str] | None, str, str, float]:
    found: Any = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    return found[0], found[1], found[2], found[3], found[4]


def _signature(hasher: "TokenHasher", told: str) -> str:
    return hasher.hash(f"delta sharing file {told}")
