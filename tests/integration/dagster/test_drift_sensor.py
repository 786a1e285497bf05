"""Drift seen at two runs starts a retraining, once a week; so do a live loss above the band, and the clock."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_schedule_context, build_sensor_context

from assets.governance.drift_reports import DRIFT_REPORTS
from assets.governance.model_health import MODEL_HEALTH
from assets.jobs import RETRAIN
from lake.lakehouse import Lake
from resources.lake import LakeResource
from resources.settings import Settings
from sensors.drift import drift_sensor
from sensors.schedules import WEEKLY_RETRAINING

DAY = dt.date(2026, 3, 2)


class Watch:
    """The sensor over a lake whose published reports are planted; its cursor is kept from tick to tick."""

    def __init__(self, root: Path, instance: DagsterInstance) -> None:
        self.lake, self.instance = Lake(root), instance
        self.cursor: str | None = None
        self.resource = LakeResource.from_settings(Settings(lake=root))

    def publish(self, large: list[bool], above: bool = False) -> None:
        """A report for each day, of one quiet feature and one that is large as given, and the live loss."""
        drift = [
            {"model": "forecast", "origin": DAY + dt.timedelta(days=k), "feature": name, "version": 1, **figures}
            for k, is_large in enumerate(large)
            for name, figures in (
                ("price_28", {"psi": 0.4 if is_large else 0.1, "is_large": is_large}),
                ("quiet", {"psi": 0.01, "is_large": False}),
            )
        ]
        health = {"model": "forecast", "version": 1, "role": "champion", "origin": DAY, "n": 9, "loss": 1.0}
        health |= {"coverage": 0.9, "band_low": 0.5, "band_high": 2.0, "is_above": above}
        versions = {}
        for contract, rows in ((DRIFT_REPORTS, drift), (MODEL_HEALTH, [health])):
            table = pa.Table.from_pylist(rows, schema=contract.arrow_schema)
            versions[f"gold/{contract.name}"] = self.lake.table(contract).overwrite(table, None)
        self.lake.publish(versions, "run")

    def tick(self) -> RunRequest | SkipReason:
        context: Any = build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"lake": self.resource}, sensor_name="drift_sensor"
        )
        answer = drift_sensor(context)
        self.cursor = context.cursor
        assert isinstance(answer, RunRequest | SkipReason)
        return answer


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with DagsterInstance.ephemeral() as instance:
        yield Watch(tmp_path / "lake", instance)


def test_a_feature_that_is_large_at_two_runs_starts_one_retraining(watch: Watch) -> None:
    assert isinstance(watch.tick(), SkipReason), "nothing is published yet"
    watch.publish([False, False])
    assert isinstance(watch.tick(), SkipReason)
    watch.publish([False, True])
    assert isinstance(watch.tick(), SkipReason), "one run says nothing"
    watch.publish([True, True])
    asked = watch.tick()
    assert isinstance(asked, RunRequest)
    assert asked.tags["lacquer/retrain_reason"].endswith("(PSI above 0.25): price_28.")
    watch.publish([True, True, True])
    again = watch.tick()
    assert isinstance(again, SkipReason), "at most one a week"


def test_a_live_loss_above_the_band_starts_one(watch: Watch) -> None:
    watch.publish([False, False], above=True)
    asked = watch.tick()
    assert isinstance(asked, RunRequest)
    assert asked.tags["lacquer/retrain_reason"] == "The live loss is above the band of the backtest."


def test_after_a_week_it_may_start_again(watch: Watch) -> None:
    watch.publish([True, True])
    watch.cursor = (dt.datetime.now(dt.UTC) - dt.timedelta(days=6, hours=23)).isoformat()
    assert isinstance(watch.tick(), SkipReason)
    watch.cursor = (dt.datetime.now(dt.UTC) - dt.timedelta(days=7, minutes=1)).isoformat()
    assert isinstance(watch.tick(), RunRequest)


def test_the_clock_asks_for_a_retraining_on_mondays() -> None:
    monday = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
    ticks = WEEKLY_RETRAINING.cron_schedule, WEEKLY_RETRAINING.execution_timezone, WEEKLY_RETRAINING.job_name
    assert ticks == ("0 6 * * 1", "UTC", "retrain")
    with build_schedule_context(scheduled_execution_time=monday) as context:
        asked = WEEKLY_RETRAINING.evaluate_tick(context).run_requests
    assert asked is not None
    assert len(asked) == 1
    assert RETRAIN.tags == {"lacquer/retrain": "true"}
