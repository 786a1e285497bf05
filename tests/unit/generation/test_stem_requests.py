"""Requests for stems, by the worker and by Dagster's generation job, with the real backend and its measures."""

import hashlib
import json
from collections.abc import Callable

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_sensor_context
from typer.testing import Result

from definitions import build_definitions
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from resources.lake import LakeResource
from resources.settings import Settings
from sensors.generation import generation_sensor
from tests.generation_builders import WISH, add_song
from tests.needs import need_packages

pytestmark = pytest.mark.heavy


@pytest.fixture(autouse=True)
def song(lake: Lake) -> None:
    need_packages("jams", "mir_eval", target="audio")
    add_song(lake, "T1", "R1", 7_100)


def test_stems_of_a_track_are_drafts_with_plan_measures_and_checksum(lake: Lake) -> None:
    request = ask(lake, Wish("stem", "T1", ("drums", "bass"), parameters={"bars": 4, "seed": 7}), "ana")
    assert work(lake, Generation()).completed == [request.id]
    con = lake.connect(lake.published())
    sql = "select name, release_id, path, sha256, inputs, scores, seed from gold.generated_assets order by name"
    bass, drums = con.execute(sql).fetchall()
    assert [(one[0], one[1]) for one in (bass, drums)] == [("bass", "R1"), ("drums", "R1")]
    for _, _, path, sha256, inputs, _, seed in (bass, drums):
        assert hashlib.sha256((lake.root / path).read_bytes()).hexdigest() == sha256
        assert len(json.loads(inputs)["beats_s"]) == 4 * json.loads(inputs)["beats_per_bar"]
        assert 7 <= seed < 10
    assert json.loads(bass[5])["root"] >= 0.9
    assert json.loads(drums[5])["beat_f"] >= 0.9


@pytest.mark.parametrize(
    ("track", "bars", "reason"), [("T1", 64, "ask for fewer bars"), ("T2", 4, "no published analysis")]
)
def test_what_cannot_be_planned_fails_with_the_reason(lake: Lake, track: str, bars: int, reason: str) -> None:
    if track == "T2":
        import pyarrow as pa

        from lake.delta.table import Table

        rows = pa.table({"track_id": ["T2"], "release_id": ["R1"], "title": ["Song"]})
        lake.publish({"silver/tracks": Table(lake.path("silver/tracks")).overwrite(rows)}, "other")
    request = ask(lake, Wish("stem", track, ("drums",), parameters={"bars": bars}), "ana")
    assert work(lake, Generation()).failed == [request.id]
    why = lake.connect(lake.published()).execute("select why from gold.generation_requests").fetchall()
    assert reason in why[0][0]


def test_dagster_works_on_many_requests_in_one_run_and_each_is_a_partition(lake: Lake) -> None:
    wanted = {ask(lake, WISH, "ana").id, ask(lake, Wish("text", "R4", ("shop",), "en"), "ana").id}
    job = build_definitions(Settings(lake=lake.root)).resolve_job_def("generation")
    with DagsterInstance.ephemeral() as instance:
        resource = LakeResource(lake.root, 0.01, 2)
        context = build_sensor_context(instance=instance, resources={"lake": resource})
        assert isinstance(generation_sensor(context), RunRequest)
        result = job.execute_in_process(instance=instance)
        assert result.success
        assert set(instance.get_dynamic_partitions("generation_requests")) == wanted
        after = generation_sensor(build_sensor_context(instance=instance, resources={"lake": resource}))
        assert isinstance(after, SkipReason)
    con = lake.connect(lake.published())
    states = con.execute("select state, why from gold.generation_requests order by state").fetchall()
    assert states == [("completed", "1 drafts"), ("failed", "the release has no title; a text needs one")]


def test_the_commands_ask_make_show_and_decide(lake: Lake, lacquer: Callable[..., Result]) -> None:
    on = ("--lake", lake.root)
    asked = lacquer("assets", "request", "T1", "--kind", "stem", "--name", "synth", "--bars", "4", "--by", "ana", *on)
    assert asked.exit_code == 0, asked.output
    made = lacquer("assets", "work", *on)
    assert (made.exit_code, "1 completed, 0 failed, 1 drafts" in made.output) == (0, True), made.output
    asset = lake.connect(lake.published()).execute("select asset_id from gold.generated_assets").fetchall()[0][0]
    assert asset in lacquer("assets", *on).output
    assert (
        lacquer("assets", "approve", asset, "--by", "ana", "--why", "in time", *on).output == f"{asset} is approved\n"
    )
    assert asset not in lacquer("assets", *on).output
    shown = json.loads(lacquer("assets", "show", asset, *on).output)
    assert [(one["state"], one["why"]) for one in shown["history"]][1:] == [("approved", "in time")]
    twice = lacquer("assets", "approve", asset, "--by", "ana", "--why", "again", *on)
    assert (twice.exit_code, "is approved; it cannot become approved" in twice.output) == (1, True)
    unknown = lacquer("assets", "reject", "nothing", "--by", "ana", "--why", "x", *on)
    assert (unknown.exit_code, "no asset nothing" in unknown.output) == (1, True)
