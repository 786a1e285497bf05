"""The real definitions with the daily schedule once a minute, so that a test can see it tick under a daemon."""

from dagster import DefaultScheduleStatus, ScheduleDefinition

import sensors.schedules

daily = sensors.schedules.DAILY
sensors.schedules.schedules[:] = [
    ScheduleDefinition(
        name=daily.name,
        job=daily.job,
        cron_schedule="* * * * *",
        execution_timezone=daily.execution_timezone,
        default_status=DefaultScheduleStatus.RUNNING,
    )
]

from definitions import defs  # noqa: E402, F401 - the front door reads the list that was just changed
