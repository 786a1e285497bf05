"""Sentiment and aspects against planted sentences and hand-made examples."""

import json

import polars as pl
import pytest

from ml.reviews.aspects import ASPECTS, find_aspects
from ml.reviews.learned import evaluate, is_enough, labels_of_stars
from ml.reviews.score import score_texts
from ml.reviews.sentiment import label, lexicon, score_text
from tests.unit.ml.reviews.planted_reviews import planted_reviews


def test_aspects_of_planted_sentences_are_found() -> None:
    hits = wrong = missed = 0
    for text, truth in planted_reviews(seed=11):
        found = {(one.aspect, one.label) for one in find_aspects(text)}
        hits += len(found & set(truth))
        wrong += len(found - set(truth))
        missed += len(set(truth) - found)
    assert 2 * hits / (2 * hits + wrong + missed) >= 0.65


def test_the_span_is_the_text_at_its_place() -> None:
    for text, _ in planted_reviews(seed=12, count=80):
        for one in find_aspects(text):
            assert text[one.start : one.end] == one.span
            assert one.aspect in ASPECTS
            assert -1 <= one.score <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love this record.", "positive"),
        ("I do not love this record.", "negative"),
        ("Not bad at all.", "positive"),
        ("This is a boring, lazy album.", "negative"),
        ("It is great, but the second half is a terrible mess.", "negative"),
        ("It came out in 1998 on two discs.", "neutral"),
        ("Waste of money!", "negative"),
        ("You can't go wrong with this one.", "positive"),
    ],
)
def test_the_rule_reads_negation_contrast_and_phrases(text: str, expected: str) -> None:
    assert label(score_text(text)) == expected


def test_intensifiers_and_capitals_strengthen() -> None:
    assert score_text("very good") > score_text("good") > score_text("somewhat good") > 0
    assert score_text("a GREAT record") > score_text("a great record")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345 !!!",
        "Die Pressung ist sehr gut und der Klang ist warm.",
        "Le disque est arrivé en retard mais il est très beau.",
        "El disco es muy bueno y llegó rápido.",
        "とても良いアルバムです",
        "Отличный альбом",
    ],
)
def test_what_is_not_english_has_no_score(text: str) -> None:
    assert score_texts(pl.DataFrame({"text_id": ["a"], "text": [text]})).row(0) == ("a", None, None, None)


def test_rows_keep_their_order_and_bounds() -> None:
    texts = pl.DataFrame({"text_id": ["b", "a", "c"], "text": ["I hate it", None, "I love it"]})
    found = score_texts(texts)
    assert found["text_id"].to_list() == ["b", "a", "c"]
    assert found["label"].to_list() == ["negative", None, "positive"]
    assert json.loads(found["aspects"][0]) == []


def test_no_word_stands_twice_in_the_lexicon() -> None:
    from pathlib import Path

    import ml.reviews.sentiment as module

    lines = Path(module.__file__).with_name("lexicon.txt").read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if line and line[0] != "#" for word in line.split(":", 1)[1].split()]
    assert sorted({word for word in words if words.count(word) > 1}) == []
    assert all(-4 <= value <= 4 for value in lexicon().values())


def test_stars_become_labels() -> None:
    shares = pl.Series([0.2, 0.4, 0.6, 0.8, 1.0, None])
    expected = ["negative", "negative", "neutral", "positive", "positive", None]
    assert labels_of_stars(shares).to_list() == expected
    assert not is_enough(labels_of_stars(shares))


def test_the_model_learns_words_that_the_lexicon_does_not_know() -> None:
    words = {"negative": "zibble", "neutral": "zobble", "positive": "zubble"}
    rows = [
        {"text": f"{words[name]} thing number {number}", "label": name, "written_at": number}
        for number in range(120)
        for name in words
    ]
    scored = evaluate(pl.DataFrame(rows))
    assert scored["model"] == pytest.approx(1.0)
    assert scored["lexicon"] < 0.5
    assert scored["rows"] == 108
