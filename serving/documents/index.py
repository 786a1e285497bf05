"""BM25 over the sections of the documentation, in SQLite's FTS5."""

import sqlite3
import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from serving.documents.questions import DocumentQuestion
from serving.documents.sections import Section, documentation, model_cards
from serving.queries.reader import Reader

WEIGHTS = (4.0, 8.0, 1.0)  # of the page's title, the heading and the text
MANY = 4  # words of which one may be missing
PREFERRED = {
    "how": ("docs/how-to/", "docs/tutorial"),
    "why": ("docs/decisions/", "docs/limitations", "docs/forecasting"),
}
DEPTH = 30
PREFERENCE = 1.6  # by which a section in the fitting part of the documentation counts more


class SectionIndex:
    """An index in memory.

    Args:
        found: the sections.
    """

    def __init__(self, found: Sequence[Section]) -> None:
        self.sections = list(found)
        self._lock = threading.Lock()
        self._con = sqlite3.connect(":memory:", check_same_thread=False)
        self._con.execute(
            "create virtual table sections using fts5(page, heading, text, tokenize = 'porter unicode61')"
        )
        rows = ((number, one.page, one.heading, one.text) for number, one in enumerate(self.sections))
        self._con.executemany("insert into sections (rowid, page, heading, text) values (?, ?, ?, ?)", rows)

    def find(self, asked: DocumentQuestion, limit: int = 3) -> tuple[list[Section], list[str]]:
        """The sections that hold every word, the best first, and the words that none of them holds.

        Of four words and more, one may be missing.
        """
        whole = self._ranked(asked, asked.words)
        if whole or len(asked.words) < MANY:
            return whole[:limit], []
        best: tuple[list[Section], list[str]] = ([], [])
        for missing in reversed(asked.words):
            found = self._ranked(asked, [one for one in asked.words if one != missing])
            if len(found) > len(best[0]):
                best = found, [missing]
        return best[0][:limit], best[1]

    def _ranked(self, asked: DocumentQuestion, words: Sequence[str]) -> list[Section]:
        # A phrase in quotes: no word of a question is an operator of FTS5.
        each = (" OR ".join(f'"{form}"' for form in asked.forms(word)) for word in words)
        match = " AND ".join(f"({forms})" for forms in each)
        score = f"bm25(sections, {', '.join(map(str, WEIGHTS))})"
        sql = f"select rowid, {score} as score from sections where sections match ?"
        with self._lock:
            rows = self._con.execute(f"{sql} order by score, rowid limit {DEPTH * 10}", (match,)).fetchall()
        scored = []
        for number, score in rows:
            one = self.sections[number]
            if asked.wants_column and not one.is_column:
                continue
            fits = one.path.startswith(PREFERRED.get(asked.kind, ())) or (asked.kind == "meaning" and one.is_column)
            scored.append((score * (PREFERENCE if fits else 1.0), number))
        return [self.sections[number] for _, number in sorted(scored)[:DEPTH]]


_built: WeakKeyDictionary[Reader, SectionIndex] = WeakKeyDictionary()
_lock = threading.Lock()


def index_of(reader: Reader) -> SectionIndex:
    """The index for a reader: the documentation, and the model cards that it sees; the first call builds it.

    Raises:
        NoDocumentationError: there is no documentation beside the code.
    """
    with _lock:
        if reader not in _built:
            _built[reader] = SectionIndex([*documentation(), *model_cards(reader)])
        return _built[reader]
