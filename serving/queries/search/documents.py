"""What is searched of a release, and how a text is made comparable."""

import re
import unicodedata
from dataclasses import dataclass

from ml.search.embeddings import release_text
from serving.queries.reader import Reader
from serving.queries.search.moods import moods_of

# Where a table lacks a column (older lakes, test lakes), its value is null.
_COLUMNS = ("release_id", "title", "artist_id", "artist_name", "label_id", "label_name", "genre", "format", "ean",
            "catalogue_number")  # fmt: skip

_MOOD = ("mood", "mood_words")


@dataclass(frozen=True)
class Document:
    """The searched fields of one release.

    Attributes:
        mood: what it is like, as "slow, minor".
        mood_words: words by which people look for that, with its tags and approved texts.
    """

    release_id: str
    title: str | None
    artist_id: str | None
    artist_name: str | None
    label_id: str | None
    label_name: str | None
    genre: str | None
    format: str | None
    ean: str | None
    catalogue_number: str | None
    mood: str = ""
    mood_words: str = ""

    @property
    def text(self) -> str:
        """What the sentence model reads."""
        return release_text(self.title, self.artist_name, self.genre, self.format, self.mood)

    @property
    def numbers(self) -> set[str]:
        """The release's numbers without spaces, signs and leading zeros."""
        return {
            bare for value in (self.release_id, self.ean, self.catalogue_number) if value and (bare := number(value))
        }


def documents(reader: Reader) -> list[Document]:
    """The releases of a reader."""
    if not reader.has("gold.dim_release"):
        return []
    known = reader.columns["gold.dim_release"]
    columns = ", ".join(name if name in known else f"null::varchar as {name}" for name in _COLUMNS)
    rows = reader.rows(f"select {columns} from gold.dim_release order by release_id")
    felt = moods_of(reader)
    return [Document(**row, **dict(zip(_MOOD, felt.get(row["release_id"], ("", "")), strict=True))) for row in rows]


def plain(text: str) -> str:
    """The text in small letters without accents; all that is neither letter nor digit becomes a single space.

    >>> plain("Café  Noir: ÆTHER!")
    'cafe noir aether'
    """
    folded = text.casefold().replace("æ", "ae").replace("ø", "o").replace("ł", "l").replace("œ", "oe")
    bare = "".join(one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))


def number(text: str) -> str:
    """A number as it is compared: letters and digits only, without leading zeros.

    >>> number("ECM-1064 / 65")
    'ecm106465'
    """
    return re.sub(r"[\W_]+", "", text.casefold()).lstrip("0")


def trigrams(text: str) -> set[str]:
    """The groups of three letters of a plain text's words, with a space at both ends of each.

    >>> sorted(trigrams("moon"))
    [' mo', 'moo', 'on ', 'oon']
    """
    padded = [f" {word} " for word in text.split()]
    return {word[start : start + 3] for word in padded for start in range(len(word) - 2)}
