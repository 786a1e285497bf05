"""Outside sources in the graph: skipped when there are none, fetched by their own job, in silver by the next run."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_schedule_context

from definitions import build_definitions
from resources.outside.fetching import OutsideSources
from resources.settings import Settings
from sensors.schedules import outside_schedule
from tests.integration.dagster.running import QUIET, ask, run_main
from tests.unit.outside.test_pages import HTML, page, product
from tests.unit.outside.test_rates import FRIDAY, MONDAY, rates
from tests.web_server import Answer, web_server


def run_outside(root: Path, sources: Path | None) -> tuple[bool, set[str], dict[str, str]]:
    """Run the job `outside`: whether it succeeded, which assets were made, and what those that failed say."""
    definitions = build_definitions(Settings(lake=root, sources=sources, pseudonym_key=None))
    with DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("outside").execute_in_process(
            instance=instance, raise_on_error=False, run_config=QUIET
        )
    made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
    failed = {
        event.step_key or "": event.step_failure_data.user_failure_data.description or ""
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.user_failure_data
    }
    return result.success, made, failed


def configured(root: Path, *sources: dict[str, Any]) -> Path:
    path = root / "sources.yaml"
    path.write_text(json.dumps({"sources": sources}))  # JSON is YAML
    return path


def test_without_a_sources_file_nothing_is_asked_and_nothing_fails(tmp_path: Path) -> None:
    assert run_outside(tmp_path / "lake", None) == (True, set(), {})
    assert not (tmp_path / "lake" / "landing").exists()


@pytest.mark.heavy
def test_what_is_fetched_reaches_silver_though_another_source_is_down(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    with web_server() as server:
        file = configured(
            lake,
            {"name": "ecb", "type": "ecb-rates", "currencies": ["USD", "GBP"], "url": server.url},
            {
                "name": "weather",
                "type": "open-meteo",
                "since": "2026-03-01",
                "archive_url": f"{server.url}/down",
                "places": [{"region": "DE", "latitude": 52, "longitude": 13, "timezone": "Europe/Berlin"}],
            },
            {"name": "shop", "type": "pages", "pages": [{"url": f"{server.url}/cut", "release": "R1"}], "pause_s": 1},
        )
        server.on("/eurofxref-hist.xml", rates(d20240109=MONDAY, d20240105=FRIDAY))
        server.on("/down", Answer(status=404))
        review = {"reviewRating": {"ratingValue": "4"}, "reviewBody": "Quiet pressing.", "datePublished": "2026-02-01"}
        server.on("/cut", Answer(page(product("1.299,00 €", review=[review])), headers=HTML))
        success, made, failed = run_outside(lake, file)
    assert (success, made, list(failed)) == (False, {"economy", "pages"}, ["outside__weather"])
    assert "weather: GET http://127.0.0.1" in failed["outside__weather"]
    assert "404 Not Found" in failed["outside__weather"]

    ran = run_main(lake)  # a lake that holds nothing else
    assert ran.success, ran.failed_checks
    rows = "select currency, rate_date, rate from exchange_rates order by all"
    friday, monday = dt.date(2024, 1, 5), dt.date(2024, 1, 9)
    assert ask(lake, rows) == [
        ("GBP", friday, Decimal("0.85590000")),
        ("GBP", monday, Decimal("0.85010000")),
        ("USD", friday, Decimal("1.08230000")),
        ("USD", monday, Decimal("1.09300000")),
    ]
    price = "select release_id, price, currency, source from competitor_prices"
    assert ask(lake, price) == [("R1", Decimal("1299.0000"), "EUR", "127.0.0.1")]
    assert ask(lake, "select entity_id, rating_share, text from reviews") == [("R1", 0.8, "Quiet pressing.")]
    assert ask(lake, "select count(*) from signals") == [(6,)]


def test_the_schedule_asks_for_the_families_that_are_due(tmp_path: Path) -> None:
    now = dt.datetime(2026, 3, 10, 12, 20, tzinfo=dt.UTC)

    def tick(file: Path | None) -> Any:
        resources = {"outside": OutsideSources(tmp_path / "lake", file, None)}
        with (
            DagsterInstance.ephemeral() as instance,
            build_schedule_context(instance=instance, scheduled_execution_time=now, resources=resources) as context,
        ):
            return outside_schedule(context)

    skipped = tick(None)
    assert isinstance(skipped, SkipReason)
    assert "LACQUER_SOURCES" in (skipped.skip_message or "")
    asked = tick(configured(tmp_path, {"name": "ecb", "type": "ecb-rates", "currencies": ["USD"]}))
    assert isinstance(asked, RunRequest)
    assert [key.path for key in asked.asset_selection or []] == [["outside", "economy"]]
    with pytest.raises(ValueError, match="no-such"):
        tick(tmp_path / "no-such.yaml")
