"""`lacquer bench sentiment`: macro-F1 of three labels on the shared reviews, beside VADER and TF-IDF with a regression.

Amazon's digital music: 1 and 2 stars are negative, 3 neutral, 4 and 5 positive. What learns, learns from the older 70%;
all are scored on the newest 30%, parted at one moment.
"""

import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part
from benchmarks.rivals.environment import run_program

if TYPE_CHECKING:
    import polars as pl

FILE = Path("amazon_digital_music") / "reviews.jsonl.gz"
NEUTRAL = 0.05  # VADER's own bounds of neutral
LONGEST_S = 900.0
TINY = 1_500


def sentiment_parts(data: Path | None, scale: str, told: Callable[[str], None]) -> list[Part]:
    """Score the newest reviews by each.

    Raises:
        BenchmarkError: the data set, or VADER, is not there.
    """
    if data is None or not (data / FILE).is_file():
        raise BenchmarkError(f"no {FILE}: name the folder of data sets with --data or LACQUER_DATA")
    rows = read_reviews(data / FILE)
    if scale == "tiny":
        rows = rows.tail(TINY)
    told(f"{rows.height:,} reviews")
    scores = macro_f1_of_each(rows)
    ours, vader = max(scores["learned from stars (ours)"], scores["lexicon (ours)"]), scores["VADER"]
    return [
        Part(
            "sentiment: macro-F1 of negative, neutral, positive on the newest 30% of the reviews",
            ("scored by", "macro-F1"),
            [(name, f"{score:.3f}") for name, score in scores.items()],
            [f"ours over VADER: {ours - vader:+.3f} (bar: above 0), {'met' if ours > vader else 'missed'}"],
            scores,
        )
    ]


def read_reviews(path: Path) -> "pl.DataFrame":
    """Return text (title and review), label and written_at of each review, the oldest first."""
    import polars as pl

    from ml.reviews.learned import labels_of_stars

    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    frame = pl.DataFrame(
        {
            "text": [f"{row.get('summary') or ''}. {row.get('reviewText') or ''}" for row in rows],
            "share": [float(row["overall"]) / 5 for row in rows],
            "written_at": [int(row["unixReviewTime"]) for row in rows],
        }
    )
    return frame.with_columns(label=labels_of_stars(frame["share"])).sort("written_at", maintain_order=True)


def macro_f1_of_each(rows: "pl.DataFrame") -> dict[str, float]:
    """Return the macro-F1 of ours and of each rival, the best first."""
    from ml.reviews.learned import fit, macro_f1, split_by_time
    from ml.reviews.sentiment import label, score_text

    past, new = split_by_time(rows)
    texts, actual = new["text"].to_list(), new["label"].to_list()
    learned = fit(past["text"].to_list(), past["label"].to_list())
    predicted = {
        "learned from stars (ours)": learned.predict(texts)["label"].to_list(),
        "lexicon (ours)": [label(score_text(text)) for text in texts],
        "VADER": [_vader_label(score) for score in vader_scores(texts)],
        "TF-IDF, logistic regression": _words_alone(past, texts),
        "always positive": ["positive"] * len(texts),
    }
    found = {name: macro_f1(actual, labels) for name, labels in predicted.items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def vader_scores(texts: list[str]) -> list[float]:
    """Return VADER's compound score of each text, -1 to 1.

    Raises:
        BenchmarkError: VADER is not installed, or failed.
    """
    with tempfile.TemporaryDirectory(prefix="lacquer-rivals-") as work:
        given, answer = Path(work) / "texts.json", Path(work) / "scores.json"
        given.write_text(json.dumps(texts), encoding="utf-8")
        run_program("vader_process.py", ("vaderSentiment",), [str(given), str(answer)], LONGEST_S)
        found: list[float] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _vader_label(score: float) -> str:
    return "positive" if score >= NEUTRAL else "negative" if score <= -NEUTRAL else "neutral"


def _words_alone(past: "pl.DataFrame", texts: list[str]) -> list[str]:
    """scikit-learn's own defaults, with classes weighted alike."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = make_pipeline(TfidfVectorizer(), LogisticRegression(class_weight="balanced", max_iter=500))
    return [str(one) for one in words.fit(past["text"].to_list(), past["label"].to_list()).predict(texts)]
