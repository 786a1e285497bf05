"""Whether a text is English, told by its function words.

Belongs here: the decision whether the lexicon and the aspects apply. Does not belong here: translation.
"""

from __future__ import annotations

from ml.reviews.text import tokens, words_of

FEW_WORDS = 4
ENGLISH_SHARE = 0.15


def is_english(text: str, known: frozenset[str] | set[str]) -> bool:
    """Whether a text is English enough to be scored.

    Args:
        text: the text.
        known: English words that are no function words, of a lexicon; they decide for texts of a few words.

    >>> is_english("Die Pressung ist sehr gut", frozenset())
    False
    >>> is_english("the pressing is very good", frozenset())
    True
    """
    words = [token.word for token in tokens(text) if token.word[0].isalpha()]
    if not words or sum(all(ord(sign) < 0x250 for sign in word) for word in words) < 0.8 * len(words):
        return False
    english = words_of("english")
    others = words_of("other") - english
    ours, theirs = sum(word in english for word in words), sum(word in others for word in words)
    lexical = sum(word in known for word in words)
    if len(words) < FEW_WORDS:
        return ours + lexical > theirs
    # Words of both stand in titles; a text is English when its own function words prevail.
    return ours + lexical > 1.5 * theirs and (ours + lexical) / len(words) >= ENGLISH_SHARE
