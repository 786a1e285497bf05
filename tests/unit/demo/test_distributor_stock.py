"""Given the landed books of the warehouses, when they are read without the simulator's code, then they add up."""

import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from demo.packs import PACKS

Books = dict[tuple[str, str], list[dict[str, Any]]]
LAST = date(2024, 1, 1) + timedelta(days=149)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small lake of 150 days, 20 of them daily drops."""
    root = tmp_path_factory.mktemp("stock") / "lake"
    PACKS["demo"].land(root, options={"order_lines": 12_000, "days": 150, "history_days": 130})
    return root


@pytest.fixture(scope="module")
def books(lake: Path) -> Books:
    """Rows of each release and warehouse, by day."""
    found: Books = defaultdict(list)
    for path in sorted((lake / "landing/erp").glob("*erp-inventory.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)["after"]
            found[row["sku"], row["warehouse"]].append(row)
    return found


def test_each_day_opens_with_what_the_one_before_it_closed_with(books: Books) -> None:
    for rows in books.values():
        assert [row["stock_date"] for row in rows] == sorted({row["stock_date"] for row in rows})
        close = 0
        for row in rows:
            assert row["on_hand"] == close + row["received"] - row["shipped"] + row["returned"]
            assert min(row["on_hand"], row["reserved"], row["incoming"], row["shipped"], row["returned"]) >= 0
            close = row["on_hand"]
    assert sum(len(rows) for rows in books.values()) > 1_500


def test_a_warehouse_is_empty_when_that_was_planted_and_never_else(lake: Path, books: Books) -> None:
    planted = set()
    for line in (lake / "truth/stock_outs.jsonl").read_text().splitlines():
        out = json.loads(line)
        first = date.fromisoformat(out["first_date"])
        planted |= {
            (out["release_id"], out["warehouse"], first + timedelta(days=n))
            for n in range(out["days"])
            if first + timedelta(days=n) <= LAST
        }
    empty = set()
    for (release, warehouse), every in books.items():
        # Until its first goods come a release is not out of stock: its pre-orders wait.
        rows = every[next((number for number, row in enumerate(every) if row["received"]), len(every)) :]
        ends = [*(date.fromisoformat(row["stock_date"]) for row in rows[1:]), LAST + timedelta(days=1)]
        for row, end in zip(rows, ends, strict=True):
            day = date.fromisoformat(row["stock_date"])
            while row["on_hand"] == 0 and day < end:
                empty.add((release, warehouse, day))
                day += timedelta(days=1)
    assert empty == planted
    assert len(planted) > 20
    assert any(row["reserved"] for rows in books.values() for row in rows)


def test_what_left_and_did_not_come_back_is_what_was_sold(lake: Path, books: Books) -> None:
    """Of releases without an order in the last three weeks, whose every change has landed."""
    truth = pl.read_parquet(lake / "truth/order_lines/*.parquet").filter(pl.col("item_category") == "product")
    recent = f"{LAST - timedelta(days=21):%y%m%d}"
    busy = set(truth.filter(pl.col("order_id").str.slice(2, 6) >= recent)["release_id"])
    sold = dict(truth.group_by("release_id").agg(pl.col("qty").sum()).rows())
    left: dict[str, int] = defaultdict(int)
    for (release, _), rows in books.items():
        left[release] += sum(row["shipped"] - row["returned"] for row in rows) + rows[-1]["reserved"]
    digital = set(pl.read_parquet(lake / "truth/releases.parquet").filter(pl.col("format") == "digital")["release_id"])
    assert not digital & left.keys()
    settled = sorted(left.keys() - busy)
    assert len(settled) > 10
    assert {release: left[release] for release in settled} == {release: sold.get(release, 0) for release in settled}
    assert sum(sold.get(release, 0) for release in settled) > 50
