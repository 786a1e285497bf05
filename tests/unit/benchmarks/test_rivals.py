"""The rivals of `make rivals`: VADER's published scores, and the Bayesian fit against planted elasticities."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.failures import BenchmarkError
from benchmarks.rivals import environment
from benchmarks.rivals.bayes import audited_fit
from benchmarks.rivals.elasticity_bench import compared
from benchmarks.rivals.environment import RIVALS, run_program
from benchmarks.rivals.sentiment_bench import sentiment_parts, vader_scores
from tests.needs import need
from tests.unit.ml.pricing.planted_sales import planted_sales


@pytest.mark.heavy
def test_vader_gives_the_scores_of_its_readme() -> None:
    need(RIVALS.is_file(), "no environment of rivals: make rivals")
    texts = ["VADER is smart, handsome, and funny.", "The book was good.", "Today SUX!"]
    assert vader_scores(texts) == pytest.approx([0.8316, 0.4404, -0.5461])


@pytest.mark.heavy
def test_ours_is_above_vader_on_the_shared_reviews(lacquer_data: Path) -> None:
    need(RIVALS.is_file(), "no environment of rivals: make rivals")
    part = sentiment_parts(lacquer_data, "full", lambda _: None)[0]
    scores = {name: float(score) for name, score in part.rows}
    assert max(scores["learned from stars (ours)"], scores["lexicon (ours)"]) > scores["VADER"]
    assert scores["learned from stars (ours)"] > scores["TF-IDF, logistic regression"]


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_both_fits_agree_and_the_audited_one_holds_the_planted_truth() -> None:
    need(RIVALS.is_file(), "no environment of rivals: make rivals")
    sales, truth = planted_sales(3, products=8, weeks=40)
    audited = audited_fit(sales)
    both = audited.products.join(truth, on="product_id", suffix="_true")
    inside = (both["low"] <= both["elasticity_true"]) & (both["elasticity_true"] <= both["high"])
    assert inside.sum() >= 6
    assert audited.r_hat < 1.05
    counts = sales.with_columns(
        units=pl.Series(np.random.default_rng(1).poisson(sales["units"].to_numpy() / 20).astype(float))
    )
    part = compared(counts, lambda _: None)
    assert part.measured["mean_apart"] < 0.5  # type: ignore[index]
    assert part.measured["inside"] > 0.8  # type: ignore[index]


def test_a_missing_environment_and_a_failing_program_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "RIVALS", tmp_path / "python")
    with pytest.raises(BenchmarkError, match="not installed: a_rival_of_nobody; make rivals installs it"):
        environment.interpreter_of("a_rival_of_nobody")
    with pytest.raises(BenchmarkError, match=r"vader_process.py ended with exit code 1: "):
        run_program("vader_process.py", ("json",), [str(tmp_path / "none.json"), str(tmp_path / "out.json")], 60)
    with pytest.raises(BenchmarkError, match="name the folder of data sets with --data"):
        sentiment_parts(tmp_path, "full", lambda _: None)
