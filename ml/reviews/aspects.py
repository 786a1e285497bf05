"""What a review praises or complains about: aspects, each with the clause that says so.

Belongs here: terms of aspects, and which clause speaks of which. Does not belong here: the valence of words
(lexicon.txt), except where a word means something only beside an aspect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ml.reviews.sentiment import score_tokens
from ml.reviews.text import Span, clauses, sentences, tokens

ASPECTS = ("sound", "songs", "pressing", "packaging", "price", "shipping", "service")
TERMS: dict[str, str] = {
    "sound": r"sounds?|sounding|audio|sonics?|mix|mixes|mixing|mastering|remaster(?:ed|ing)?|mastered|bass|treble|"
    r"fidelity|dynamics|acoustics|recording quality|recorded|production|soundstage|stereo|mono|highs|lows|mids",
    "songs": r"songs?|tracks?|tunes?|lyrics?|melod(?:y|ies)|songwriting|compositions?|tracklist|ballads?|chorus(?:es)?|"
    r"hooks?|material|singles?|b-sides?|riffs?|vocals?|voice|singing|cuts|numbers|music|album",
    "pressing": r"pressings?|pressed|vinyl|records?|lps?|surface noise|warp(?:ed|s|ing)?|crackl(?:e|es|y|ing)|"
    r"scratch(?:ed|es|y)?|off-?cent(?:er|re)|grooves?|discs?|wax|180 ?g(?:ram)?|skips|pops",
    "packaging": r"packag(?:e|ing)|sleeves?|jackets?|covers?|box(?:es)?|boxset|artwork|booklets?|jewel cases?|cases?|"
    r"gatefold|inserts?|liner notes|slipcase|wrapped|wrapping|shrink ?wrap|digipak|cardboard|corners?|packed|poster",
    "price": r"pric(?:e|es|ed|ing|ey)|costs?|money|expensive|cheap|cheaper|affordable|overpriced|bargain|deal|"
    r"value|worth|dollars?|euros?|pounds?|bucks|\$\d+|€\d+|£\d+|inexpensive|rip-?off",
    "shipping": r"ship(?:ped|ping|ment|s)?|deliver(?:y|ed|ies|s)?|arriv(?:e|ed|es|al)|courier|postage|post|mail|parcel|"
    r"transit|tracking|dispatch(?:ed)?|came late|customs|turned up",
    "service": r"(?:customer )?service|seller|sellers|support|staff|refund(?:ed)?|vendor|shop|store|replacement|"
    r"communication|customer care|help ?desk|team|e-?mails?|repl(?:y|ied|ies)|complaint|answered|returns",
}
# Terms that stand for an aspect only where no other aspect is named in the clause.
FAINT = {"songs": frozenset(("music", "album", "cuts", "numbers", "material", "voice")),
         "pressing": frozenset(("record", "records", "disc", "discs", "lp", "lps", "vinyl", "pops")),
         "packaging": frozenset(("package", "packages", "box", "boxes", "cover", "covers")),
         "service": frozenset(("shop", "store", "team", "returns", "complaint")),
         "price": frozenset(("worth", "value", "deal", "cheap")),
         "sound": frozenset(("recorded", "mono", "stereo", "sounds", "sound"))}  # fmt: skip
# Words whose valence the aspect decides.
CUES: dict[str, dict[str, float]] = {
    "sound": {"thin": -1.5, "flat": -2.0, "loud": -0.5, "deep": 1.5, "full": 1.5, "wide": 1.5, "bright": 0.5,
              "open": 1.5, "cold": -1.0, "hot": -0.5, "buried": -1.5, "quiet": -0.5},
    "songs": {"deep": 1.0, "flat": -1.5, "weak": -1.5, "strong": 2.0, "same": -1.0, "long": -0.5, "moving": 2.0},
    "pressing": {"flat": 2.0, "quiet": 2.0, "silent": 2.0, "heavy": 1.5, "noisy": -2.0, "thin": -1.5, "centered": 2.0,
                 "noise": -1.5, "dirty": -1.5, "skips": -2.0, "jumps": -2.0, "spotless": 2.5},
    "packaging": {"thin": -1.5, "thick": 1.5, "open": -1.5, "missing": -2.0, "heavy": 1.0, "tight": -0.5, "split": -2.0,
                  "sealed": 1.5, "protected": 1.5, "seam": -0.5, "glossy": 1.0},
    "price": {"low": 1.5, "high": -1.5, "too": -0.8, "expensive": -2.0, "cheap": 2.0, "cheaper": -0.5, "right": 1.5,
              "steal": 2.5, "twice": -1.0, "double": -1.0, "worth": 1.5, "deal": 1.0, "fortune": -1.5,
              "good_deal": 2.5, "great_deal": 3.0, "good_value": 2.5, "bargain": 2.5, "much_to_pay": -2.0},
    "shipping": {"weeks": -1.0, "month": -1.0, "months": -1.5, "forever": -2.0, "days": 0.3, "next_day": 2.0,
                 "early": 2.0, "early_in": 0.0, "still_waiting": -2.5, "wrong_address": -2.0, "ages": -2.0,
                 "sooner": 2.0, "earlier": 1.5, "quickly": 2.0, "fast": 2.0},
    "service": {"replaced": 1.5, "refunded": 1.0, "answered": 1.0, "resolved": 2.0, "sorted": 1.5, "ignored": -2.5,
                "kind": 1.5, "kindly": 1.5, "quick": 1.5, "fast": 1.5, "no_refund": -2.5, "patient": 1.5},
}  # fmt: skip
CERTAIN = 0.1  # of a score, from which on an aspect is positive or negative


@dataclass(frozen=True)
class Mention:
    """An aspect, its sentiment (-1 to 1), and the clause that says so, with its place in the text."""

    aspect: str
    score: float
    label: str
    span: str
    start: int
    end: int


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {aspect: re.compile(rf"(?<![\w-])(?:{terms})(?![\w-])", re.IGNORECASE) for aspect, terms in TERMS.items()}


def find_aspects(text: str) -> list[Mention]:
    """Return the aspects of a text in the order of their clauses; one mention per aspect and clause.

    >>> [(one.aspect, one.label) for one in find_aspects("Great songs, but the vinyl arrived warped.")]
    [('songs', 'positive'), ('pressing', 'negative')]
    """
    found: list[Mention] = []
    for sentence in sentences(text):
        for clause in clauses(text, sentence):
            for piece in _split(text, clause):
                found += _mentions(text, piece)
    return found


def _named(text: str, piece: Span) -> dict[str, list[str]]:
    """The aspects that a piece names, with the terms; faint terms count where nothing else is named."""
    part = piece.of(text)
    every = {aspect: [one[0].lower() for one in pattern.finditer(part)] for aspect, pattern in _patterns().items()}
    every = {aspect: terms for aspect, terms in every.items() if terms}
    clear = {aspect: terms for aspect, terms in every.items() if any(one not in FAINT.get(aspect, ()) for one in terms)}
    if clear:
        # What is packed, warped or late is the point, not that it was a record that arrived.
        if "shipping" in clear and len(clear) > 1 and set(clear["shipping"]) <= {"arrived", "arrive", "arrives"}:
            del clear["shipping"]
        elif "shipping" in clear and len(clear) == 1 and "pressing" in every and _damage(part):
            return {"pressing": every["pressing"]}
        return clear
    return dict(list(every.items())[:1]) if "pressing" not in every else {"pressing": every["pressing"]}


def _damage(part: str) -> bool:
    return bool(re.search(r"\b(warp|scratch|crack|broken|damaged|skip|scuff)", part, re.IGNORECASE))


def _split(text: str, clause: Span) -> list[Span]:
    """Cut a clause at "and" or a comma where both sides name an aspect and voice an opinion of it."""
    for cut in re.finditer(r",?\s+and\s+|,\s+", clause.of(text)):
        left, right = Span(clause.start, clause.start + cut.start()), Span(clause.start + cut.end(), clause.end)
        if all(_speaks(text, side) for side in (left, right)):
            return [left, *_split(text, right)]
    return [clause]


def _speaks(text: str, piece: Span) -> bool:
    return any(_score(text, piece, aspect) != 0 for aspect in _named(text, piece))


def _score(text: str, piece: Span, aspect: str) -> float:
    return score_tokens(tokens(piece.of(text), piece.start), CUES[aspect])


def _mentions(text: str, piece: Span) -> list[Mention]:
    found = []
    for aspect in _named(text, piece):
        score = _score(text, piece, aspect)
        label = "positive" if score > CERTAIN else "negative" if score < -CERTAIN else "neutral"
        found.append(Mention(aspect, round(score, 4), label, piece.of(text), piece.start, piece.end))
    return found
