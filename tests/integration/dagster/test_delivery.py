"""Given runs that fail and pass, a real receiver hears of it once, and the alert resolves by itself."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from dagster import (
    AssetCheckResult,
    DagsterInstance,
    Definitions,
    SkipReason,
    asset,
    asset_check,
    build_sensor_context,
    define_asset_job,
)
from deltalake import write_deltalake

from lake.dead_letters import DEAD_LETTERS
from lake.journals.alerts import read_events
from lake.lakehouse import Lake
from ml.alerts.alert import fold
from resources.alerting import note_outcomes
from resources.delivery.lake_state import state_outcomes
from resources.delivery.parameter import Delivery
from resources.lake import LakeResource
from resources.settings import Settings
from sensors.delivery import LAKE_TAG, delivery_sensor, follow_runs
from tests.receivers import posts


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


def run(instance: DagsterInstance, lake: Path, *, breaks: bool, rows: int = 1, tag: bool = True) -> None:
    """Run a table with one check; it breaks, or the check fails where there are no rows."""

    @asset(key="orders")
    def orders() -> None:
        if breaks:
            raise RuntimeError("the ERP is away")

    @asset_check(asset="orders")
    def has_rows() -> AssetCheckResult:
        return AssetCheckResult(passed=rows > 0)

    definitions = Definitions(assets=[orders], asset_checks=[has_rows], jobs=[define_asset_job("main")])
    tags = {LAKE_TAG: str(lake)} if tag else {}
    definitions.resolve_job_def("main").execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def states(store: Lake) -> dict[str, str]:
    return {one.release_id: one.state for one in fold(read_events(store)[0]).values()}


def test_a_failed_run_and_a_failed_check_are_alerts_until_they_pass(instance: DagsterInstance, tmp_path: Path) -> None:
    store = Lake(tmp_path / "lake")
    store.root.mkdir()
    run(instance, store.root, breaks=True)
    assert follow_runs(instance, store, 48) == 1
    assert follow_runs(instance, store, 48) == 0
    (event,) = read_events(store)[0]
    assert "failed in orders" in event["message"]
    run(instance, store.root, breaks=False, rows=0)
    follow_runs(instance, store, 48)
    assert states(store) == {"run:main": "resolved", "check:orders": "open"}
    run(instance, store.root, breaks=False)
    follow_runs(instance, store, 48)
    assert set(states(store).values()) == {"resolved"}
    shown = store.connect_published().sql("select release_id, state from gold.alerts order by all").fetchall()
    assert shown == [("check:orders", "resolved"), ("run:main", "resolved")]


def test_runs_on_another_lake_are_not_ours(instance: DagsterInstance, tmp_path: Path) -> None:
    store = Lake(tmp_path / "lake")
    store.root.mkdir()
    run(instance, tmp_path / "other", breaks=True)
    assert follow_runs(instance, store, 48) == 0
    run(instance, store.root, breaks=True, tag=False)
    assert follow_runs(instance, store, 48) == 1


def test_the_sensor_sends_each_once_and_nothing_without_channels(instance: DagsterInstance, tmp_path: Path) -> None:
    lake = LakeResource.from_settings(Settings(lake=tmp_path / "lake"))
    lake.lake().root.mkdir()
    run(instance, tmp_path / "lake", breaks=True)
    with posts() as server:
        channels = tmp_path / "channels.yaml"
        channels.write_text(f"channels:\n  - {{name: ops, url: '{server.address}', types: [data]}}\n")

        def tick(delivery: Delivery, cursor: str | None = None) -> tuple[str, str | None]:
            context = build_sensor_context(
                instance=instance, cursor=cursor, resources={"lake": lake, "delivery": delivery}
            )
            answer = delivery_sensor(context)
            assert isinstance(answer, SkipReason)
            return str(answer.skip_message), context.cursor

        without = Settings(lake=tmp_path / "lake", alert_channels=None)
        assert tick(Delivery(without))[0].startswith("no channels")
        delivery = Delivery(without.model_copy(update={"alert_channels": channels}))
        said, cursor = tick(delivery)
        assert said == "1 new messages, 1 sent, 0 refused"
        assert tick(delivery, cursor)[0] == "0 new messages, 0 sent, 0 refused"
        ((_, body),) = server.got
    assert body["title"] == "[high] run:main: run_failed"


def test_a_source_that_stops_and_a_surge_of_dead_letters_are_alerts(instance: DagsterInstance, tmp_path: Path) -> None:
    store, now = Lake(tmp_path / "lake"), dt.datetime.now(dt.UTC)
    write_deltalake(store.path("bronze/erp_changes"), pa.table({"batch_id": ["a"]}))
    store.publish({"bronze/erp_changes": 0}, "run")
    assert follow_runs(instance, store, 48) == 0
    letter = {"table_name": "silver/orders", "batch_id": "b", "rule": "json", "reason": "no JSON", "raw": b"{"}
    rows = [
        {column.name: None for column in DEAD_LETTERS.columns} | letter | {"batch_line": line, "found_at": now}
        for line in range(20)
    ]
    store.journal(DEAD_LETTERS).note(rows)
    assert note_outcomes(store, state_outcomes(store, 48, now)) == 1
    note_outcomes(store, state_outcomes(store, 1, now + dt.timedelta(hours=2)))
    assert states(store)["stale:bronze/erp_changes"] == "open"
    assert "dead_letters:silver/orders" in states(store)
    shown = store.connect_published().sql("select type, priority from gold.alerts order by all").fetchall()
    assert shown == [("data", "high"), ("data", "medium")]
