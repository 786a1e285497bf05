"""Scores of reviews and of mentions by the version that serves: a model learned from stars, or the lexicon.

Belongs here: who scores. Does not belong here: how a text is scored (score.py).
"""

from __future__ import annotations

import polars as pl

from ml.promotion.governed import ServedModel, restored
from ml.reviews.governed import from_bytes
from ml.reviews.score import score_texts


def score_reviews(reviews: pl.DataFrame, model: ServedModel | None) -> pl.DataFrame:
    """Return the reviews with score, label, aspects, scored_by (model or lexicon) and model_version.

    The lexicon scores before a version serves, and where this code cannot read the version that serves.

    Args:
        reviews: review_id, text, and further columns, which are kept.
        model: the version that serves.
    """
    return _scored(reviews, "review_id", model)


def score_mentions(mentions: pl.DataFrame, model: ServedModel | None) -> pl.DataFrame:
    """Return the mentions with the same columns, by who scores the reviews; nothing is learned from mentions.

    Args:
        mentions: mention_id, text, and further columns, which are kept.
        model: the version of the reviews' model that serves.
    """
    return _scored(mentions, "mention_id", model)


def _scored(rows: pl.DataFrame, key: str, model: ServedModel | None) -> pl.DataFrame:
    learned, version = restored(model, from_bytes)
    scored = score_texts(rows.select(text_id=pl.col(key), text="text"), learned)
    by = "lexicon" if learned is None else "model"
    return pl.concat([rows, scored.drop("text_id")], how="horizontal").with_columns(
        scored_by=pl.lit(by), model_version=pl.lit(version, pl.String)
    )
