"""Sentences of reviews that a text may quote: short, in praise of the music or the record, and safe to print.

A sentence that speaks to a language model, states a number, date, name or claim, or holds signs other than plain
punctuation is never quoted. A model is told which aspect a quote praises, and never its words: code puts them in, so
that nothing that somebody writes in a review reaches the model.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml.reviews.aspects import find_aspects
from ml.reviews.sentiment import lexicon
from ml.reviews.text import sentences, words_of
from ml.texts.checker import check_text
from ml.texts.facts import Fact
from ml.texts.words import COMMON

ASPECTS = ("sound", "songs", "pressing", "packaging")
FEWEST_WORDS, MOST_CHARACTERS, LEAST_RATING, MOST_QUOTES = 4, 140, 0.6, 3
MARKS = {"en": ("“", "”"), "de": ("„", "“")}
_PLAIN = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,;:'’()&!?.-])*")
_TO_A_MODEL = re.compile(
    r"(?<!\w)(?:ignor\w+|disregard\w*|forget\w*|overrid\w+|instruct\w*|instead|prompt\w*|system|assistant|ai|llm|"
    r"chatbot|language model|you are|you must|you should|you will|write|writes|say|says|state|claim|claims|mention\w*|"
    r"output\w*|respond\w*|repl(?:y|ies)|answer\w*|pretend\w*|act as|json|text must|from now on|previous|above|below|"
    r"following|quote\w*|please|tell|always|never)(?!\w)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"[“\"„«]?\[quote (\d+)\][”\"“»]?")


@dataclass(frozen=True)
class _Candidate:
    aspect: str
    score: float
    review_id: str
    start: int
    sentence: str


def quotes_of(
    reviews: Iterable[tuple[str, str, float | None]], facts: Sequence[Fact], most: int = MOST_QUOTES
) -> list[tuple[str, str]]:
    """The sentences to quote as review and sentence, the warmest of each aspect first.

    Args:
        reviews: id, text and share of the best rating, None where it is unknown.
        facts: of the release; its names may stand in a quote.
        most: at most so many.
    """
    found: list[_Candidate] = []
    for review_id, text, rating in reviews:
        if rating is None or rating >= LEAST_RATING:
            found += _candidates(review_id, text, facts)
    found.sort(key=lambda one: (-one.score, one.review_id, one.start))
    best: dict[str, _Candidate] = {}
    for one in found:
        best.setdefault(one.aspect, one)
    first = sorted(best.values(), key=lambda one: (-one.score, one.review_id, one.start))
    chosen = [*first, *(one for one in found if one not in first)]
    unique = {one.sentence: one for one in reversed(chosen)}
    return [(one.review_id, one.sentence) for one in chosen if unique[one.sentence] is one][:most]


def _candidates(review_id: str, text: str, facts: Sequence[Fact]) -> list[_Candidate]:
    found = []
    for span in sentences(text):
        sentence = span.of(text).strip(" .!?")
        mentions = find_aspects(sentence)
        praised = [one for one in mentions if one.aspect in ASPECTS and one.label == "positive"]
        if praised and all(one.label != "negative" for one in mentions) and _is_safe(sentence, facts):
            warmest = max(praised, key=lambda one: one.score)
            found.append(_Candidate(warmest.aspect, warmest.score, review_id, span.start, sentence))
    return found


def _is_safe(sentence: str, facts: Sequence[Fact]) -> bool:
    """Whether a sentence may be printed as it is."""
    words = sentence.split()
    if len(words) < FEWEST_WORDS or len(sentence) > MOST_CHARACTERS or not _PLAIN.fullmatch(sentence):
        return False
    if _TO_A_MODEL.search(sentence):
        return False
    first = words[0].strip(",;:").lower()
    known = COMMON["en"] | words_of("english") | set(lexicon())
    names = [one for one in facts if one.kind == "name"]
    begins_plainly = first in known or any(sentence.startswith(str(one.value)) for one in names)
    lowered = sentence[0].lower() + sentence[1:] if first in known else sentence
    return begins_plainly and not check_text(lowered, names, "en")


def with_quotes(text: str, facts: Sequence[Fact], language: str) -> str:
    """The text with sentences in place of `[quote 1]`; one that there is not stays, for the checker to mark."""
    quotes = {one.name: str(one.value) for one in facts if one.kind == "quote"}
    opens, closes = MARKS[language]

    def put(found: re.Match[str]) -> str:
        sentence = quotes.get(f"quote_{found[1]}")
        return found[0] if sentence is None else f"{opens}{sentence}{closes}"

    return _PLACE.sub(put, text)


def aspect_of(quote: Fact) -> str:
    """What a quote praises, the one thing that a model is told of it."""
    praised = [one for one in find_aspects(str(quote.value)) if one.aspect in ASPECTS and one.label == "positive"]
    return max(praised, key=lambda one: one.score).aspect if praised else "music"
