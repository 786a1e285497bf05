"""Scores of rated reviews and of mentions: the model where it beats the lexicon, else the lexicon.

Belongs here: who scores. Does not belong here: how a text is scored (score.py).
"""

from __future__ import annotations

import polars as pl

from ml.reviews.learned import SentimentModel, evaluate, fit, is_enough, labels_of_stars
from ml.reviews.score import score_texts


def score_reviews(reviews: pl.DataFrame) -> pl.DataFrame:
    """Return the reviews with score, label, aspects and scored_by (model or lexicon).

    Args:
        reviews: review_id, text, rating_share, reviewed_at, and further columns, which are kept.
    """
    model = _better_model(reviews)
    scored = score_texts(reviews.select(text_id=pl.col("review_id"), text="text"), model)
    by = "lexicon" if model is None else "model"
    return pl.concat([reviews, scored.drop("text_id")], how="horizontal").with_columns(scored_by=pl.lit(by))


def score_mentions(mentions: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Return the mentions with score, label, aspects and scored_by, by who scores the reviews.

    Args:
        mentions: mention_id, text, and further columns, which are kept.
        reviews: review_id, text, rating_share, reviewed_at: what a model learns from; nothing is learned from mentions.
    """
    model = _better_model(reviews) if mentions.height else None
    scored = score_texts(mentions.select(text_id=pl.col("mention_id"), text="text"), model)
    by = "lexicon" if model is None else "model"
    return pl.concat([mentions, scored.drop("text_id")], how="horizontal").with_columns(scored_by=pl.lit(by))


def _better_model(reviews: pl.DataFrame) -> SentimentModel | None:
    """The model learned from all rated reviews, if one learned from the older ones beats the lexicon on the newest."""
    rated = reviews.select("text", label=labels_of_stars(reviews["rating_share"]), written_at="reviewed_at")
    known = rated.drop_nulls()
    if not is_enough(known["label"]) or known["written_at"].n_unique() < 10:
        return None
    older = known.sort("written_at").head(round(known.height * 0.7))
    if not is_enough(older["label"]):
        return None
    figures = evaluate(known)
    if figures["model"] <= figures["lexicon"]:
        return None
    return fit(known["text"].to_list(), known["label"].to_list())
