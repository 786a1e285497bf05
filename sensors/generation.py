"""Generation requests that wait start the generation job."""

from hashlib import sha256

from dagster import DefaultSensorStatus, RunRequest, RunsFilter, SensorEvaluationContext, SkipReason, sensor

from assets.jobs import GENERATION
from resources.lake import LakeParam
from sensors.landing import UNFINISHED


@sensor(
    job=GENERATION,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts the generation job when requests for stems, texts or pictures wait, or a worker has ended.",
)
def generation_sensor(context: SensorEvaluationContext, lake: LakeParam) -> RunRequest | SkipReason:
    """Ask for one run per set of open requests; none while a run is under way."""
    from lake.journals.generation import GENERATING, PENDING, PLANNING, read_standings
    from resources.generation.tables import requests_in

    waiting = requests_in(read_standings(lake.lake()).values(), PENDING, PLANNING, GENERATING)
    if not waiting:
        return SkipReason("no request waits")
    if context.instance.get_runs(RunsFilter(job_name=GENERATION.name, statuses=UNFINISHED), limit=1):
        return SkipReason(f"{len(waiting)} requests wait; the run that is under way comes first")
    state = sha256(repr([(one.id, one.number) for one in waiting]).encode()).hexdigest()
    if state == context.cursor:
        return SkipReason(f"{len(waiting)} requests are open, and nothing has changed since the last run was asked for")
    context.update_cursor(state)
    return RunRequest(tags={"lacquer/open_requests": str(len(waiting))})
