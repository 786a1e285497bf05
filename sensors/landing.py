"""New files in the landing folders start the main job."""

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
from assets.jobs import MAIN, MAIN_WITH_AUDIO
from resources.lake import LakeParam, LakeResource

if TYPE_CHECKING:
    from lake.ingest.landing.file import LandedFile

UNFINISHED = [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def waiting_files(lake: LakeResource) -> "list[LandedFile]":
    """Files that have landed and that the ledger does not know."""
    from lake.delta.table import Table
    from lake.ingest.landing.ledger import read_ledger
    from lake.ingest.landing.listing import landed_files

    store = lake.lake()
    found = []
    for table, stream in sorted(STREAMS.items()):
        ledger = read_ledger(store, Table(store.path(f"bronze/{table}")))
        found += [file for file in landed_files(lake.landing(stream)) if not ledger.knows(file)]
    return found


@sensor(
    job=MAIN,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts the main job when files have landed that bronze does not have. Move files in: a name that "
    "begins with a dot or ends in .part is left alone.",
)
def landing_sensor(context: SensorEvaluationContext, lake: LakeParam) -> RunRequest | SkipReason:
    """Ask for one run per set of waiting files."""
    files = waiting_files(lake)
    if not files:
        return SkipReason("nothing new has landed")
    for job in (MAIN, MAIN_WITH_AUDIO):
        if context.instance.get_runs(RunsFilter(job_name=job.name, statuses=UNFINISHED), limit=1):
            return SkipReason(f"{len(files)} files wait for the run that is under way")
    key = sha256(repr([(file.name, file.bytes, file.modified_ns) for file in files]).encode()).hexdigest()
    if key == context.cursor:
        return SkipReason(f"the run for these {len(files)} files did not take them in: it failed")
    context.update_cursor(key)
    return RunRequest(run_key=key, tags={"lacquer/files": str(len(files)), "lacquer/first_file": files[0].name})
