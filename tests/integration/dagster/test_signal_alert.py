"""Given a real daemon, when bad reviews land as a file, then a receiver gets their alert, without a whole run."""

import json
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunsFilter

from tests.integration.dagster.daemons import CHECKOUT, failures, make_home, running_daemon, until
from tests.integration.dagster.running import ask, land
from tests.receivers import posts

REVIEWS = 8
TICKED = "landing_sensor"


def bad_reviews(lake: Path) -> tuple[str, list[str]]:
    """A release that sells, and one-star reviews of it on the last day of the lake."""
    ((release, day),) = ask(
        lake,
        "select release_id, max(max(sales_date)) over () from fct_sales_day group by all "
        "order by sum(gross_units) desc, release_id limit 1",
    )
    event = {"kind": "review", "entity_type": "release", "entity_id": release, "value": 1.0, "unit": "stars/5"}
    more = {"region": "DE", "occurred_at": f"{day}T10:00:00Z", "source": "shop", "text": "It skips on side two."}
    return release, [json.dumps(event | more | {"event_id": f"review-of-the-day-{one}"}) for one in range(REVIEWS)]


@pytest.mark.heavy
@pytest.mark.timeout(900)  # with the lake's build
def test_a_landed_signal_reaches_a_receiver_without_a_whole_run(lake: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "dagster", CHECKOUT / "definitions.py")
    release, lines = bad_reviews(lake)
    channels = tmp_path / "channels.yaml"
    with posts() as server, DagsterInstance.from_config(str(home)) as instance:
        channels.write_text(f"channels:\n  - {{name: planner, url: '{server.address}', types: [performance]}}\n")
        settings = {
            "LACQUER_ALERT_CHANNELS": str(channels),
            "LACQUER_DATABASE_URL": f"sqlite:///{tmp_path / 'operations.db'}",
        }
        with running_daemon(home, lake, settings):
            until(lambda: any(state.name == TICKED for state in instance.all_instigator_state()))
            began = time.monotonic()
            land(lake, "reviews-of-the-day.jsonl", lines, "signals")
            until(lambda: any(release in body["title"] for _, body in server.got))
            print(f"from the landed file to the receiver: {time.monotonic() - began:.1f} s")
        jobs = {run.job_name for run in instance.get_runs(RunsFilter(tags={"dagster/sensor_name": TICKED}))}
        why = failures(instance)
    assert jobs == {"signals"}, why
    (body,) = [body for _, body in server.got if release in body["title"]]
    assert f"{REVIEWS} reviews of two stars or fewer in 7 days" in body["message"]
