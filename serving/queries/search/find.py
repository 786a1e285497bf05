"""Search: the rankings by number, words, spelling and meaning, joined to one list."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ml.search.fusion import fuse
from resources.sentence_model import sentence_model
from serving.queries.reader import Reader
from serving.queries.records import Record
from serving.queries.search.documents import Document, documents
from serving.queries.search.vectors import read_vectors
from serving.queries.search.words import DEPTH, Ranked, WordIndex

if TYPE_CHECKING:
    from ml.search.sentence_model import SentenceModel, Vectors

WEIGHT_OF_MEANING = 0.5  # beside one for words and one for spelling
MEANS_SOMETHING = 0.3  # cosine below which a release is not about the query


class Hit(Record):
    """One release that was found."""

    release_id: str
    title: str | None
    artist_name: str | None
    label_name: str | None
    genre: str | None
    format: str | None
    mood: str
    catalogue_number: str | None
    ean: str | None
    score: float
    found_by: list[str]


class Search:
    """The search over one reader.

    Args:
        reader: whose releases.
        model: the sentence model; None: words alone.
    """

    def __init__(self, reader: Reader, model: "SentenceModel | None" = None) -> None:
        self.documents = {one.release_id: one for one in documents(reader)}
        self._words = WordIndex(list(self.documents.values()))
        self._model = model
        self._vectors = read_vectors(reader, list(self.documents.values()), model) if model else None

    @property
    def uses_meaning(self) -> bool:
        """Whether the sentence model takes part."""
        return self._vectors is not None

    def rank(self, query: str, filters: Mapping[str, str] | None = None) -> Ranked:
        """The rankings by number, words and spelling, before they are joined."""
        return self._words.rank(query, filters)

    def find(self, query: str, filters: Mapping[str, str] | None = None, limit: int = 10) -> list[Hit]:
        """The releases that fit a query best, the best first."""
        ranked = self._words.rank(query, filters)
        ways = {"number": ranked.numbers, "words": ranked.words, "spelling": ranked.spelling}
        ways["meaning"] = self._by_meaning(query, filters or {})
        # A number is no matter of likeness: whoever has it comes first.
        weights = [10.0, 1.0, 1.0, WEIGHT_OF_MEANING]
        scores = fuse(list(ways.values()), weights)
        return [
            self._hit(key, score, [way for way, keys in ways.items() if key in keys])
            for key, score in list(scores.items())[:limit]
        ]

    def _by_meaning(self, query: str, filters: Mapping[str, str]) -> list[str]:
        if self._vectors is None or self._model is None or not query.strip():
            return []
        import numpy as np

        keys, vectors = self._vectors
        likeness: Vectors = vectors @ self._model.encode([query])[0]
        nearest = [keys[place] for place in np.argsort(-likeness, kind="stable") if likeness[place] >= MEANS_SOMETHING]
        kept = (key for key in nearest if _passes(self.documents[key], filters))
        return [key for key, _ in zip(kept, range(DEPTH), strict=False)]

    def _hit(self, key: str, score: float, found_by: list[str]) -> Hit:
        one = self.documents[key]
        shown = {name: getattr(one, name) for name in Hit.model_fields if name not in ("score", "found_by")}
        return Hit(**shown, score=score, found_by=found_by)


def _passes(one: Document, filters: Mapping[str, str]) -> bool:
    return all(getattr(one, name) == value for name, value in filters.items())


_built: WeakKeyDictionary[Reader, Search] = WeakKeyDictionary()
_lock = threading.Lock()


def search_of(reader: Reader, choice: str | None = None) -> Search:
    """The search over a reader; the first call builds it.

    Args:
        reader: whose releases.
        choice: the sentence model of the settings.
    """
    with _lock:
        if reader not in _built:
            _built[reader] = Search(reader, sentence_model(choice))
        return _built[reader]
