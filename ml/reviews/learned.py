"""Sentiment learned from stars: TF-IDF of words and pairs of words, and logistic regression.

The stars are distant labels: 1 and 2 are negative, 3 is neutral, 4 and 5 are positive. Belongs here: the model and its
comparison with the lexicon. Does not belong here: aspects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.reviews.sentiment import label, score_text

Floats = npt.NDArray[np.float64]
LABELS = ("negative", "neutral", "positive")
LEAST_ROWS = 300
LEAST_PER_LABEL = 25
LEXICON_WEIGHT = 2.0  # of the lexicon's score beside the words
HELD_OUT = 0.3  # newest share of the rows, on which model and lexicon are compared


@dataclass(frozen=True)
class SentimentModel:
    """A fitted model: `predict` gives scores and labels.

    Attributes:
        vectorizer: makes TF-IDF rows of texts; `words` its terms in the order of columns, `idf` their weights.
        weights: one row per label, a column per term and one for the lexicon's score; `intercepts` beside them.
        labels: in the order of the rows.
    """

    vectorizer: Any
    words: list[str]
    idf: Floats
    weights: Floats
    intercepts: Floats
    labels: tuple[str, ...]

    def predict(self, texts: list[str]) -> pl.DataFrame:
        """Return score (chance of positive less chance of negative) and label of each text."""
        from scipy.special import softmax

        linear = _features(self.vectorizer, texts) @ self.weights.T + self.intercepts
        chances = softmax(linear, axis=1)
        places = {name: number for number, name in enumerate(self.labels)}
        score = chances[:, places["positive"]] - chances[:, places["negative"]]
        return pl.DataFrame({"score": score, "label": [self.labels[place] for place in chances.argmax(axis=1)]})


def vectorizer_of(words: list[str] | None = None, idf: Floats | None = None) -> Any:
    """Return the vectorizer of words and pairs of words: with terms and weights of an earlier fit, or to be fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, max_features=50_000, sublinear_tf=True, token_pattern=r"[a-z][a-z']+|[!?]",
        vocabulary=words,
    )  # fmt: skip
    if idf is not None:
        made.idf_ = idf
    return made


def labels_of_stars(share: pl.Series) -> pl.Series:
    """Return the label of each rating, given as a share of the best possible (3 of 5 stars is 0.6)."""
    frame = pl.DataFrame({"share": share})
    return frame.select(
        label=pl.when(pl.col("share") <= 0.5).then(pl.lit("negative"))
        .when(pl.col("share") < 0.7).then(pl.lit("neutral"))
        .when(pl.col("share").is_not_null()).then(pl.lit("positive"))
    )["label"]  # fmt: skip


def is_enough(labels: pl.Series) -> bool:
    """Whether there are rows enough of every label to learn from."""
    counts = dict(labels.drop_nulls().value_counts().iter_rows())
    return len(labels.drop_nulls()) >= LEAST_ROWS and all(counts.get(name, 0) >= LEAST_PER_LABEL for name in LABELS)


def fit(texts: list[str], labels: list[str], seed: int = 0) -> SentimentModel:
    """Fit on texts with the labels of their stars."""
    from sklearn.linear_model import LogisticRegression

    vectorizer = vectorizer_of().fit(texts)
    classifier = LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, random_state=seed)
    classifier.fit(_features(vectorizer, texts), labels)
    words, idf = vectorizer.get_feature_names_out().tolist(), vectorizer.idf_
    return SentimentModel(
        vectorizer, words, idf, classifier.coef_, classifier.intercept_, tuple(classifier.classes_.tolist())
    )


def better_model(reviews: pl.DataFrame) -> SentimentModel | None:
    """The model learned from all rated reviews, if one learned from the older ones beats the lexicon on the newest.

    Args:
        reviews: text, rating_share, reviewed_at.
    """
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


def _features(vectorizer: Any, texts: list[str]) -> Any:
    from scipy.sparse import csr_matrix, hstack

    own = np.array([[score_text(text)] for text in texts]).reshape(len(texts), 1)
    return hstack([vectorizer.transform(texts), csr_matrix(own * LEXICON_WEIGHT)]).tocsr()


def macro_f1(actual: list[str], predicted: list[str]) -> float:
    """Return the mean of the three labels' F1."""
    from sklearn.metrics import f1_score

    return float(f1_score(actual, predicted, labels=list(LABELS), average="macro", zero_division=0))


def split_by_time(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the older 70% of the rows with text and label, and the newest 30%, parted at one moment (`written_at`)."""
    known = rows.drop_nulls(["text", "label"]).sort("written_at", maintain_order=True)
    moment = known["written_at"][round(known.height * (1 - HELD_OUT))]
    return known.filter(pl.col("written_at") < moment), known.filter(pl.col("written_at") >= moment)


def evaluate(rows: pl.DataFrame) -> dict[str, float]:
    """Compare model and lexicon on the newest rows, trained on those before them.

    Args:
        rows: text, label, written_at; the split is one moment for all rows.

    Returns:
        macro-F1 of the lexicon, of the model, and of always saying positive; rows that were scored.
    """
    past, new = split_by_time(rows)
    model = fit(past["text"].to_list(), past["label"].to_list())
    actual, texts = new["label"].to_list(), new["text"].to_list()
    return {
        "lexicon": macro_f1(actual, [label(score_text(text)) for text in texts]),
        "model": macro_f1(actual, model.predict(texts)["label"].to_list()),
        "always_positive": macro_f1(actual, ["positive"] * len(actual)),
        "rows": float(len(actual)),
    }
