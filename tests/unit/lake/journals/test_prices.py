"""Applied prices are kept, written for the ERP, and compared with what sold."""

import datetime as dt
from pathlib import Path

import polars as pl

from lake.delta.table import Table
from lake.journals.prices import EFFECT_SQL, KEY, apply_prices, erp_csv
from lake.lakehouse import Lake

FIRST = dt.date(2026, 1, 1)
PRICE = {
    "release_id": "R1",
    "strategy": "value",
    "valid_from": FIRST,
    "price_before": 14.0,
    "price": 11.5,
    "currency": "EUR",
    "expected_units": 70.0,
    "expected_low": 60.0,
    "expected_high": 80.0,
    "units_before": 50.0,
}


def test_an_applied_price_is_recorded_exported_and_compared(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    version, ids = apply_prices(lake, [PRICE, PRICE | {"release_id": "R2"}], "Ada", "spring list")
    assert erp_csv([PRICE], ids[:1]) == (f"sku,valid_from,price,currency,price_id\nR1,2026-01-01,11.50,EUR,{ids[0]}\n")
    # R1 sells 2 a day and R2 5 a day for 40 days: 60 and 150 within the 30 days.
    days = [FIRST + dt.timedelta(days=day) for day in range(40)]
    sales = pl.concat(
        [pl.DataFrame({"release_id": name, "sales_date": days, "gross_units": n}) for name, n in (("R1", 2), ("R2", 5))]
    )
    sold = Table(tmp_path / "gold" / "fct_sales_day").overwrite(sales.to_arrow())
    con = lake.connect({KEY: version, "gold/fct_sales_day": sold})
    found = {row["release_id"]: row for row in con.sql(EFFECT_SQL).pl().iter_rows(named=True)}
    assert (found["R1"]["sold"], found["R1"]["effect"]) == (60, "as expected")
    assert (found["R2"]["sold"], found["R2"]["effect"]) == (150, "more than expected")
    assert (found["R1"]["applied_by"], found["R1"]["why"]) == ("Ada", "spring list")
