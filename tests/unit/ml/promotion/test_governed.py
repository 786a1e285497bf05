"""Governed models other than the forecast: bytes and back, losses by hand, nothing from after the origin."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.buyers.propensity.governed import MODEL as PROPENSITY
from ml.buyers.propensity.table import propensity_rows
from ml.pricing.governed import MODEL as ELASTICITIES
from ml.pricing.governed import elasticity_rows, price_moves
from ml.promotion.governed import GovernedModel, ServedModel, evaluate, live, matured, pack, unpack
from ml.reviews.governed import MODEL as SENTIMENT
from ml.reviews.table import score_reviews
from tests.unit.ml.promotion.governed_frames import DAY, frames, until

FRAMES = frames()
MODELS: list[GovernedModel] = [PROPENSITY, ELASTICITIES, SENTIMENT]


@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.name)
def test_nothing_after_the_origin_reaches_a_fit(model: GovernedModel) -> None:
    origin = matured(model, FRAMES)[0]
    known = until(origin, FRAMES)
    assert all(known[name].height < frame.height for name, frame in FRAMES.items())
    fitted = model.fit(FRAMES, origin)
    assert fitted is not None
    assert fitted == model.fit(known, origin)
    assert model.fit(FRAMES, origin) == fitted, "the same bytes from the same rows"


@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.name)
def test_losses_of_a_recipe_are_those_of_its_fits(model: GovernedModel) -> None:
    days = matured(model, FRAMES)
    assert len(days) >= 2
    found = evaluate(model, FRAMES)
    assert found["origin"].unique().sort().to_list() == days
    assert found["loss"].min() >= 0  # type: ignore[operator]
    one = model.fit(FRAMES, days[-1])
    assert one is not None
    assert live(model, one, FRAMES, days[-1:]).equals(found.filter(pl.col("origin") == days[-1]))
    assert evaluate(model, FRAMES, known=days).is_empty()


def test_losses_of_propensity_are_log_losses_of_what_it_says() -> None:
    origin = matured(PROPENSITY, FRAMES)[-1]
    fitted = PROPENSITY.fit(FRAMES, origin)
    assert fitted is not None
    known = FRAMES["orders"].filter(pl.col("ds") <= origin)
    said = propensity_rows(known, ServedModel("buyer_propensity-1", fitted))
    assert said["model_version"].unique().to_list() == ["buyer_propensity-1"]
    newest = known["ds"].max()
    window = FRAMES["orders"].filter(pl.col("ds").is_between(origin, origin + dt.timedelta(days=30), closed="right"))
    came = set(window["buyer_id"])
    scored = PROPENSITY.score(fitted, FRAMES, origin)
    assert newest == origin, "somebody orders every day"
    by_buyer = dict(said.select("buyer_id", "probability").rows())
    for buyer, loss in scored.select("entity", "loss").rows():
        right = by_buyer[buyer] if buyer in came else 1 - by_buyer[buyer]
        assert loss == pytest.approx(-np.log(right), abs=2e-6), buyer


def test_elasticities_foretell_a_planted_change_of_price() -> None:
    origin = matured(ELASTICITIES, FRAMES)[-1]
    fitted = ELASTICITIES.fit(FRAMES, origin)
    assert fitted is not None
    rows = elasticity_rows(FRAMES["weeks"], ServedModel("price_elasticities-1", fitted))
    moving = rows.filter(pl.col("release_id").str.slice(1).cast(pl.Int64) % 2 == 1)
    np.testing.assert_allclose(moving["elasticity"], -2.0, atol=0.15)
    found = ELASTICITIES.score(fitted, FRAMES, origin)
    assert found.height > 0
    assert found["loss"].mean() < 0.25 * found["rival_loss"].mean()  # type: ignore[operator]
    moves = price_moves(FRAMES["weeks"], origin)
    still = moves.filter(pl.col("entity").str.slice(1).cast(pl.Int64) % 2 == 0)
    assert still["units"].abs().max() < 0.05  # type: ignore[operator]


def test_a_release_that_has_come_since_has_its_genres_mean() -> None:
    fitted = ELASTICITIES.fit(FRAMES, DAY + dt.timedelta(days=200))
    assert fitted is not None
    new = FRAMES["weeks"].filter(pl.col("product_id") == "R01").with_columns(product_id=pl.lit("X"))
    rows = elasticity_rows(pl.concat([FRAMES["weeks"], new]), ServedModel("v", fitted))
    mean = rows.filter(pl.col("release_id") != "X")["elasticity"].mean()
    assert rows.filter(pl.col("release_id") == "X").select("elasticity", "own_share").row(0) == (pytest.approx(mean), 0)


def test_sentiment_learns_words_that_the_lexicon_does_not_know() -> None:
    origin = matured(SENTIMENT, FRAMES)[-1]
    fitted = SENTIMENT.fit(FRAMES, origin)
    assert fitted is not None
    found = SENTIMENT.score(fitted, FRAMES, origin)
    assert found["loss"].mean() < found["rival_loss"].mean()  # type: ignore[operator]
    scored = score_reviews(FRAMES["reviews"], ServedModel("review_sentiment-2", fitted))
    assert scored.select("scored_by", "model_version").unique().rows() == [("model", "review_sentiment-2")]


def test_the_simple_rule_serves_before_a_version_and_in_place_of_one_that_cannot_be_read() -> None:
    other = ServedModel("x-1", pack({"format": 99}))
    with pytest.raises(ValueError, match="format 99, this code reads 1"):
        unpack(other.artefact, 1)
    for served in (None, other):
        rows = propensity_rows(FRAMES["orders"], served)
        assert rows.select("model", "model_version").unique().rows() == [("own rate", None)]
        assert elasticity_rows(FRAMES["weeks"], served)["elasticity"].unique().to_list() == [-1.0]
        scored = score_reviews(FRAMES["reviews"], served)
        assert scored.select("scored_by", "model_version").unique().rows() == [("lexicon", None)]
