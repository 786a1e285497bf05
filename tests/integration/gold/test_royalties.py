"""Royalties have one table of rates: the mart and the report's lines are equal, and exact to the cent."""

import datetime as dt
import random
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from assets.silver.labels import LABELS
from lake.gold.build import GoldBuild
from lake.gold.royalties import RatesError, read_rates
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.runner import build
from serving.exports.royalties import royalties
from serving.queries.publications import Publications
from tests.integration.gold.building import FACTS, rows
from tests.integration.gold.silver_tables import CONTRACTS, MERGED, Row, catalogue, line, write, write_all

CONTRACTS |= {"labels": LABELS}
STATEMENT = ("dim_artist", "dim_label", "dim_release", "dim_royalty_rate", "mart_royalty_statement")
RATES = "default: 0.05\nlabels: {L1: 0.1234}\nartists: {A7: 0.335}\nreleases: {R4: 1}\n"
# Release: artist, label, percent of the product list, and the percent that holds.
CATALOGUE = {
    "R1": ("A1", "L1", Decimal(50), Decimal("12.34")),
    "R2": ("A7", "L1", Decimal(50), Decimal("33.5")),
    "R3": ("A1", "L2", Decimal("7.125"), Decimal("7.125")),
    "R4": ("A7", "L1", None, Decimal(100)),
    "R5": (None, None, None, Decimal(5)),
}


def gold(lake: Lake, run_id: str, rates: Path) -> GoldBuild:
    names = [*FACTS, *STATEMENT]
    made = GoldBuild(lake, lake.session(run_id), load_manifest(), names, royalty_rates=read_rates(rates))
    build(made, made.due()).raise_for_failures()
    return made


def sold() -> list[Row]:
    """Lines of three months with amounts that end at half a cent of royalty."""
    rng = random.Random(14)
    return [
        line(
            f"O{number:03}",
            f"2011-{rng.randint(1, 3):02}-{rng.randint(1, 28):02}T12:00:00",
            release_id=rng.choice(sorted(CATALOGUE)),
            quantity=rng.choice([-3, -1, 1, 2, 7]),
            price=rng.choice(["0.0125", "9.99", "1.005", "0.3", "12345.6789"]),
        )
        for number in range(200)
    ]


def owed(lines: list[Row]) -> dict[tuple[dt.date, str], Decimal]:
    """The royalty of each month and release, by Python's decimals."""
    revenue: dict[tuple[dt.date, str], Decimal] = {}
    for one in lines:
        key = (one["order_month"], one["release_id"])
        revenue[key] = revenue.get(key, Decimal(0)) + one["quantity"] * one["unit_price"]
    cent = Decimal("0.01")
    return {key: (amount * CATALOGUE[key[1]][3] / 100).quantize(cent, ROUND_HALF_UP) for key, amount in revenue.items()}


@pytest.mark.heavy
def test_the_mart_and_the_report_have_the_royalties_that_decimals_give(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "rates.yml"
    file.write_text(RATES)
    lines, template = sold(), catalogue()["releases"][0]
    write_all(lake, lines)
    listed = [
        {**template, "release_id": key, "artist_id": artist, "label_id": label, "royalty_percent": percent}
        for key, (artist, label, percent, _) in CATALOGUE.items()
    ]
    write(lake, "releases", listed)
    write(lake, "labels", [{"label_id": "L1", "name": "Groove", **MERGED}])
    gold(lake, "first", file)
    expected = owed(lines)
    mart = rows(lake, "mart_royalty_statement", "statement_month, release_id, royalty")
    assert {(month, release): royalty for month, release, royalty in mart} == expected
    versions = {key: version for key, version in lake.versions().items() if key.startswith("gold/")}
    lake.publish(versions, "first")
    reader = Publications(lake).reader()
    months = {month for month, _ in expected}
    report = {(month, row["release_id"]): row["royalty"] for month in months for row in royalties(reader, month)}
    assert report == expected

    file.write_text("labels: {L1: 0.2}")
    assert gold(lake, "second", file).written["dim_royalty_rate"].rows_written == 5
    assert not gold(lake, "third", file).written["dim_royalty_rate"].rows_written
    stated = rows(lake, "dim_royalty_rate", "release_id, royalty_percent, stated_by")
    assert stated == [
        ("R1", 20, "label"), ("R2", 20, "label"), ("R3", Decimal("7.125"), "product list"), ("R4", 20, "label"),
        ("R5", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "at least one of them"),
        ("default: 1.5", "default: a rate lies from 0 to 1"),
        ("default: 0.1\nartists: {A1: many}", "A1: a rate lies"),
        ("releases: {R1: 0.1234567}", "at most six decimals"),
        ("default: 0.1\nlabels: [L1]", "labels is a mapping"),
        ("default: 0.1\nother: 1", "nothing else"),
        (": :", "rates.yml"),
    ],
)
def test_wrong_rates_name_file_and_field(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "rates.yml"
    path.write_text(text)
    with pytest.raises(RatesError, match=why):
        read_rates(path)
