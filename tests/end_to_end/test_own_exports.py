"""From a folder of exports to published forecasts, by two commands and no edit; sums are those of the planted sales.

All eleven folders are read line by line in tests/unit/lake/importing/test_exports.py; the run behind it is the same.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end.commands import lacquer
from tests.exports import european, shops
from tests.exports.truth import catalogue, sales

pytestmark = pytest.mark.heavy
SOLD = "select count(*), sum(quantity), sum(quantity * unit_price) from gold.fct_order_line where is_product"


@pytest.mark.parametrize("write", [european.sap, shops.mess], ids=["sap", "mess"])
def test_exports_become_forecasts_of_every_release_that_sold(write, tmp_path: Path) -> None:
    releases = catalogue()
    lines = sales(releases)
    folder, lake = tmp_path / "exports", tmp_path / "lake"
    folder.mkdir()
    write(folder, releases, lines)
    for arguments in (("import", folder), ("run", "--pack", "none", "--no-backtest")):
        done = lacquer(lake, *arguments)
        assert done.returncode == 0, done.stderr

    con = Lake(lake).connect_published()
    worth = sum((one.quantity * one.price for one in lines), Decimal(0))
    assert con.execute(SOLD).fetchall() == [(len(lines), sum(one.quantity for one in lines), worth)]
    sold = {one.release.sku for one in lines if one.quantity > 0}
    found = con.execute("select distinct release_id from gold.forecasts where units_p50 <= units_p90").fetchall()
    assert {release for (release,) in found} >= sold
