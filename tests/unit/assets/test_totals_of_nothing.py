"""A lake in which nothing has sold has the tables of the sums, without a row, and computes them once."""

from pathlib import Path

import pytest

import assets.totals.totals  # noqa: F401 - declares the tables
from assets.derived import DERIVED, derive
from lake.lakehouse import Lake
from resources.lake import LakeResource


@pytest.mark.parametrize("name", ["forecast_totals_backtest", "forecast_totals", "mart_category_demand"])
def test_no_forecast_makes_no_sum(tmp_path: Path, name: str) -> None:
    resource, session = LakeResource(root=tmp_path, allowed_bad_share=0.0, threads=1), Lake(tmp_path).session("run")
    made = DERIVED[f"gold/{name}"]
    first, second = derive(made, resource, session), derive(made, resource, session)
    assert (first["mode"], first["rows_out"]) == ("computed", 0)
    assert second["mode"].startswith("skipped")
    stored = Lake(tmp_path).table(made.contract)
    assert stored.read().collect().height == 0
