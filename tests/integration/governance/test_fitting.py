"""Each governed model through its life: registered, fitted weekly, challenged by other code, promoted, rolled back."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from assets.governance.fitting import Fitting
from lake.journals.models import MODEL_LIVE_LOSSES
from lake.lakehouse import Lake
from ml.buyers.propensity.governed import MODEL as PROPENSITY
from ml.buyers.propensity.table import propensity_rows
from ml.pricing.governed import MODEL as ELASTICITIES
from ml.pricing.governed import elasticity_rows
from ml.promotion.governed import GovernedModel, ServedModel
from ml.reviews.governed import MODEL as SENTIMENT
from ml.reviews.table import score_reviews
from resources.model_reviews import all_live, review
from resources.registry import Registry
from tests.integration.governance.toy import live_rows
from tests.unit.ml.promotion.governed_frames import frames, until

EVERY = frames()
WEEK = dt.timedelta(days=7)


@dataclass
class Life:
    """One model in a lake, day by day."""

    registry: Registry
    model: GovernedModel

    def run(self, day: dt.date, recipe: str = "a") -> int | None:
        """What a run on the evening of the day does; the number of the version that it registers."""
        fitting = Fitting(self.registry, self.model, until(day, EVERY), recipe)
        row = fitting.submit({"gold/x": day.toordinal()}, f"run of {day}")
        fitting.store(fitting.live_losses(), {f"of:{self.model.name}": day.toordinal(), f"recipe:{recipe}": 1})
        return None if row is None else int(row["version"])

    def rows(self, day: dt.date) -> pl.DataFrame:
        """The rows of the model's table."""
        served, known = self.registry.served(self.model.name), until(day, EVERY)
        if self.model.name == "buyer_propensity":
            return propensity_rows(known["orders"], served)
        if self.model.name == "price_elasticities":
            return elasticity_rows(known["weeks"], served)
        return score_reviews(known["reviews"], served)

    @property
    def losses(self) -> pl.DataFrame:
        """Live losses that are stored."""
        return self.registry.lake.table(MODEL_LIVE_LOSSES).read().collect()


@pytest.fixture(params=[PROPENSITY, ELASTICITIES, SENTIMENT], ids=lambda one: one.name)
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Life:
    registry = Registry(Lake(tmp_path))
    registry.lake.table(MODEL_LIVE_LOSSES).create()
    return Life(registry, request.param)


def last_day(model: GovernedModel) -> dt.date:
    """The last day of the planted frames of the model."""
    span = model.days(EVERY)
    assert span is not None
    return span[1]


@pytest.mark.heavy
def test_a_life(life: Life) -> None:
    registry, name = life.registry, life.model.name
    end = last_day(life.model)
    start = end - dt.timedelta(days=2 * life.model.window_days + 14)
    assert life.run(start) == 1
    assert life.run(start) is None, "the same day again"
    assert life.run(start + dt.timedelta(days=3)) is None, "the fit is three days old"
    assert life.run(start + WEEK) == 2
    assert registry.state(name).champion == 2, "a newer fit of the same recipe serves"
    assert life.rows(start + WEEK)["model_version"].unique().to_list() == [f"{name}-2"]

    assert life.run(start + 2 * WEEK, "b") == 3
    state = registry.state(name)
    assert (state.champion, state.challenger) == (2, 3), "changed code makes a challenger"
    assert life.rows(start + 2 * WEEK)["model_version"].unique().to_list() == [f"{name}-2"]
    assert f"# {name}, recipe b" in registry.version(name, 3)["card"]

    life.run(end, "b")
    losses = life.losses
    assert set(losses["role"]) == {"champion", "shadow"}
    fitted = {row["version"]: row["origin"] for row in registry.versions(name)}
    assert all(fitted[version] <= day for version, day in losses.select("version", "origin").iter_rows())
    counted = losses.height
    life.run(end, "b")
    assert life.losses.height == counted, "an origin is scored once"

    found = review(registry, name, all_live(NO_LIVE, losses), {}, dt.datetime.now(dt.UTC))
    assert found is not None
    assert found.verdict == "wait", "the same formula under another name is no better"
    assert "pairs at" in found.sentences[0]

    registry.promote(name, 3, by="Ada", why="test")
    assert life.rows(end)["model_version"].unique().to_list() == [f"{name}-3"]
    assert registry.rollback(name, by="Ada", why="test") == 2
    served = registry.served(name)
    assert served is not None
    assert served == ServedModel(f"{name}-2", registry.artefact(registry.version(name, 2)))
    assert life.rows(end)["model_version"].unique().to_list() == [f"{name}-2"]


NO_LIVE = live_rows(1, "champion", dt.date(2026, 1, 5), 1.0).clear()
