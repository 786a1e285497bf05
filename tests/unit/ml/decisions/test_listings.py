"""Listings: missing fields, lengths of titles, and keywords whose weight is the textbook's TF-IDF."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.decisions.listings import keywords, listing_suggestions, missing_fields, title_lengths

TITLES = [
    "Blue Hour Remastered",
    "Golden Rain Remastered",
    "Silent City Remastered Deluxe",
    "Morning Tide Deluxe",
    "Paper Moon Deluxe",
    "Night Drive Session",
]


def releases() -> pl.DataFrame:
    count = len(TITLES)
    return pl.DataFrame(
        {
            "release_id": [f"R{n}" for n in range(1, count + 1)],
            "title": TITLES,
            "is_published": [True] * (count - 1) + [False],
            "artist_id": ["A1"] * count,
            "label_id": ["L1"] * count,
            "genre": ["Jazz"] * count,
            "format": ["LP"] * count,
            "release_date": [dt.date(2025, 1, 1)] * count,
            "list_price": [20.0] * count,
            "ean": ["4006381333931", " ", *["4006381333931"] * (count - 2)],
            "catalogue_number": [None] * count,
            "units": [60.0, 50.0, 40.0, 30.0, 20.0, 0.0],
            "revenue": [600.0, 500.0, 400.0, 300.0, 200.0, 0.0],
        },
        schema_overrides={"catalogue_number": pl.String},
    )


def test_a_field_is_missing_where_most_have_it() -> None:
    # Nobody has a catalogue number, so this catalogue does not keep one.
    assert missing_fields(releases()).select("release_id", "field").rows() == [("R2", "ean")]


def test_titles_are_measured_in_characters() -> None:
    some = pl.DataFrame({"release_id": ["R1", "R2", "R3", "R4"], "title": ["Ää", "x" * 10, "x" * 80, "x" * 81]})
    found = title_lengths(some).select("release_id", "value", "weight").rows()
    assert found == [("R1", "lengthen", 2.0), ("R4", "shorten", 81.0)]


def test_a_keyword_weighs_its_mean_tf_idf_in_the_best_sellers() -> None:
    found = keywords(releases())
    assert set(found["value"]) == {"remastered", "deluxe"}
    # Smooth idf and rows of length 1; "Blue Hour" and the like are names, for one title alone has them.
    words = [set(title.lower().split()) for title in TITLES]
    idf = {
        one: np.log((1 + len(words)) / (1 + sum(one in title for title in words))) + 1 for one in set().union(*words)
    }
    share = [idf["remastered"] / np.sqrt(sum(idf[one] ** 2 for one in title)) for title in words[:3]]
    row = found.filter(release_id="R4", value="remastered").row(0, named=True)
    assert row["weight"] == pytest.approx(sum(share) / 5)  # over the five best sellers
    assert row["reason"] == "3 of the 5 best sellers in Jazz have it in the title"
    assert found.filter(release_id="R3").height == 0
    assert found.filter(release_id="R6").height == 2


def test_suggestions_are_ranked_by_what_the_listing_carries() -> None:
    found = listing_suggestions(releases())
    first = found.row(0, named=True)
    assert (first["release_id"], first["kind"], first["rank"]) == ("R2", "missing_field", 1)
    assert first["score"] == pytest.approx(500.0 * 0.9)
    assert found.select("release_id", "kind", "field", "value").is_unique().all()
    assert set(found.filter(release_id="R6")["urgency"]) == {0.5}


def test_titles_without_words_and_no_releases_are_no_suggestions() -> None:
    assert listing_suggestions(releases().clear()).height == 0
    assert keywords(releases().with_columns(title=pl.lit("1 2 3"))).height == 0
    assert keywords(releases().with_columns(title=pl.lit("the and you"))).height == 0
