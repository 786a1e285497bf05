"""`lacquer import` of a whole folder: what it says, what lands, and that one bad file does not stop the others."""

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import Result

from tests.exports.austrian import austrian
from tests.exports.truth import Line, catalogue, sales

Lacquer = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "exports"
    place.mkdir()
    austrian(place, catalogue(), sales(catalogue(), days=12))
    return place


def landed(lake: Path, stream: str, table: str) -> list[dict[str, str]]:
    files = sorted((lake / "landing" / stream).glob(f"*--{table}--*.jsonl"))
    found = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [one["after"] for one in found]


def test_a_messy_folder_is_imported_in_one_command(lacquer: Lacquer, folder: Path, tmp_path: Path) -> None:
    lake, lines = tmp_path / "lake", sales(catalogue(), days=12)
    done = lacquer("import", folder, "--lake", lake)
    assert done.exit_code == 0, done.output
    assert "left out: README.txt" in done.output
    assert "the price is Netto ges. / Stk." in done.output
    assert not [name for name in ("~$Verkäufe", ".hidden") if name in done.output]

    def planted(one: Line) -> tuple[str, int, Decimal]:
        return one.release.sku, one.quantity, one.price

    found = landed(lake, "erp", "order_lines")
    assert sorted((one["sku"], int(one["qty"]), Decimal(one["price"])) for one in found) == sorted(map(planted, lines))
    owners = {one["order_id"]: (one["buyer_id"], one["order_type"]) for one in landed(lake, "erp", "orders")}
    assert owners == {one.order: (one.buyer, "sale" if one.quantity > 0 else "cancellation") for one in lines}
    names = {one["buyer_id"]: one["company_name"] for one in landed(lake, "erp", "buyers")}
    assert {key: names[key] for key in {one.buyer for one in lines if one.quantity > 0}} == {
        one.buyer: one.buyer_name for one in lines if one.quantity > 0
    }
    (campaign,) = landed(lake, "erp", "campaigns")
    assert (campaign["spend"], campaign["started_on"]) == ("1250.5", "2026-01-01")


def test_a_file_that_is_not_understood_is_named_and_the_others_land(
    lacquer: Lacquer, folder: Path, tmp_path: Path
) -> None:
    (folder / "odd.csv").write_text("foo;bar\n1;2\n")
    done = lacquer("import", folder, "--lake", tmp_path / "lake")
    assert done.exit_code == 1
    assert "odd.csv: what its columns mean was not found (foo, bar)" in done.output
    assert landed(tmp_path / "lake", "erp", "order_lines")


def test_every_kind_of_file_is_shown(lacquer: Lacquer, tmp_path: Path) -> None:
    files = {
        "carriers.csv": (("Carrier ID", "Carrier Name"), ("DHL", "DHL Paket")),
        "shipments.csv": (("Order No", "Carrier", "Ship Date"), ("O1", "DHL", "2026-03-02")),
        "visits.csv": (("Customer No", "Contact Type", "Contact Date"), ("B1", "visit", "2026-03-02")),
        "ads.csv": (("Campaign", "Genre", "Start Date", "Spend"), ("Spring", "dub", "2026-03-02", "12.50")),
    }
    for name, rows in files.items():
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    done = lacquer("import", *(tmp_path / name for name in files), "--lake", tmp_path / "lake")
    assert done.exit_code == 0, done.output
    for name, kind in zip(files, ("carriers", "shipments", "contacts with buyers", "campaigns"), strict=True):
        assert f"{name}: {kind}" in done.output
