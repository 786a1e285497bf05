"""Rankings by words: BM25 over whole words and over groups of three letters, in SQLite's FTS5, and exact numbers."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from serving.queries.search.documents import Document, number, plain, trigrams

DEPTH = 100  # ranks of one ranking that are looked at
ENOUGH = 0.45  # share of a query's groups of letters that a misspelt match has in common with it
# Candidates are found by the rarest groups of letters of a query, as many as have so many places in the releases:
# common ones say little and cost much.
MOST_PLACES = 12_000
LEAST_GROUPS = 5
MANY_LETTERS = 200  # of a query; the rest is left out
WEIGHTS = (10.0, 8.0, 3.0, 2.0, 1.0)  # of title, artist, label, genre with format, and mood, in BM25
# A query of so many words is a sentence, in which these words say nothing.
SENTENCE = 4
STOP_WORDS = frozenset(
    {"a", "an", "and", "at", "by", "das", "der", "die", "for", "from", "fur", "in", "mit", "of", "on", "the", "to"}
    | {"und", "with"}
)
FILTERS = ("genre", "format", "label_id", "artist_id")


@dataclass(frozen=True)
class Ranked:
    """Release ids, the best first, by each way of looking; `shares` says how alike a misspelt match is."""

    numbers: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spelling: list[str] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)


class WordIndex:
    """An index of releases in memory.

    Args:
        found: the releases.
    """

    def __init__(self, found: Sequence[Document]) -> None:
        self._lock = threading.Lock()
        self._con = sqlite3.connect(":memory:", check_same_thread=False)
        filters = ", ".join(f"{name} unindexed" for name in FILTERS)
        self._con.execute(
            f"create virtual table words using fts5(release_id unindexed, {filters}, title, artist, label, kind, mood, "
            "tokenize = 'unicode61', prefix = '2 3')"
        )
        self._con.execute(
            f"create virtual table letters using fts5(release_id unindexed, {filters}, text, tokenize = 'trigram')"
        )
        self._documents = {one.release_id: one for one in found}
        self._con.execute("create virtual table spread using fts5vocab(letters, 'row')")
        self._numbers: dict[str, list[str]] = {}
        for one in found:
            self._add(one)

    def _add(self, one: Document) -> None:
        title, artist, label = (plain(text or "") for text in (one.title, one.artist_name, one.label_name))
        kind = plain(f"{one.genre or ''} {one.format or ''}")
        key = (one.release_id, one.genre, one.format, one.label_id, one.artist_id)
        row = (*key, title, artist, label, kind, plain(one.mood_words))
        self._con.execute(f"insert into words values ({', '.join('?' * len(row))})", row)
        padded = " ".join(f" {word} " for word in f"{title} {artist} {label}".split())
        self._con.execute("insert into letters values (?, ?, ?, ?, ?, ?)", (*key, f" {padded} "))
        for value in one.numbers:
            self._numbers.setdefault(value, []).append(one.release_id)

    def rank(self, query: str, filters: Mapping[str, str] | None = None) -> Ranked:
        """The releases that match a query, among those with the values of `filters`."""
        text = plain(query[:MANY_LETTERS])
        if not text:
            return Ranked()
        filters = filters or {}
        shares = self._spelling(text, filters)
        spelling = [key for key, share in shares.items() if share >= ENOUGH]
        return Ranked(self._by_number(query, filters), self._words(text, filters), spelling, shares)

    def _by_number(self, query: str, filters: Mapping[str, str]) -> list[str]:
        whole = number(query)
        found = list(self._numbers.get(whole, []))
        for word in query.split():
            found += self._numbers.get(number(word), []) if any(one.isdigit() for one in word) else []
        if not found and len(whole) >= 5 and any(one.isdigit() for one in whole):
            found = [key for value, keys in self._numbers.items() if value.startswith(whole) for key in keys][:DEPTH]
        return [key for key in dict.fromkeys(found) if not filters or self._passes(key, filters)]

    def _passes(self, key: str, filters: Mapping[str, str]) -> bool:
        return all(getattr(self._documents[key], name) == value for name, value in filters.items())

    def _words(self, text: str, filters: Mapping[str, str]) -> list[str]:
        """By BM25 over words; the last word may be unfinished. All words first, then any of them."""
        words = text.split()
        terms = [f'"{word}"' for word in words[:-1]] + [f'"{words[-1]}"*']
        pairs = zip(words, terms, strict=True)
        telling = [term for word, term in pairs if len(words) < SENTENCE or word not in STOP_WORDS] or terms
        matches = (" AND ".join(terms), " OR ".join(telling))
        return list(dict.fromkeys(key for match in matches for (key,) in self._match("words", match, filters)))

    def _spelling(self, text: str, filters: Mapping[str, str]) -> dict[str, float]:
        """By BM25 over groups of three letters, with the share of the query's groups that each release has."""
        wanted = trigrams(text)
        if not wanted:
            return {}
        match = " OR ".join(f'"{group}"' for group in self._rarest(wanted))
        if not match:
            return {}
        # The texts come with the ranks: a column that FTS5 does not index is found by reading the whole table.
        ranked = self._match("letters", match, filters, "release_id, text")
        return {key: len(wanted & trigrams(text)) / len(wanted) for key, text in ranked}

    def _rarest(self, wanted: set[str]) -> list[str]:
        """The groups that the fewest releases have, without those that none has."""
        marks = ", ".join("?" * len(wanted))
        sql = f"select term, doc from spread where term in ({marks}) order by doc, term"
        with self._lock:
            found = self._con.execute(sql, sorted(wanted)).fetchall()
        places = list(accumulate(count for _, count in found))
        return [
            term for number, (term, _) in enumerate(found) if number < LEAST_GROUPS or places[number] <= MOST_PLACES
        ]

    def _match(
        self, table: str, match: str, filters: Mapping[str, str], columns: str = "release_id"
    ) -> list[tuple[str, ...]]:
        # The columns that are not indexed need a weight too, in their place.
        weights = f"bm25(words, {', '.join(['0'] * (1 + len(FILTERS)))}, {', '.join(map(str, WEIGHTS))})"
        order = weights if table == "words" else "rank"
        where = "".join(f" and {name} = ?" for name in filters)
        sql = f"select {columns} from {table} where {table} match ?{where} order by {order}, release_id limit {DEPTH}"
        with self._lock:
            return self._con.execute(sql, (match, *filters.values())).fetchall()
