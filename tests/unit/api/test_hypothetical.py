"""Forecasts of releases that are not in the catalogue equal the cold start called directly, and stay in the scope."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from lake.lakehouse import Lake
from ml.cold_start.choice import UNTRIED
from ml.cold_start.hypothetical import Answer, Hypothetical, forecast_hypothetical
from ml.cold_start.rehearsal import SCHEMA
from ml.forecasting.facts import Facts
from tests import hypothetical_world
from tests.serving_lake import ORIGIN
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
LAUNCH = ORIGIN + dt.timedelta(days=14)


@pytest.fixture
def launches(lake: Lake) -> None:
    hypothetical_world.publish(lake)


def directly(one: Hypothetical, label: str | None = None) -> Answer:
    """The cold start's answer from the planted frames, of one label's releases only where it is given."""
    sales, catalogue = hypothetical_world.planted()
    if label is not None:
        catalogue = catalogue.filter(pl.col("label_id") == label)
        sales = sales.join(catalogue, on="unique_id", how="semi")
    return forecast_hypothetical(sales, catalogue, Facts(), pl.DataFrame(schema=SCHEMA), UNTRIED, [one], ORIGIN)


def compare(found: dict[str, Any], wanted: Answer) -> None:
    """The numbers of an answer are those of the model."""
    (rows,) = wanted.forecasts
    assert [one["horizon_days"] for one in found["horizons"]] == [30, 60, 90]
    for one in found["horizons"]:
        for target in ("units", "revenue"):
            (row,) = rows.filter((pl.col("horizon") == one["horizon_days"]) & (pl.col("target") == target)).to_dicts()
            told = [one[target][part] for part in ("mean", "p10", "p50", "p90")]
            assert told == pytest.approx([row[part] for part in ("mean", "q0.1", "q0.5", "q0.9")], rel=1e-6)
        assert (one["starts_on"], one["model"]) == (str(LAUNCH), "cold_start (uncalibrated)")
    (past,) = wanted.rests_on
    assert [one["release_id"] for one in found["rests_on"]] == past["unique_id"].to_list()
    assert [one["weight"] for one in found["rests_on"]] == pytest.approx(past["weight"].to_list(), rel=1e-6)
    assert [one["units_first_30_days"] for one in found["rests_on"]] == pytest.approx(past["units_30"].to_list())
    assert found["launches"] == wanted.launches


@pytest.mark.usefixtures("launches")
def test_the_answer_is_that_of_the_cold_start(client: MakeClient) -> None:
    told = {"release_date": str(LAUNCH), "artist": "band a5", "genre": "Jazz", "format": "LP", "list_price": 11.0}
    known = Hypothetical(LAUNCH, artist_id="A5", genre="jazz", format="LP", list_price=11.0)
    nobody = told | {"artist": "Nobody Yet"}
    answer = client().post("/v1/forecast/predict", json={"hypothetical": [told, nobody]})
    assert answer.status_code == 200, answer.text
    famous, new = answer.json()["hypothetical"]
    compare(famous, directly(known))
    assert (famous["artist_id"], new["artist_id"], famous["currency"]) == ("A5", None, "EUR")
    compare(new, directly(Hypothetical(LAUNCH, genre="jazz", format="LP", list_price=11.0)))
    assert famous["horizons"][0]["units"]["p50"] > new["horizons"][0]["units"]["p50"]
    both = client().post("/v1/forecast/predict", json={"product_ids": ["R1", "x"], "hypothetical": [told]}).json()
    assert ([one["product_id"] for one in both["forecasts"]], both["unknown"]) == (["R1"], ["x"])
    compare(both["hypothetical"][0], directly(known))


@pytest.mark.usefixtures("launches")
def test_a_label_is_answered_from_its_own_launches(client: MakeClient) -> None:
    told = {"release_date": str(LAUNCH), "artist": "A5", "label": "L1"}
    scoped = client("read", "L1").post("/v1/forecast/predict", json={"hypothetical": [told]})
    assert scoped.status_code == 200, scoped.text
    (found,) = scoped.json()["hypothetical"]
    compare(found, directly(Hypothetical(LAUNCH, artist_id="A5", label_id="L1"), "L1"))
    own = hypothetical_world.planted()[1].filter(pl.col("label_id") == "L1")["unique_id"].to_list()
    assert {one["release_id"] for one in found["rests_on"]} <= set(own)
    foreign = client("read", "L1").post("/v1/forecast/predict", json={"hypothetical": [told | {"label": "L2"}]})
    assert foreign.json()["hypothetical"][0]["label_id"] is None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "name a release in product_ids"),
        ({"hypothetical": [{"release_date": str(ORIGIN)}]}, "give a day after 2026-01-31"),
        ({"hypothetical": [{"release_date": "2031-01-01"}]}, "give a day until 2027-02-01"),
        ({"hypothetical": [{"release_date": "soon"}]}, "date"),
        ({"hypothetical": [{"release_date": str(LAUNCH), "list_price": 0}]}, "greater than 0"),
        ({"hypothetical": [{"release_date": str(LAUNCH), "colour": "red"}]}, "colour"),
    ],
)
@pytest.mark.usefixtures("launches")
def test_bad_questions_are_refused(client: MakeClient, body: dict[str, Any], says: str) -> None:
    answer = client().post("/v1/forecast/predict", json=body)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_lake_without_launches_says_so(client: MakeClient) -> None:
    answer = client().post("/v1/forecast/predict", json={"hypothetical": [{"release_date": str(LAUNCH)}]})
    assert answer.status_code == 422
    assert "silver.releases_history" in answer.text
