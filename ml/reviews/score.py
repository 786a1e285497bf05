"""Scores of a frame of texts: sentiment, label and aspects, by the lexicon or by a model.

Belongs here: what is done with each row. Does not belong here: how a text is scored.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Protocol

import polars as pl

from ml.reviews.aspects import find_aspects
from ml.reviews.language import is_english
from ml.reviews.sentiment import label, lexicon, score_text

SCHEMA = {"text_id": pl.String, "score": pl.Float64, "label": pl.String, "aspects": pl.String}


class TextModel(Protocol):
    """What scores whole texts: a model that learned from stars, or a transformer."""

    def predict(self, texts: list[str]) -> pl.DataFrame:
        """Return score (-1 to 1) and label of each text."""
        ...


def score_texts(texts: pl.DataFrame, model: TextModel | None = None) -> pl.DataFrame:
    """Return text_id, score (-1 to 1), label and aspects (JSON) of each row of text_id, text.

    A text that is empty or not English has null in all three: nothing is known of it. `aspects` is a list of objects
    with aspect, score, label, span, start and end; `span` is the part of the text from `start` to `end`.

    >>> score_texts(pl.DataFrame({"text_id": ["1"], "text": ["I love these songs"]}))["label"][0]
    'positive'
    """
    words = {word for phrase in lexicon() for word in phrase.split("_")}
    rows = [(str(name), text or "") for name, text in texts.select("text_id", "text").iter_rows()]
    known = [is_english(text, words) for _, text in rows]
    english = [text for (_, text), ours in zip(rows, known, strict=True) if ours]
    if model is not None and english:
        scored = model.predict(english)
        results = list(scored.select("score", "label").iter_rows())
    else:
        scores = [score_text(text) for text in english]
        results = [(score, label(score)) for score in scores]
    answers = iter(zip(english, results, strict=True))
    found: list[tuple[str, float | None, str | None, str | None]] = []
    for (name, _), ours in zip(rows, known, strict=True):
        if not ours:
            found.append((name, None, None, None))
            continue
        text, (score, verdict) = next(answers)
        mentions = [asdict(one) for one in find_aspects(text)]
        found.append((name, round(float(score), 4), verdict, json.dumps(mentions, ensure_ascii=False)))
    return pl.DataFrame(found, schema=SCHEMA, orient="row")
