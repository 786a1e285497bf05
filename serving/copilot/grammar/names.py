"""Names of the catalogue in questions: releases, artists, labels, genres, formats, countries, buyers.

The longest name wins. A name that means two things, or that is also a word of the grammar, is refused until it is
quoted or said what it is ("artist X", "title X"): a guess would be a wrong number that looks right.
"""

import re
import threading
from collections import defaultdict
from weakref import WeakKeyDictionary

from serving.copilot.grammar.text import Text
from serving.copilot.grammar.vocabulary import EMPTY
from serving.copilot.plan import FieldName, RefusedError
from serving.queries.reader import Reader
from serving.queries.search.documents import Document, documents, plain

Meaning = tuple[FieldName, str]
MOST_WORDS = 12  # of a name
# What may stand before a name and says what it is.
CUES: dict[str, FieldName] = {
    "artist": "artist", "kunstler": "artist", "kunstlerin": "artist", "band": "artist",
    "label": "label", "genre": "genre", "format": "format", "country": "country", "land": "country",
    "release": "release", "title": "release", "titel": "release", "album": "release",
    "buyer": "buyer", "customer": "buyer", "kunde": "buyer", "kaufer": "buyer", "company": "buyer", "firma": "buyer",
}  # fmt: skip
_ARTICLES = ["the", "der", "die", "das", "den", "dem", "des"]
_LEADS = frozenset(
    ["of", "for", "by", "from", "in", "to", "with", "von", "vom", "fur", "aus", "an", "bei", "mit", "on", "im", "zu"]
)
# "in Japan" is a place even where a release is called Japan; "of May" may be the release of that name.
_OF_PLACES = frozenset(["in", "im", "aus", "to", "an", "nach", "zu"])
_OF_NAMES = frozenset(["of", "von", "vom"])
_PLACED: tuple[FieldName, ...] = ("release", "artist", "label")
_NOUNS = [
    "releases",
    "release",
    "records",
    "titles",
    "albums",
    "music",
    "musik",
    "platten",
    "alben",
    "titel",
    "services",
]
_ALIASES: dict[Meaning, str] = {
    ("format", "LP"): "vinyl lps vinyls schallplatten", ("format", "CD"): "cds", ("format", "cassette"):
    "cassettes kassette kassetten", ("format", "digital"): "downloads", ("genre", "classical"): "klassik",
    ("genre", "electronic"): "elektronik electronica", ("genre", "hip hop"): "hiphop",
    ("country", "Germany"): "deutschland", ("country", "France"): "frankreich", ("country", "Italy"): "italien",
    ("country", "Spain"): "spanien", ("country", "Sweden"): "schweden", ("country", "Poland"): "polen",
    ("country", "Netherlands"): "niederlande niederlanden", ("country", "United Kingdom"): "grossbritannien uk",
    ("country", "Austria"): "osterreich", ("country", "Switzerland"): "schweiz",
    ("buyer_kind", "shop"): "shops laden geschafte", ("buyer_kind", "chain"): "chains ketten",
    ("buyer_kind", "wholesale"): "wholesalers grosshandel", ("buyer_kind", "streaming"): "streamingdienste",
}  # fmt: skip


class Names:
    """All names of a reader, in plain letters."""

    def __init__(self, reader: Reader) -> None:
        self.releases: dict[str, Document] = {one.release_id: one for one in documents(reader)}
        self._meanings: dict[str, set[Meaning]] = defaultdict(set)
        self._ids: dict[Meaning, set[str]] = defaultdict(set)
        for one in self.releases.values():
            self._add("release", one.release_id, one.release_id, one.title, one.ean, one.catalogue_number)
            for field in ("genre", "format"):
                self._add(field, getattr(one, field), getattr(one, field))
            for field, name, key in (
                ("artist", one.artist_name, one.artist_id),
                ("label", one.label_name, one.label_id),
            ):
                self._add(field, name, name)  # type: ignore[arg-type]
                if name and key:
                    self._ids[(field, name)].add(key)  # type: ignore[index]
        self._add_buyers(reader)

    def _add_buyers(self, reader: Reader) -> None:
        if reader.has("gold.dim_buyer"):
            for row in reader.rows("select buyer_id, company_name, kind from gold.dim_buyer"):
                self._add("buyer", row["buyer_id"], row["buyer_id"], row["company_name"])
                self._add("buyer_kind", row["kind"], row["kind"])
        if reader.has("gold.fct_order_line"):
            for row in reader.rows("select distinct country from gold.fct_order_line where country is not null"):
                self._add("country", row["country"], row["country"])

    def _add(self, field: FieldName, value: str | None, *names: str | None) -> None:
        if value:
            for name in [*names, *_ALIASES.get((field, value), "").split()]:
                if name and (bare := plain(name)):
                    self._meanings[bare].add((field, value))

    def knows(self, field: FieldName, value: str) -> bool:
        """Whether a field has a value, exactly as written."""
        return (field, value) in self._meanings.get(plain(value), set())

    def take(self, text: Text, grammar_words: frozenset[str]) -> dict[FieldName, tuple[str, ...]]:
        """The names in a question by their field; they are taken out of the text.

        Raises:
            RefusedError: a name means more than one thing, or a quoted name is not there.
        """
        found: list[tuple[str, set[Meaning]]] = []
        for place, name in enumerate(text.quoted):
            cue = text.take(rf"(?:(?P<lead>{'|'.join(_LEADS)}) )?(?:(?P<cue>{'|'.join(CUES)}) )?\x02{place}\x02")
            found.append((name, self._meaning(name, cue["cue"] if cue else None, quoted=True)))
        for length in range(MOST_WORDS, 0, -1):
            self._take_of_length(text, length, grammar_words, found)
        return self._joined(found)

    def _take_of_length(
        self, text: Text, length: int, grammar_words: frozenset[str], found: list[tuple[str, set[Meaning]]]
    ) -> None:
        start = 0
        while start + length <= len(words := text.rest.split()):
            name = " ".join(words[start : start + length])
            before = words[start - 1] if start else ""
            is_compared = start > 1 and words[start - 2].startswith(("similar", "ahnlich"))
            if name not in self._meanings or self._is_grammar(name, before, grammar_words):
                start += 1
                continue
            cue = before if before in CUES else None
            meaning = self._meaning(name, cue)
            if before in _OF_PLACES and not is_compared and next(iter(meaning))[0] in _PLACED:
                raise RefusedError("ambiguous", f"is {name!r} a place? If it is a name, say so, as in: title {name}")
            found.append((name, meaning))
            text.take(self._around(name, cue))

    def _is_grammar(self, name: str, before: str, grammar_words: frozenset[str]) -> bool:
        """Whether a name of words that questions are made of is meant as those words."""
        words = name.split()
        is_cued = before in CUES and any(field == CUES[before] for field, _ in self._meanings[name])
        if is_cued or not all(one in grammar_words or (one.isdigit() and len(one) <= 4) for one in words):
            return False
        if before in _OF_NAMES and not all(one in EMPTY for one in words):
            raise RefusedError(
                "ambiguous", f"{name!r} is a name of the catalogue and means something else too; put names in quotes"
            )
        return True

    @staticmethod
    def _around(name: str, cue: str | None) -> str:
        """The name with the words before and after it that say nothing more."""
        before = f"(?:(?:{'|'.join(_LEADS)}) )?(?:(?:{'|'.join(_ARTICLES)}) )?{f'{cue} ' if cue else ''}"
        return f"{before}{re.escape(name)}(?: (?:{'|'.join(_NOUNS)}))?"

    def _meaning(self, name: str, cue: str | None, *, quoted: bool = False) -> set[Meaning]:
        meanings = self._meanings.get(name, set())
        if cue:
            meanings = {one for one in meanings if one[0] == CUES[cue]}
        if not meanings:
            raise RefusedError(
                "unknown_name", f"nothing in the catalogue is called {name!r}" + (f" as {cue}" if cue else "")
            )
        if len({field for field, _ in meanings}) > 1:
            kinds = ", ".join(sorted({field for field, _ in meanings}))
            raise RefusedError("ambiguous", f"{name!r} can be {kinds}; say which, as in artist {name}")
        return meanings

    def _joined(self, found: list[tuple[str, set[Meaning]]]) -> dict[FieldName, tuple[str, ...]]:
        values: dict[FieldName, list[str]] = {}
        for name, meanings in found:
            field = next(iter(meanings))[0]
            if len({len(self._ids[one]) for one in meanings} - {0, 1}):
                raise RefusedError("ambiguous", f"more than one {field} is called {name!r}")
            if field not in ("release", "buyer") or len(meanings) == 1:
                values.setdefault(field, []).extend(value for _, value in sorted(meanings))
        for name, meanings in found:
            field = next(iter(meanings))[0]
            if field in ("release", "buyer") and len(meanings) > 1:
                values.setdefault(field, []).append(self._only_one(name, field, meanings, values))
        return {field: tuple(dict.fromkeys(listed)) for field, listed in values.items()}

    def _only_one(self, name: str, field: FieldName, meanings: set[Meaning], values: dict[FieldName, list[str]]) -> str:
        """Of several releases of one title the one that the other names in the question leave."""
        ids = sorted(value for _, value in meanings)
        if field == "release":
            for other, attribute in (("artist", "artist_name"), ("label", "label_name"), ("format", "format")):
                wanted = values.get(other)  # type: ignore[call-overload]
                ids = [key for key in ids if not wanted or getattr(self.releases[key], attribute) in wanted]
        if len(ids) == 1:
            return ids[0]
        shown = ", ".join(ids[:5]) if ids else "none of that artist, label and format"
        raise RefusedError(
            "ambiguous", f"{len(meanings)} of {field} are called {name!r}: {shown}; say which by its number"
        )


_built: WeakKeyDictionary[Reader, Names] = WeakKeyDictionary()
_lock = threading.Lock()


def names_of(reader: Reader) -> Names:
    """The names of a reader; the first call builds them."""
    with _lock:
        if reader not in _built:
            _built[reader] = Names(reader)
        return _built[reader]
