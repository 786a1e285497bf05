"""New files in the landing folders start the main job; where only signals have landed, the job of signals."""

from hashlib import sha256
from typing import TYPE_CHECKING

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from assets.bronze import STREAMS
from assets.jobs import MAIN, MAIN_WITH_AUDIO, SIGNALS_JOB
from assets.partial import SIGNALS, written_by_whole_run
from resources.lake import LakeParam, LakeResource

if TYPE_CHECKING:
    from lake.ingest.landing.file import LandedFile

UNFINISHED = [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def waiting_files(lake: LakeResource) -> "dict[str, list[LandedFile]]":
    """By bronze table, the files that have landed and that the ledger does not know."""
    from lake.delta.table import Table
    from lake.ingest.landing.ledger import read_ledger
    from lake.ingest.landing.listing import landed_files

    store = lake.lake()
    found = {}
    for table, stream in sorted(STREAMS.items()):
        ledger = read_ledger(store, Table(store.path(f"bronze/{table}")))
        if waiting := [file for file in landed_files(lake.landing(stream)) if not ledger.knows(file)]:
            found[f"bronze/{table}"] = waiting
    return found


@sensor(
    jobs=[MAIN, SIGNALS_JOB],
    minimum_interval_seconds=10,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts the main job when files have landed that bronze does not have, the job of signals when only "
    "signals have, also beside a main job. Move files in: names that begin with a dot or end in .part are left alone.",
)
def landing_sensor(context: SensorEvaluationContext, lake: LakeParam) -> RunRequest | SkipReason:
    """Ask for one run per set of waiting files."""
    waiting = waiting_files(lake)
    files = [file for found in waiting.values() for file in found]
    if not files:
        return SkipReason("nothing new has landed")
    store = lake.lake()
    # Before the first whole run there is nothing that the job of signals could add to.
    is_partial = set(waiting) <= set(SIGNALS) <= set(store.published())
    chosen = SIGNALS_JOB if is_partial else MAIN
    for job in (SIGNALS_JOB,) if is_partial else (MAIN, MAIN_WITH_AUDIO):
        if context.instance.get_runs(RunsFilter(job_name=job.name, statuses=UNFINISHED), limit=1):
            return SkipReason(f"{len(files)} files wait for the run that is under way")
    if is_partial and (run_id := written_by_whole_run(context.instance, store, SIGNALS)):
        return SkipReason(f"{len(files)} files wait for run {run_id}, which has written what follows from them")
    key = sha256(repr([(file.name, file.bytes, file.modified_ns) for file in files]).encode()).hexdigest()
    if key == context.cursor:
        return SkipReason(f"the run for these {len(files)} files did not take them in: it failed")
    context.update_cursor(key)
    tags = {"lacquer/files": str(len(files)), "lacquer/first_file": files[0].name}
    return RunRequest(run_key=key, job_name=chosen.name, tags=tags)
