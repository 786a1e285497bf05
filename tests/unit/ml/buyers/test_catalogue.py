"""A catalogue's recommendations: new releases by content, nothing that cannot be sold, reasons that count."""

import datetime as dt

import polars as pl
import pytest

from ml.buyers.catalogue import recommend_new, recommend_releases

RELEASES = pl.DataFrame(
    {
        "release_id": [f"R{number:02}" for number in range(16)],
        "artist_id": [f"A{number % 4}" for number in range(16)],
        "label_id": [None] * 16,
        "genre": ["jazz" if number % 4 < 2 else "metal" for number in range(16)],
        "format": ["LP"] * 16,
        "is_published": [number != 5 for number in range(16)],
        "is_in_stock": [number != 6 for number in range(16)],
    },
    schema_overrides={"label_id": pl.String},
)


@pytest.fixture(scope="module")
def purchases() -> pl.DataFrame:
    """Even buyers take jazz, odd ones metal, of R00 to R11; nobody has R12 to R15."""
    rows = [
        (f"B{buyer:02}", f"R{release:02}", 1.0 + release % 2, dt.date(2025, 1, 1) + dt.timedelta(buyer + 9 * release))
        for buyer in range(20)
        for release in range(12)
        if (release % 4 < 2) == (buyer % 2 == 0) and (buyer + release) % 5
    ]
    return pl.DataFrame(rows, schema=["buyer_id", "release_id", "quantity", "ds"], orient="row")


def test_new_releases_go_to_buyers_of_their_genre_and_artist(purchases: pl.DataFrame) -> None:
    found = recommend_releases(purchases, RELEASES).filter(pl.col("kind") == "announced")
    assert set(found["release_id"]) == {"R12", "R13", "R14", "R15"}
    genres = dict(RELEASES.select("release_id", "genre").iter_rows())
    tastes = ["jazz" if int(buyer[1:]) % 2 == 0 else "metal" for buyer in found["buyer_id"]]
    assert [genres[release] for release in found["release_id"]] == tastes


def test_what_cannot_be_sold_or_is_there_already_is_left_out(purchases: pl.DataFrame) -> None:
    found = recommend_releases(purchases, RELEASES)
    assert not set(found["release_id"]) & {"R05", "R06"}
    assert found.join(purchases, on=["buyer_id", "release_id"]).is_empty()
    assert set(found["as_of"]) == {purchases["ds"].max()}


def test_reasons_of_new_releases_count_the_shared_purchases(purchases: pl.DataFrame) -> None:
    found = recommend_releases(purchases, RELEASES).filter(pl.col("kind") == "announced")
    described = purchases.join(RELEASES, on="release_id")
    for row in found.iter_rows(named=True):
        artist = RELEASES.filter(pl.col("release_id") == row["release_id"])["artist_id"][0]
        same = described.filter((pl.col("buyer_id") == row["buyer_id"]) & (pl.col("artist_id") == artist))
        if same.height:
            assert row["reason"].startswith(f"has {same.height} of the same artist: ")
            assert set(row["cited"].split(",")) <= set(same["release_id"])


def test_without_the_cited_purchases_a_new_release_scores_lower(purchases: pl.DataFrame) -> None:
    new = RELEASES.tail(4)
    for row in recommend_new(purchases, RELEASES, new, 1).head(10).iter_rows(named=True):
        gone = (pl.col("buyer_id") == row["buyer_id"]) & pl.col("release_id").is_in(row["cited"].split(","))
        again = recommend_new(purchases.filter(~gone), RELEASES, new, 4)
        same = again.filter((pl.col("buyer_id") == row["buyer_id"]) & (pl.col("release_id") == row["release_id"]))
        assert same.is_empty() or same["score"][0] < row["score"]


def test_a_catalogue_without_purchases_has_none(purchases: pl.DataFrame) -> None:
    assert recommend_releases(purchases.clear(), RELEASES).is_empty()


def test_blocked_pairs_are_never_offered_and_others_move_up(purchases: pl.DataFrame) -> None:
    free = recommend_releases(purchases, RELEASES)
    first = free.filter((pl.col("buyer_id") == "B00") & (pl.col("rank") == 1))
    blocked = [("B00", release) for release in first["release_id"]] + [("B02", None), (None, "R12")]
    found = recommend_releases(purchases, RELEASES, blocked=blocked)
    assert "B02" in set(free["buyer_id"])
    assert "B02" not in set(found["buyer_id"])
    assert "R12" not in set(found["release_id"])
    mine = found.filter(pl.col("buyer_id") == "B00")
    assert not set(mine["release_id"]) & set(first["release_id"])
    assert mine.group_by("kind").agg(pl.col("rank").min())["rank"].to_list() == [1] * mine["kind"].n_unique()
    untouched = (pl.col("buyer_id") == "B01") & (pl.col("kind") == "catalogue")
    assert found.filter(untouched).equals(free.filter(untouched))
