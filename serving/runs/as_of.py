"""A run made again: its inputs laid out in another lake, the same assets run there, the tables compared."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from serving.failures import explained, fail

if TYPE_CHECKING:
    from lake.journals.run_inputs import RunInputs
    from lake.lakehouse import Lake

# Moments and names of the run itself, and where it wrote to: the same run again has others.
OF_THE_RUN = (
    *("made_at", "fitted_at", "at", "noted_at", "registered_at", "written_at", "arrived_at", "found_at", "loaded_at"),
    *("run_id", "target"),
)
# What the same run must not do twice: read other systems, write to them, tell people.
WITHOUT_OTHERS = dict.fromkeys(
    ("erp_url", "pim_url", "kafka_brokers", "sources", "openlineage", "alert_channels", "mail_server")
)
AGAIN = ("main", "main_with_audio", "retrain", "signals")


def run_as_of(run: str, source: "Lake", root: Path) -> None:
    """Lay out what the run found, run its assets, and compare every table; any difference ends the command.

    Args:
        run: the run, or the beginning of its id.
        source: the lake that it ran in.
        root: folder of the new lake.
    """
    from lake.as_of import NotReproducibleError, lay_out
    from lake.journals.run_inputs import read_inputs
    from lake.lakehouse import Lake
    from resources.code import code_digest
    from serving.options import current_settings
    from serving.runs.graph import run_graph

    began = time.monotonic()
    with explained(ValueError):
        inputs = read_inputs(source, run)
    if inputs.job not in AGAIN:
        fail(f"run {inputs.run_id} was of the job {inputs.job}; only runs of {', '.join(AGAIN)} are made again")
    _check_settings(source, inputs)
    if inputs.code != code_digest():
        print(f"warning: the code has changed since run {inputs.run_id}, so tables may differ: check its version out")
    heard = audio_tables()
    settings = current_settings()
    kept = (
        f"Versions are kept {settings.retention_bronze_days} days in bronze, {settings.retention_silver_days} in "
        f"silver, {settings.retention_gold_days} in gold (LACQUER_RETENTION_...); lacquer maintain deletes older ones"
    )
    with explained(NotReproducibleError, OSError):
        done = lay_out(source, inputs, root, as_published=heard, retention=kept)
    print(f"{root}: {done.tables:,} tables as run {inputs.run_id} found them, {done.landed_files:,} landed files")
    made = Lake(root)
    wanted = set(inputs.assets) - set(heard) - {"gold/writebacks", "gold/writeback_conflicts"}
    run_graph(made, "none", began, tags=dict(inputs.tags), only=wanted, given=WITHOUT_OTHERS, job=inputs.job)
    _compare(source, made, inputs)


def audio_tables() -> list[str]:
    """Tables of the audio inbox: its files are outside the lake, so they come as the run left them."""
    import definitions
    from assets.bronze.audio_files import GROUP

    graph = definitions.defs.resolve_asset_graph()
    return ["/".join(key.path) for key in graph.get_all_asset_keys() if graph.get(key).group_name == GROUP]


def _check_settings(source: "Lake", inputs: "RunInputs") -> None:
    from resources.lake import LakeResource
    from serving.options import current_settings

    with explained(ValueError, OSError):
        found = LakeResource.from_settings(current_settings(lake=source.root)).settings_of_results()
    now = json.loads(json.dumps(found, default=str))
    other = [
        f"{name} was {was!r} and is {now[name]!r}" for name, was in inputs.settings.items() if now.get(name) != was
    ]
    if other:
        fail(
            f"settings have changed since run {inputs.run_id}: {'; '.join(other)}; set them as they were (LACQUER_...)"
        )


def _compare(source: "Lake", made: "Lake", inputs: "RunInputs") -> None:
    from lake.as_of import is_kept, tables_of
    from lake.difference import compare_lakes

    tables = tables_of(inputs)
    kept = [key for key in tables if is_kept(source, key, inputs.published[key])]
    found = compare_lakes(source, made, kept, left_versions=inputs.published, without=OF_THE_RUN)
    differing = [one for one in found if not one.is_equal]
    for key in sorted(set(tables) - set(kept)):
        print(f"{key}: not compared, for version {inputs.published[key]} is beyond its retention")
    for one in differing:
        print(
            f"{one.table}: {one.left_rows} rows then, {one.right_rows} now; {one.only_left} only then, "
            f"{one.only_right} only now{''.join(f'; column {column}' for column in one.columns)}"
        )
    if differing:
        fail(f"{len(differing):,} of {len(found):,} tables differ from what run {inputs.run_id} published")
    print(f"{len(found):,} tables equal what run {inputs.run_id} published, but for moments and ids of runs")
