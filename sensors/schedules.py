"""What happens by the clock, in UTC."""

from dagster import DefaultScheduleStatus, ScheduleDefinition

from assets.jobs import MAIN, MAINTENANCE

DAILY = ScheduleDefinition(
    name="daily",
    job=MAIN,
    cron_schedule="0 5 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Everything that is new, every morning at five.",
)
WEEKLY_MAINTENANCE = ScheduleDefinition(
    name="weekly_maintenance",
    job=MAINTENANCE,
    cron_schedule="0 3 * * 0",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Compaction, checkpoints and vacuum, on Sundays at three.",
)

schedules = [DAILY, WEEKLY_MAINTENANCE]
