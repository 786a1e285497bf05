"""The page of prices: a planner chooses rows and applies them; others see no form."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


def test_a_planner_applies_the_chosen_prices(app: Any, lake: Lake) -> None:
    row = {"strategy": "margin", "valid_on": dt.date(2026, 2, 1), "current_price": 10.0, "price": 12.5}
    row |= {"currency": "EUR", "units": 40.0, "units_low": 20.0, "units_high": 60.0, "units_now": 50.0}
    rows = [{**row, "release_id": one} for one in ("R1", "R2", "R3")]
    priced = pa.Table.from_pylist(rows).append_column("conflict", pa.nulls(3, pa.string()))
    serving_lake.republish(lake, "gold/price_recommendations", priced)
    app.state.services.publications.refresh()
    planner = logged_in(app, "planner")
    offered = re.findall(r'name="chosen" value="([^"]+)"', planner.get("/sections/prices").text)
    assert sorted(offered) == ["margin R1", "margin R2", "margin R3"]
    form = {"why": "spring", "chosen": ["margin R1", "margin R3"]}
    assert planner.post("/sections/prices/apply", data=form).headers["location"] == "/sections/prices?saved=yes"
    lines = planner.get("/sections/prices/applied.csv").text.splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["R1", "R3"]
    assert planner.post("/sections/prices/apply", data={"why": "x", "chosen": ["nonsense"]}).status_code == 422
    analyst = logged_in(app, "analyst")
    assert 'name="chosen"' not in analyst.get("/sections/prices").text
    assert analyst.post("/sections/prices/apply", data=form).status_code == 403


def test_a_release_shows_what_it_costs_and_by_when_to_order(app: Any, lake: Lake) -> None:
    known = serving_lake.releases().to_pylist()
    facts = {
        "unit_cost": Decimal("7.50"),
        "list_margin": Decimal("5.49"),
        "supplier": "Pressing & Co",
        "lead_days": 21,
        "least_order": 50,
    }
    unknown: dict[str, Any] = {
        "unit_cost": None,
        "list_margin": None,
        "supplier": None,
        "lead_days": None,
        "least_order": None,
    }
    rows = [one | (facts if one["release_id"] == "R1" else unknown) for one in known]
    dated = [one | {"order_by": dt.date(2026, 1, 9) if one["release_id"] == "R1" else None} for one in rows]
    serving_lake.republish(lake, "gold/dim_release", pa.Table.from_pylist(dated))
    app.state.services.publications.refresh()
    reader = logged_in(app, "analyst")
    page = reader.get("/releases/R1").text
    for part in ("7.50 EUR", "5.49 EUR (42%)", "Pressing &amp; Co", "9 Jan 2026"):
        assert part in page
    assert "Lead time" not in reader.get("/releases/R2").text
