"""Predictions of derived tables name their model, data and code; are traced with what came; and are made again."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from assets.buyers.propensity import BUYER_PROPENSITY
from assets.derived import DERIVED, derive
from assets.governance.fitting import Fitting
from assets.predictions import PREDICTION_ID
from assets.reviews.review_sentiment import REVIEW_SENTIMENT
from lake.contract import Contract
from lake.delta.table import Table
from lake.journals.models import PREDICTION_BATCHES
from ml.buyers.propensity.governed import MODEL as PROPENSITY
from ml.promotion.governed import GovernedModel
from ml.reviews.governed import MODEL as SENTIMENT
from resources.lake import LakeResource
from resources.registry import Registry
from serving.cli import app
from tests.unit.ml.promotion.governed_frames import frames, until

EVERY = frames()
FIRST, LATER = dt.date(2025, 4, 20), dt.date(2025, 5, 30)
LINES, REVIEWS = "gold/fct_order_line", "silver/reviews"


class World:
    """A lake that knows what was known at the end of a day."""

    def __init__(self, root: Path) -> None:
        self.resource = LakeResource(root=root, allowed_bad_share=0.0, threads=1)
        self.store = self.resource.lake()

    def write(self, day: dt.date) -> None:
        known = until(day, EVERY)
        lines = known["orders"].select(
            "buyer_id",
            order_date="ds",
            house_revenue="amount",
            is_product=pl.lit(value=True),
            is_return=pl.lit(value=False),
        )
        reviews = known["reviews"].with_columns(
            entity_id=pl.lit("R1"),
            title=pl.lit(None, pl.String),
            reviewed_at=pl.col("reviewed_at").cast(pl.Datetime("us", "UTC")),
        )
        for key, rows in ((LINES, lines), (REVIEWS, reviews)):
            Table(self.store.path(key)).overwrite(rows.to_arrow())

    def fit(self, model: GovernedModel, day: dt.date) -> None:
        assert Fitting(Registry(self.store), model, until(day, EVERY), "a").submit({}, f"fit-{day}")

    def derive(self, contract: Contract, run: str) -> None:
        session = self.store.session(run)
        assert derive(DERIVED[f"gold/{contract.name}"], self.resource, session)["mode"] == "computed"
        self.store.publish(session.versions, run)

    def rows(self, contract: Contract) -> pl.DataFrame:
        return Table(self.store.path(f"gold/{contract.name}")).read().collect()

    def lacquer(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--lake", str(self.store.root)])


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "lake")
    made.write(FIRST)
    return made


def batch_of(world: World, prediction: str) -> dict[str, object]:
    rows = world.store.journal(PREDICTION_BATCHES).rows()
    (found,) = [row for row in rows if row["batch_id"] == prediction.split("-")[0]]
    return found


@pytest.mark.heavy
def test_a_probability_is_traced_to_model_data_and_code_and_made_again(world: World) -> None:
    world.fit(PROPENSITY, FIRST)
    world.derive(BUYER_PROPENSITY, "run-1")
    first = world.rows(BUYER_PROPENSITY)
    assert first[PREDICTION_ID].n_unique() == first.height > 20
    batch = batch_of(world, first[PREDICTION_ID][0])
    assert (batch["model"], batch["version"], batch["run_id"]) == ("buyer_propensity", 1, "run-1")
    assert json.loads(str(batch["data_versions"])) == {LINES: 1}
    origin = first["origin"][0]

    world.write(LATER)
    world.derive(BUYER_PROPENSITY, "run-2")
    both = world.rows(BUYER_PROPENSITY)
    assert both[PREDICTION_ID].n_unique() == both.height > first.height, "the earlier origin keeps its predictions"
    assert set(first[PREDICTION_ID]) < set(both[PREDICTION_ID])

    after = EVERY["orders"].filter((pl.col("ds") > origin) & (pl.col("ds") <= origin + dt.timedelta(days=30)))
    for ordered in (True, False):
        came = first.filter(pl.col("buyer_id").is_in(after["buyer_id"].implode()) == ordered)
        shown = world.lacquer("trace", came[PREDICTION_ID][0]).stdout
        assert f"came          {int(ordered)} from {origin + dt.timedelta(days=1)}" in shown
        assert "buyer_propensity version 1" in shown
        assert f"data          {LINES} version 1" in shown
    newest = both.filter(pl.col("origin") > origin)[PREDICTION_ID][0]
    assert "its window has not ended" in world.lacquer("trace", newest).stdout
    again = world.lacquer("reproduce", first[PREDICTION_ID][0]).stdout
    assert f"{first.height} predictions of batch {batch['batch_id']} by buyer_propensity version 1" in again


@pytest.mark.heavy
def test_what_changed_or_is_gone_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fit(SENTIMENT, FIRST)
    world.derive(REVIEW_SENTIMENT, "run-1")
    rows = world.rows(REVIEW_SENTIMENT).sort("reviewed_at")
    one = rows.row(-1, named=True)
    shown = world.lacquer("trace", one[PREDICTION_ID]).stdout
    stars = {1.0: "1", 0.6: "0", 0.2: "-1"}[one["rating_share"]]
    assert f"came          {stars} from {one['reviewed_at'].date()}" in shown
    assert "all are the same" in world.lacquer("reproduce", "run-1").stdout
    assert "has no such prediction" in world.lacquer("trace", f"{one[PREDICTION_ID].split('-')[0]}-x").stderr

    for file in world.store.path(REVIEWS).glob("*.parquet"):
        file.unlink()
    refused = world.lacquer("reproduce", one[PREDICTION_ID])
    assert refused.exit_code == 1
    assert "silver/reviews version 1 is beyond the retention" in refused.stderr
    key = f"gold/{REVIEW_SENTIMENT.name}"
    monkeypatch.setitem(
        DERIVED, key, replace(DERIVED[key], inputs={**DERIVED[key].inputs, "more": DERIVED[key].inputs["model"]})
    )
    assert "was made by code" in world.lacquer("reproduce", one[PREDICTION_ID]).stderr


def test_before_a_version_serves_the_rule_has_an_identity_too_and_old_rows_stay_without(world: World) -> None:
    columns = tuple(column for column in BUYER_PROPENSITY.columns if column.name != PREDICTION_ID)
    old = replace(BUYER_PROPENSITY, columns=columns)
    earlier = dt.date(2025, 2, 1)
    row = {"buyer_id": "b01", "origin": earlier, "probability": 0.5, "expected_orders": 0.7}
    row |= {"reason": "r", "model": "own rate", "model_version": None}
    table = Table(world.store.path("gold/buyer_propensity"), old)
    table.create()
    table.overwrite(pl.DataFrame([row]).to_arrow().cast(old.arrow_schema), [earlier])

    world.derive(BUYER_PROPENSITY, "run-1")
    rows = world.rows(BUYER_PROPENSITY)
    assert rows.filter(pl.col("origin") == earlier)[PREDICTION_ID].to_list() == [None]
    new = rows.filter(pl.col("origin") > earlier)[PREDICTION_ID]
    assert new.null_count() == 0
    assert batch_of(world, new[0])["version"] == 0
