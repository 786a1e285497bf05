"""Known-item queries have one answer each, and rankings are scored as the definitions say."""

import math
from pathlib import Path

import numpy as np
import pytest

from ml.search.known_items import KINDS, Item, interval, known_items, ndcg

FIRST = ("Wandering", "Quiet", "Electric", "Broken", "Northern", "Distant", "Velvet", "Hollow", "Crimson", "Silver")
SECOND = (
    "Harbours",
    "Lanterns",
    "Quarries",
    "Antlers",
    "Bridges",
    "Meadows",
    "Engines",
    "Letters",
    "Gardens",
    "Rivers",
)
ITEMS = [
    Item(f"D{10 * a + b}", f"{one} {two}", f"{FIRST[b]} {SECOND[a]} Ensemble", "Deep House")
    for a, one in enumerate(FIRST)
    for b, two in enumerate(SECOND)
]


@pytest.mark.parametrize(("place", "score"), [(1, 1.0), (2, 1 / math.log2(3)), (10, 1 / math.log2(11)), (11, 0.0)])
def test_the_score_is_that_of_one_relevant_item(place: int, score: float) -> None:
    ranking = [f"other{number}" for number in range(12)]
    ranking[place - 1] = "wanted"
    assert ndcg(ranking, "wanted") == pytest.approx(score)
    assert ndcg([], "wanted") == 0.0


def test_the_interval_is_near_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(1).uniform(size=400)
    mean, low, high = interval(values.tolist())
    half = 1.96 * values.std(ddof=1) / math.sqrt(400)
    assert mean == pytest.approx(values.mean())
    assert (low, high) == (pytest.approx(mean - half, abs=0.005), pytest.approx(mean + half, abs=0.005))


def test_queries_are_the_same_for_a_seed_and_each_knows_its_item() -> None:
    asked = known_items(ITEMS, 20, seed=3)
    assert asked == known_items(ITEMS, 20, seed=3)
    assert len({one.query for one in asked}) == len({one.key for one in asked}) == 20
    assert {one.kind for one in asked} == set(KINDS)
    titles = {one.key: one for one in ITEMS}
    for one in asked:
        item = titles[one.key]
        if one.kind == "misspelt":
            assert one.query not in f"{item.title} {item.artist}".lower()
        if one.kind == "mood":
            assert one.query.startswith("deep house ")


@pytest.mark.heavy
def test_the_benchmark_scores_every_ranking_on_the_same_queries(lacquer_data: Path) -> None:
    from serving.queries.search.bench import QUERIES, RANKINGS, search_part

    part = search_part(lacquer_data, "tiny", lambda _: None)
    assert [row[:3] for row in part.rows if row[1] == "all"] == [(name, "all", str(QUERIES)) for name in RANKINGS]
    for name in RANKINGS:
        whole, *kinds = [row for row in part.rows if row[0] == name]
        sums = sum(int(row[2]) * float(row[3]) for row in kinds)
        assert float(whole[3]) == pytest.approx(sums / QUERIES, abs=0.002)
        low, high = map(float, whole[4].split(" to "))
        assert low <= float(whole[3]) <= high
        assert float(whole[3]) > 0.8  # of 2,000 releases, whose titles are mostly their own
