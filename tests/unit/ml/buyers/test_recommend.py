"""What is recommended: planted tastes are found, seen items never come back, reasons are facts that matter."""

import datetime as dt
import re
from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.buyers.choice import Candidate, blend, candidates, compare, split
from ml.buyers.interactions import Form, Interactions, InteractionsError
from ml.buyers.metrics import ndcg_at, recall_at
from ml.buyers.reasons import COUNT_SQL
from ml.buyers.recommend import rank, recommend
from ml.buyers.recommenders.base import Recommender
from ml.buyers.recommenders.ease import Ease
from ml.buyers.recommenders.neighbours import ItemNeighbours

GENRES = 4


def tasteful(users: int = 120, items: int = 60, seed: int = 3) -> pl.DataFrame:
    """Buyers with one taste each: nine in ten purchases are of their genre, item % 4."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        for _ in range(int(rng.integers(8, 14))):
            genre = user % GENRES if rng.random() < 0.9 else int(rng.integers(GENRES))
            item = int(rng.integers(items // GENRES)) * GENRES + genre
            day = dt.date(2025, 1, 1) + dt.timedelta(days=int(rng.integers(365)))
            rows.append((f"u{user:03}", f"i{item:03}", float(rng.integers(1, 9)), day))
    return pl.DataFrame(rows, schema=["user_id", "item_id", "weight", "ds"], orient="row")


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return tasteful()


def test_planted_tastes_are_recovered(rows: pl.DataFrame) -> None:
    done = recommend(rows, k=5)
    found = done.recommendations.with_columns(
        hit=pl.col("item_id").str.slice(1).cast(pl.Int32) % GENRES == pl.col("user_id").str.slice(1).cast(pl.Int32) % 4
    )
    assert done.split == "global time"
    assert not done.serving.startswith("popularity")
    assert found["hit"].to_numpy().mean() > 0.9


def test_nothing_seen_is_offered_and_ranks_are_whole(rows: pl.DataFrame) -> None:
    returned = pl.DataFrame({"user_id": ["u000"], "item_id": ["i999"], "weight": [-1.0], "ds": [dt.date(2025, 3, 1)]})
    every = pl.concat([rows, returned])
    found = recommend(every, k=100).recommendations
    left = duckdb.execute(
        "select count(*) from (select distinct user_id from every) cross join (select distinct item_id from every)"
        " anti join every using (user_id, item_id)"
    ).fetchall()[0][0]
    assert found.height == left
    assert found.join(every, on=["user_id", "item_id"]).is_empty()
    ranks = found.group_by("user_id").agg(pl.col("rank").sort(), pl.col("score").sort_by("rank"))
    assert all(rank.to_list() == list(range(1, len(rank) + 1)) for rank in ranks["rank"])
    assert all(score.is_sorted(descending=True) for score in ranks["score"])


def test_the_counts_in_reasons_are_those_of_the_query(rows: pl.DataFrame) -> None:
    found = recommend(rows, k=3).recommendations.head(60)
    interactions = rows  # noqa: F841 (read by DuckDB)
    checked = 0
    for item, reason in found.select("item_id", "reason").iter_rows():
        for cited, count in re.findall(r"(\w+) \(both: (\d+)\)", reason):
            asked = duckdb.execute(COUNT_SQL, {"cited": cited, "item": item}).fetchall()
            assert asked == [(int(count),)]
            checked += 1
    assert checked > 60


@pytest.mark.parametrize("model", [lambda: Ease(100.0), ItemNeighbours, lambda: blend(100.0, 0)])
def test_without_the_cited_purchases_the_item_ranks_lower(rows: pl.DataFrame, model: Callable[[], Recommender]) -> None:
    candidate = Candidate(Form(), model)
    offered = rank(Interactions.from_frame(rows), candidate, 10).filter(pl.col("rank").is_between(2, 6))
    lowered = []
    for row in offered.sample(8, seed=5).iter_rows(named=True):
        gone = (pl.col("user_id") == row["user_id"]) & pl.col("item_id").is_in(row["cited"])
        again = rank(Interactions.from_frame(rows.filter(~gone)), candidate, 40)
        new = again.filter((pl.col("user_id") == row["user_id"]) & (pl.col("item_id") == row["item_id"]))["rank"]
        lowered.append(new.is_empty() or new[0] > row["rank"])
    assert np.mean(lowered) >= 0.8


def test_only_available_items_are_offered(rows: pl.DataFrame) -> None:
    found = recommend(rows, k=5, available=["i001", "i002", "i003"]).recommendations
    assert set(found["item_id"]) <= {"i001", "i002", "i003"}
    assert found.height > 0


def test_the_candidates_are_compared_on_new_pairs_after_the_cut(rows: pl.DataFrame) -> None:
    numbered = Interactions.from_frame(rows)
    keep, how = split(numbered)
    assert how == "global time"
    days = rows["ds"].to_numpy()
    assert days[keep].max() < days[~keep].min() or days[keep].max() == days[~keep].min() - np.timedelta64(1, "D")
    before = set(rows.filter(pl.Series(keep)).select("user_id", "item_id").iter_rows())
    after = set(rows.filter(pl.Series(~keep)).select("user_id", "item_id").iter_rows())
    expected = {user for user, _ in after - before} & {user for user, _ in before}
    best = compare(numbered, [Candidate(Form(), ItemNeighbours)], keep)[0]
    assert best.accuracy.users == len(expected)


def test_the_same_seed_gives_the_same_rows_in_whatever_order(rows: pl.DataFrame) -> None:
    once, twice = recommend(rows, seed=4), recommend(rows.sample(fraction=1, shuffle=True, seed=1), seed=4)
    same = ["user_id", "item_id", "rank"]
    assert once.serving == twice.serving
    assert once.recommendations.select(same).equals(twice.recommendations.select(same))


def test_a_single_row_and_a_stranger_are_answered() -> None:
    one = pl.DataFrame({"user_id": ["a"], "item_id": ["x"], "weight": [1.0]})
    assert recommend(one).recommendations.is_empty()
    frame = pl.DataFrame({"user_id": ["a", "b", "c"], "item_id": ["x", "x", "y"], "weight": [1.0, 1.0, 0.0]})
    found = recommend(frame).recommendations
    assert found.filter(pl.col("user_id") == "c").select("item_id", "reason").rows() == [("x", "popular: 2 have it")]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"user_id": ["a"], "weight": [1.0]}, "column item_id is missing"),
        ({"user_id": ["a", None], "item_id": ["x", "y"], "weight": [1.0, 1.0]}, "row 2: user_id is None"),
        ({"user_id": ["a"], "item_id": ["x"], "weight": [float("nan")]}, "row 1: weight is nan"),
    ],
)
def test_rows_that_cannot_be_used_are_named(frame: dict[str, list[object]], message: str) -> None:
    with pytest.raises(InteractionsError, match=re.escape(message)):
        Interactions.from_frame(pl.DataFrame(frame))


def test_weights_enter_by_their_form() -> None:
    days = [dt.date(2025, 1, 1), dt.date(2025, 1, 11), dt.date(2025, 1, 11)]
    frame = pl.DataFrame({"user_id": ["a", "a", "b"], "item_id": ["x", "y", "x"], "weight": [1, 3, 1], "ds": days})
    rows = Interactions.from_frame(frame)
    first = np.log1p([1, 3])
    np.testing.assert_allclose(rows.matrix(Form()).data, [*(first / first.mean()), 1], rtol=1e-5)
    aged = rows.matrix(Form(is_log=False, half_life=10)).toarray()
    np.testing.assert_allclose(aged, [[0.5, 1.0], [1.0, 0.0]], rtol=1e-5)


def test_metrics_of_known_rankings() -> None:
    assert recall_at(np.array([4, 2, 9]), np.array([2, 7])) == 0.5
    assert ndcg_at(np.array([4, 2, 9]), np.array([2, 7])) == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))


def test_ease_is_offered_up_to_its_size_only() -> None:
    few = Interactions.from_frame(tasteful(20, 8))
    assert any("ease" in one.name for one in candidates(few))
    many = pl.DataFrame(
        {"user_id": ["a"] * 10_001, "item_id": [str(n) for n in range(10_001)], "weight": [1.0] * 10_001}
    )
    assert not any("ease" in one.name for one in candidates(Interactions.from_frame(many)))
