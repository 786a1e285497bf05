"""What happens by the clock, in UTC."""

from dagster import (
    AssetKey,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from assets.governance.search import search_model
from assets.jobs import MAIN, MAINTENANCE, OUTSIDE, PIM, RETRAIN, SEASONALITY
from assets.pim.objects import FULL, READING
from assets.quality.suite_checks import QUALITY
from resources.outside.fetching import OutsideParam
from resources.pim.connecting import UNSET
from resources.pim.pulling import PimObjectsParam

DAILY = ScheduleDefinition(
    name="daily",
    job=MAIN,
    cron_schedule="0 5 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Everything that is new, every morning at five.",
)
DAILY_QUALITY = ScheduleDefinition(
    name="daily_quality",
    job=QUALITY,
    cron_schedule="0 8 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="The suites of expectations, every morning at eight; nothing unless great-expectations is installed.",
)
WEEKLY_MAINTENANCE = ScheduleDefinition(
    name="weekly_maintenance",
    job=MAINTENANCE,
    cron_schedule="0 3 * * 0",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Compaction, checkpoints and vacuum, on Sundays at three.",
)


WEEKLY_SEASONALITY = ScheduleDefinition(
    name="weekly_seasonality",
    job=SEASONALITY,
    cron_schedule="0 7 * * 1",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="The seasons of categories, on Mondays at seven; nothing unless Prophet is installed.",
)

WEEKLY_RETRAINING = ScheduleDefinition(
    name="weekly_retraining",
    job=RETRAIN,
    cron_schedule="0 6 * * 1",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Fits the forecast anew on Mondays at six and reviews the challenger.",
)

WEEKLY_SEARCH = ScheduleDefinition(
    name="weekly_search",
    job=search_model,
    cron_schedule="0 2 * * 6",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Searches for better parameters on Saturdays at two; nothing unless Optuna is installed.",
)


@schedule(
    name="outside",
    job=OUTSIDE,
    cron_schedule="20 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Looks every hour which outside sources are due, and asks those; none unless LACQUER_SOURCES is set.",
)
def outside_schedule(context: ScheduleEvaluationContext, outside: OutsideParam) -> RunRequest | SkipReason:
    """Ask for a run of the families that have a source whose time has come."""
    if outside.file is None:
        return SkipReason("no outside sources: name their file in LACQUER_SOURCES")
    due = outside.due(context.scheduled_execution_time)
    if not due:
        return SkipReason("no outside source is due")
    families = sorted({source.family for source in due})
    return RunRequest(
        asset_selection=[AssetKey(["outside", family]) for family in families],
        tags={"lacquer/sources": ", ".join(source.name for source in due)},
    )


@schedule(
    name="pim",
    job=PIM,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Reads every quarter of an hour what has changed in the PIM, and at two in the morning everything; "
    "nothing unless LACQUER_PIM_URL is set.",
)
def pim_schedule(context: ScheduleEvaluationContext, pim_objects: PimObjectsParam) -> RunRequest | SkipReason:
    """Ask for a reading of the PIM; the night's compares everything."""
    if pim_objects.hub is None:
        return SkipReason(UNSET)
    at = context.scheduled_execution_time
    return RunRequest(tags={READING: FULL} if (at.hour, at.minute) == (2, 0) else {})


schedules = [
    DAILY,
    DAILY_QUALITY,
    WEEKLY_MAINTENANCE,
    WEEKLY_SEASONALITY,
    WEEKLY_RETRAINING,
    WEEKLY_SEARCH,
    outside_schedule,
    pim_schedule,
]
