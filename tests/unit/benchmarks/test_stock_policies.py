"""The replay of ways of ordering: money by hand, lines of the demo pack, and the twelve months that are replayed."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.stock_policies import COST_SHARE, HOLDING, LEAD_DAYS, demo_lines, last_months, read_demand, simulate


def test_lost_margin_and_overstock_are_those_of_a_ledger() -> None:
    """One unit a day, 30 to begin with, 10 more on the days 44 and 74."""
    demand = np.ones((1, 90))
    money = simulate(demand, 30, [30, 60, 90], np.array([10.0]), np.array([6.0]), lambda known, stock: np.array([10.0]))
    stock, lost = 30.0, [0, 0]
    left = []
    for day in range(30, 90):
        stock += 10 if day in (30 + LEAD_DAYS, 60 + LEAD_DAYS) else 0
        lost[day >= 60] += int(stock < 1)
        stock = max(stock - 1, 0)
        if day in (59, 89):
            left.append(stock)
    assert money[:, 0].tolist() == pytest.approx([4.0 * one for one in lost])
    assert money[:, 1].tolist() == pytest.approx([6.0 * HOLDING * one for one in left])
    assert COST_SHARE == 0.6


def test_the_months_are_the_last_twelve_whole_ones() -> None:
    months = last_months(dt.date(2025, 3, 22))
    assert (months[0], months[-1], len(months)) == (dt.date(2024, 3, 1), dt.date(2025, 3, 1), 13)


def test_planted_lines_become_demand_by_day(tmp_path: Path) -> None:
    folder = tmp_path / "truth" / "order_lines"
    folder.mkdir(parents=True)
    line = {"release_id": "R1", "item_category": "product", "qty": 3, "price": "4.0000", "currency": "EUR"}
    rows = [
        line | {"created_at": "2024-01-01T10:00:00Z"},
        line | {"created_at": "2024-01-02T23:59:59Z", "qty": 5},
        line | {"created_at": "2024-01-02T10:00:00Z", "qty": -2},
        line | {"created_at": "2024-01-02T10:00:00Z", "currency": "USD"},
        line | {"created_at": "2024-01-02T10:00:00Z", "item_category": "shipping"},
        line | {"created_at": "2024-01-04T10:00:00Z", "release_id": "R2"},
    ]
    pl.DataFrame(rows).write_parquet(folder / "1.parquet")
    demand, price, first = read_demand(demo_lines(tmp_path), [dt.date(2024, 1, 3), dt.date(2024, 1, 5)])
    assert first == dt.date(2024, 1, 1)
    assert demand.tolist() == [[3, 5, 0, 0]], "R2 sold nothing before the months"
    assert price.tolist() == [4.0]
