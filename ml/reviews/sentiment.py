"""Sentiment by rule: valences of words with negation, intensifiers, contrast and exclamation.

The rule without training data. Belongs here: a score for a piece of text. Does not belong here: what it is about
(aspects.py), models that learn (learned.py).
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from ml.reviews.text import Token, sentences, tokens, words_of

BOOSTS = {
    "very": 1.3, "really": 1.25, "extremely": 1.5, "absolutely": 1.45, "incredibly": 1.45, "so": 1.2, "totally": 1.35,
    "completely": 1.4, "truly": 1.3, "highly": 1.3, "utterly": 1.45, "remarkably": 1.35, "simply": 1.15, "super": 1.35,
    "way": 1.2, "too": 1.1, "quite": 1.05, "particularly": 1.2, "especially": 1.2, "seriously": 1.2, "badly": 1.3,
    "somewhat": 0.7, "slightly": 0.6, "fairly": 0.85, "rather": 0.9, "little": 0.7, "bit": 0.7, "kind": 0.8,
    "sort": 0.8, "mildly": 0.6, "partly": 0.7, "almost": 0.75, "occasionally": 0.6,
}  # fmt: skip
NEGATED = -0.7  # "not good" is less bad than "bad" is
REACH = 3  # words that a negation reaches
LONGEST_PHRASE = 4
LOUD, EXCLAMATION = 1.2, 1.05
AFTER_BUT, BEFORE_BUT = 1.3, 0.6
BADNESS = 1.35  # complaints are rarer than praise and weigh more
PRIOR = 2.0  # of valence, that no text has overcome before it speaks
POSITIVE, NEGATIVE = 0.35, -0.05  # a score from which on a text is positive, to which it is negative


@cache
def lexicon() -> dict[str, float]:
    """Return the valence of each word and phrase of lexicon.txt."""
    found: dict[str, float] = {}
    for line in Path(__file__).with_name("lexicon.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            valence, words = line.split(":", 1)
            found |= {word: float(valence) for word in words.split()}
    return found


def valences(words: list[Token], extra: dict[str, float] | None = None) -> list[tuple[int, float]]:
    """Return (place, valence) of each opinion among the words, after negation and intensifiers.

    Args:
        words: of one sentence or clause.
        extra: valences that hold in this context only.
    """
    known = (lexicon(), extra or {})
    found: list[tuple[int, float]] = []
    place = 0
    while place < len(words):
        length, value = _phrase(words, place, known)
        if value:
            found.append((place, _adjusted(words, place, length, value)))
        place += length
    return _contrasted(words, found)


def _phrase(words: list[Token], place: int, known: tuple[dict[str, float], dict[str, float]]) -> tuple[int, float]:
    """The longest phrase that begins at a place, and its valence; 0 where nothing is known."""
    for length in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
        phrase = "_".join(one.word for one in words[place : place + length])
        for some in reversed(known):
            if phrase in some:
                return length, some[phrase]
    return 1, 0.0


def _adjusted(words: list[Token], place: int, length: int, value: float) -> float:
    before = [one.word for one in words[max(0, place - REACH) : place]]
    negating = words_of("negation")
    if words[place].is_loud:
        value *= LOUD
    for distance, word in enumerate(reversed(before)):
        value *= 1 + (BOOSTS.get(word, 1.0) - 1) * 0.9**distance
    negations = sum(word in negating for word in before)
    if negations % 2 and not (before and before[-1] in ("only", "just")):
        value *= NEGATED
    return value


def _contrasted(words: list[Token], found: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """What follows "but" counts more than what stands before it."""
    buts = [place for place, token in enumerate(words) if token.word in ("but", "however")]
    if not buts:
        return found
    return [(place, value * (AFTER_BUT if place > buts[-1] else BEFORE_BUT)) for place, value in found]


def score_tokens(words: list[Token], extra: dict[str, float] | None = None) -> float:
    """Return the sentiment of one clause, -1 to 1; 0 where no opinion is voiced."""
    values = np.array([value for _, value in valences(words, extra)])
    return _balance(values)


def _balance(values: np.ndarray) -> float:
    good = float(values[values > 0].sum())
    bad = -float(values[values < 0].sum()) * BADNESS
    return (good - bad) / (good + bad + PRIOR) if good + bad else 0.0


@lru_cache(maxsize=20_000)
def score_text(text: str) -> float:
    """Return the sentiment of a text, -1 to 1, by the lexicon; the first and the last sentence count more.

    >>> score_text("A masterpiece, I love it!") > 0.5
    True
    >>> score_text("Not good at all.") < 0
    True
    """
    pieces = sentences(text)
    values: list[float] = []
    for number, piece in enumerate(pieces):
        words = tokens(piece.of(text), piece.start)
        weight = 1.5 if number in (0, len(pieces) - 1) else 1.0
        weight *= EXCLAMATION ** min(sum(one.word.count("!") for one in words), 3)
        values += [value * weight for _, value in valences(words)]
    return _balance(np.array(values))


def label(score: float) -> str:
    """Return positive, neutral or negative."""
    return "positive" if score >= POSITIVE else "negative" if score <= NEGATIVE else "neutral"
