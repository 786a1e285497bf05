"""A small lake with published forecasts, a PIM that holds their releases, and a client that is not patient."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.buyers.release_propensity import RELEASE_PROPENSITY
from assets.forecasts.forecasts_table import FORECASTS
from assets.writeback.sending import Sent, write_back
from lake.lakehouse import Lake
from resources.pim.write_back import DataHubReleases
from tests.pim_server.client import hub_of
from tests.pim_server.server import PimServer, pim_server

ORIGIN = dt.date(2026, 3, 1)


@pytest.fixture
def pim() -> Iterator[PimServer]:
    with pim_server() as server:
        yield server


def releases_of(pim: PimServer, at_once: int = 3) -> DataHubReleases:
    return DataHubReleases(hub_of(pim), settle_s=0.6, at_once=at_once)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def publish(lake: Lake, units: dict[str, float], origin: dt.date = ORIGIN) -> None:
    """Publish a forecast per release: P50 units as given, everything else follows from it."""
    rows = [
        {"release_id": release, "origin": origin, "horizon_days": 30, "model": "lightgbm", "revenue_model": "lightgbm"}
        | {f"units_{name}": p50 * factor for name, factor in (("mean", 1.1), ("p10", 0.5), ("p50", 1.0), ("p90", 2.0))}
        | {f"revenue_{name}": p50 * factor for name, factor in (("mean", 11), ("p10", 5), ("p50", 10), ("p90", 20))}
        | {"risk_level": "Low", "model_version": "1", "made_at": dt.datetime.now(dt.UTC)}
        for release, p50 in units.items()
    ]
    table = lake.table(FORECASTS)
    version = table.overwrite(pa.Table.from_pylist(rows, FORECASTS.arrow_schema), [origin], partition_by=("origin",))
    lake.publish({table.name: version}, "test")


def publish_buyers(lake: Lake, buyers: dict[str, list[tuple[str, float]]]) -> None:
    """Publish the likeliest buyers of releases, with their probabilities."""
    rows = [
        {"release_id": release, "rank": rank, "buyer_id": buyer, "origin": ORIGIN, "probability": probability}
        | {"reason": "has 1 releases of its genre", "model": "test"}
        for release, some in buyers.items()
        for rank, (buyer, probability) in enumerate(some, start=1)
    ]
    table = lake.table(RELEASE_PROPENSITY)
    data = pa.Table.from_pylist(rows, RELEASE_PROPENSITY.arrow_schema)
    lake.publish({table.name: table.overwrite(data, None)}, "test")


def wanted(units: dict[str, float]) -> dict[tuple[str, str], object]:
    """What the PIM should hold of these forecasts, worked out by hand."""
    found: dict[tuple[str, str], object] = {}
    for release, p50 in units.items():
        found[release, "forecastUnits30dP50"] = round(p50, 1)
        found[release, "forecastUnits30dP90"] = round(p50 * 2, 1)
        found[release, "forecastRevenue30dP50"] = round(p50 * 10, 2)
        found[release, "forecastRisk30d"] = "Low"
        found[release, "forecastModel30d"] = "lightgbm"
    return found


def stock(pim: PimServer, releases: list[str]) -> None:
    """Put releases into the PIM, ids from 1001 on."""
    for number, release in enumerate(releases):
        pim.store.put(1001 + number, "Release", releaseId=release, title=f"Title of {release}")


def send(lake: Lake, pim: PimServer, **more: Any) -> Sent:
    return write_back(lake, releases_of(pim), "test", say=lambda words: None, **more)


def recorded(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    return lake.connect_published().execute(query).fetchall()
