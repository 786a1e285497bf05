"""German words of questions about the documentation, which is in English: what a section may hold in their place."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


def is_empty(word: str) -> bool:
    """Whether a German word says nothing of what is asked."""
    return word in _file()["empty"]


def english_of(word: str) -> tuple[str, ...]:
    """The English words of a German one in plain letters; the word itself where none is known.

    >>> english_of("prognosen"), english_of("kafka")
    (('forecast',), ('kafka',))
    """
    words: dict[str, list[str]] = _file()["words"]
    for length in range(len(word), 2, -1):
        if word[:length] in words and word[length:] in _file()["endings"]:
            return tuple(words[word[:length]])
    return (word,)


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "german.yml").read_text(encoding="utf-8"))
    return found
