"""The sensor asks for a run when topics hold what the published state lacks; the run reads by the same code."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_sensor_context, materialize

from assets.bronze.streaming import read_into_bronze, table_of
from lake.ingest.streams.ingest import Bounds
from lake.lakehouse import Lake
from resources.lake import LakeResource
from resources.streams.connecting import Streams
from sensors.streams import streams_sensor

pytestmark = pytest.mark.heavy


def test_a_run_is_asked_for_once_per_state_and_reads_beside_a_follower(
    broker, topic: Callable[..., str], event: Callable[[int], bytes], tmp_path: Path
) -> None:
    from assets.bronze.signal_events import signal_events

    name, lake = topic(2), LakeResource(tmp_path, allowed_bad_share=0.01, threads=2)
    streams = Streams({"signals": (name,)}, {key: str(value) for key, value in broker.options.items()}, name)
    instance = DagsterInstance.ephemeral()

    def look(cursor: str | None) -> tuple[object, str | None]:
        context = build_sensor_context(instance=instance, cursor=cursor, resources={"lake": lake, "streams": streams})
        return streams_sensor(context), context.cursor

    assert look(None) == (SkipReason("no messages wait"), None)
    broker.send(name, map(event, range(300)), partition=0)
    asked, cursor = look(None)
    assert isinstance(asked, RunRequest)
    assert asked.tags["lacquer/streams"] == "signals"
    assert look(cursor)[0] == SkipReason("nothing has come since the last run was asked for")

    # A follower was faster with some of it; the run takes the rest, and its balance holds.
    read_into_bronze(streams, lake.lake(), "signals", Bounds(rows=100, most_rows=100))
    ran = materialize([signal_events], instance=instance, resources={"lake": lake, "streams": streams})
    assert ran.success
    event_of = ran.asset_materializations_for_node("bronze__signal_events")[0]
    assert event_of.metadata["rows_out"].value == 200
    assert {check.check_name: check.passed for check in ran.get_asset_check_evaluations()} == {
        "balance": True,
        "bad_share": True,
    }
    store = Lake(tmp_path)
    table = store.table(table_of("signals")[0])
    assert table.row_count() == 300
    store.publish({table.name: table.version()}, "test")
    assert look(cursor)[0] == SkipReason("no messages wait")
    broker.send(name, map(event, range(300, 301)), partition=1)
    assert isinstance(look(cursor)[0], RunRequest)


def test_without_topics_nothing_is_asked(tmp_path: Path) -> None:
    lake = LakeResource(tmp_path, allowed_bad_share=0.01, threads=2)
    context = build_sensor_context(resources={"lake": lake, "streams": Streams()})
    answer = streams_sensor(context)
    assert isinstance(answer, SkipReason)
    assert "LACQUER_KAFKA_BROKERS" in str(answer.skip_message)
