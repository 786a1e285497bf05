"""Mentions are scored by whoever scores the reviews; nothing is learned from them."""

import datetime as dt

import polars as pl

from ml.reviews.table import score_mentions, score_reviews

TEXTS = [
    "I love this wonderful record",
    "A terrible, boring album that I hate",
    "Das ist eine schöne Platte von damals",
]


def mentions() -> pl.DataFrame:
    return pl.DataFrame({"mention_id": ["a", "b", "c"], "source": "reddit", "text": TEXTS})


def test_mentions_have_the_scores_that_a_review_of_the_same_text_has() -> None:
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    as_reviews = mentions().select(review_id="mention_id", text="text", rating_share=None, reviewed_at=pl.lit(moment))
    scored = score_mentions(mentions(), None)
    assert scored["label"].to_list() == ["positive", "negative", None]
    assert scored["score"].to_list() == score_reviews(as_reviews, None)["score"].to_list()
    assert set(scored["scored_by"]) == {"lexicon"}
    assert scored["source"].to_list() == ["reddit"] * 3


def test_no_mention_is_no_row() -> None:
    assert score_mentions(mentions().head(0), None).height == 0
