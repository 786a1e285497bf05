"""Sentiment under government: model or lexicon as bytes, and the loss against the stars of later reviews.

Belongs here: what `ml/promotion/governed.py` asks of a model. Does not belong here: how a text is scored.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ml.promotion.governed import Frames, pack, unpack
from ml.reviews.learned import SentimentModel, better_model, labels_of_stars, vectorizer_of
from ml.reviews.score import score_texts

FORMAT = 1
STARS = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


def to_bytes(model: SentimentModel | None) -> bytes:
    """The model, or that the lexicon scores, as compressed JSON."""
    if model is None:
        return pack({"format": FORMAT, "scored_by": "lexicon"})
    learned = {
        "words": model.words,
        "idf": model.idf.tolist(),
        "weights": model.weights.tolist(),
        "intercepts": model.intercepts.tolist(),
        "labels": list(model.labels),
    }
    return pack({"format": FORMAT, "scored_by": "model", **learned})


def from_bytes(data: bytes) -> SentimentModel | None:
    """What :func:`to_bytes` wrote; None where the lexicon scores; ValueError for another format."""
    document = unpack(data, FORMAT)
    if document["scored_by"] == "lexicon":
        return None
    words, idf = document["words"], np.array(document["idf"])
    weights, intercepts = np.array(document["weights"]), np.array(document["intercepts"])
    return SentimentModel(vectorizer_of(words, idf), words, idf, weights, intercepts, tuple(document["labels"]))


class ReviewSentiment:
    """What a review says, from -1 to 1."""

    name = "review_sentiment"
    use = "Sentiment of an English review of music, and the aspects that it praises or complains about."
    rival = "the lexicon"
    loss = "squared error of the score against the stars (-1, 0, 1), over 4"
    window_days = 30
    most_origins = 6

    def days(self, frames: Frames) -> tuple[date, date] | None:
        """The days of the first and the last review."""
        reviews = frames["reviews"]
        if reviews.is_empty():
            return None
        written = reviews["reviewed_at"].dt.date()
        first: Any = written.min()
        last: Any = written.max()
        return first, last

    def fit(self, frames: Frames, origin: date) -> bytes | None:
        """The model learned from reviews up to the origin where it beats the lexicon, else the lexicon."""
        known = frames["reviews"].filter(pl.col("reviewed_at").dt.date() <= origin)
        return None if known.is_empty() else to_bytes(better_model(known))

    def score(self, artefact: bytes, frames: Frames, origin: date) -> pl.DataFrame:
        """Losses of the rated English reviews of the window, beside the lexicon's."""
        day = pl.col("reviewed_at").dt.date()
        until = date.fromordinal(origin.toordinal() + self.window_days)
        after = frames["reviews"].filter((day > origin) & (day <= until) & pl.col("rating_share").is_not_null())
        texts = after.select(text_id=pl.col("review_id"), text="text")
        ours, theirs = (score_texts(texts, model)["score"] for model in (from_bytes(artefact), None))
        stars = labels_of_stars(after["rating_share"]).replace_strict(STARS, return_dtype=pl.Float64)
        found = after.select(entity="review_id", segment="entity_type").with_columns(
            actual=stars,
            loss=(ours - stars) ** 2 / 4,
            rival_loss=(theirs - stars) ** 2 / 4,
            covered=pl.lit(None, pl.Float64),
        )
        return found.drop_nulls("loss")


MODEL = ReviewSentiment()
