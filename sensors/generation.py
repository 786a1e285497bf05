"""Generation requests that wait start the generation job; approved assets start the job that publishes them."""

import time
from hashlib import sha256

from dagster import DefaultSensorStatus, RunRequest, RunsFilter, SensorEvaluationContext, SkipReason, sensor

from assets.generation.publishing import publish_approved
from assets.jobs import GENERATION
from resources.lake import LakeParam
from sensors.landing import UNFINISHED

AGAIN_S = 3600  # before what failed is tried again


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


@sensor(
    job=publish_approved,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Publishes approved texts, pictures and stems; what failed is tried again after an hour.",
)
def publishing_sensor(context: SensorEvaluationContext, lake: LakeParam) -> RunRequest | SkipReason:
    """Ask for one run per set of approved assets, and for another each hour that they stay."""
    from lake.journals.generation import APPROVED, read_standings

    waiting = [one for one in read_standings(lake.lake()).values() if one.state == APPROVED]
    if not waiting:
        return SkipReason("no asset is approved and not published")
    if context.instance.get_runs(RunsFilter(job_name=publish_approved.name, statuses=UNFINISHED), limit=1):
        return SkipReason(f"{len(waiting)} assets are approved; the run that is under way comes first")
    state = sha256(repr([(one.id, one.number) for one in waiting]).encode()).hexdigest()
    seen, _, since = (context.cursor or "").partition("|")
    now = int(time.time())
    if state == seen and now - int(since) < AGAIN_S:
        return SkipReason(f"{len(waiting)} assets are approved, and the last run could not publish them")
    context.update_cursor(f"{state}|{now}")
    return RunRequest(tags={"lacquer/approved_assets": str(len(waiting))})
