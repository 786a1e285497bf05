"""The job of the seasons: two years make a table and a curve on the page, a year makes nothing and says why."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dagster import DagsterInstance
from typer.testing import CliRunner

from assets.pages.seasons import seasons
from assets.totals.seasonality import KEY, SEASONALITY
from definitions import build_definitions
from lake.delta.table import Table
from lake.lakehouse import Lake
from ml.reporting.page import render
from resources.settings import Settings
from serving.cli import app
from tests.integration.dagster.running import QUIET
from tests.needs import need_packages
from tests.unit.ml.reporting.page_figures import page_figures

ORIGIN = dt.date(2025, 12, 31)
NAME = "gold/category_seasonality"


def write(lake: Lake, key: str, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> None:
    Table(lake.path(key)).overwrite(pa.Table.from_pylist(rows, schema))


def lines(release: str, days: int) -> list[dict[str, Any]]:
    """A line a day; in December three times as many units."""
    made = []
    for k in range(days):
        day = ORIGIN - dt.timedelta(days=k)
        units = (20 + k % 7) * (3 if day.month == 12 else 1)
        row = {"order_id": f"{release}-{k}", "release_id": release, "order_date": day, "quantity": units}
        row |= {"order_month": day.replace(day=1), "country": "Poland", "house_revenue": 8.0 * units}
        made.append(row | {"is_product": True})
    return made


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two years of jazz, one of rock."""
    lake = Lake(tmp_path_factory.mktemp("seasons"))
    write(lake, "gold/fct_order_line", [*lines("R1", 731), *lines("R2", 365)])
    empty = pa.schema([("order_id", pa.string()), ("order_month", pa.date32())])
    write(lake, "gold/int_cancelled_order", [], empty)
    long_ago = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
    release: dict[str, Any] = {
        "format": "LP",
        "artist_id": "A",
        "label_id": "L",
        "list_price": 9.0,
        "release_year": 2023,
    }
    release |= {"release_date": long_ago.date(), "valid_from": long_ago, "valid_to": None}
    releases = [release | {"release_id": "R1", "title": "One", "genre": "jazz"}]
    releases += [release | {"release_id": "R2", "title": "Two", "genre": "rock"}]
    fields = [pa.field(name, type_) for name, type_ in (
        ("release_id", pa.string()), ("title", pa.string()), ("genre", pa.string()), ("format", pa.string()),
        ("artist_id", pa.string()), ("label_id", pa.string()), ("list_price", pa.float64()),
        ("release_year", pa.int32()), ("release_date", pa.date32()),
        ("valid_from", pa.timestamp("us", "UTC")), ("valid_to", pa.timestamp("us", "UTC")),
    )]  # fmt: skip
    write(lake, "silver/releases_history", releases, pa.schema(fields))
    return lake


def ran(root: Path) -> dict[str, Any]:
    """What the step of the job says."""
    definitions = build_definitions(Settings(lake=root, threads=2, pseudonym_key=None))
    with DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("seasonality").execute_in_process(instance=instance, run_config=QUIET)
        assert result.success
        event = instance.get_latest_materialization_event(KEY)
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


@pytest.mark.heavy
def test_two_years_are_taken_apart_once_and_published_and_a_year_is_left_out_with_its_reason(lake: Lake) -> None:
    need_packages("prophet", target="prophet")
    first, second = ran(lake.root), ran(lake.root)
    assert first["left_out"] == {"rock": "365 days are known, and seasons need 548, a year and a half"}
    assert (first["mode"], second["mode"]) == ("computed", "skipped: neither an input nor the code has changed")
    con = lake.connect_published()
    assert con.execute("select distinct category from category_seasonality order by 1").fetchall() == [
        ("all",),
        ("jazz",),
    ]
    december = "category = 'jazz' and component = 'yearly' and period = '17 December'"
    ((effect, low, origin),) = con.execute(
        f"select effect, low, origin from category_seasonality where {december}"
    ).fetchall()
    # Planted: 3 in December, 1 else; on the mean of 1 that is 3 / (1 + 2 * 31 / 365) = 2.56, smoothed by six waves.
    assert 1.8 < effect < 3.2
    assert low > 1.3
    assert origin == ORIGIN
    (one, jazz) = seasons(con, lake.published(), ORIGIN)
    assert {one["category"], jazz["category"]} == {"all", "jazz"}
    assert "December" in jazz["words"][0]
    page = render(page_figures(seasons=[jazz]))
    assert "The year of each category" in page
    assert jazz["words"][0] in page
    assert seasons(con, lake.published(), ORIGIN - dt.timedelta(days=1)) == [], "nothing was known of it then"


@pytest.mark.heavy
def test_nothing_sold_is_said_and_makes_no_table(tmp_path: Path) -> None:
    need_packages("prophet", target="prophet")
    assert ran(tmp_path)["mode"] == "skipped: nothing has sold yet"
    assert not Lake(tmp_path).table(SEASONALITY).exists()


def test_without_prophet_it_is_left_out_and_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.seasonality.categories.is_installed", lambda: False)
    assert ran(tmp_path)["mode"] == "skipped: Prophet is not installed; make prophet adds it"
    answer = CliRunner().invoke(app, ["seasonality", "--lake", str(tmp_path)])
    assert answer.exit_code == 1
    assert "install it with make prophet" in answer.output
