"""Drift of features, or live losses above the backtest's band, start a retraining, at most one a week."""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import DefaultSensorStatus, RunRequest, RunsFilter, SensorEvaluationContext, SkipReason, sensor

from assets.forecasts.recipes import MODEL
from assets.jobs import RETRAIN
from resources.lake import LakeParam
from sensors.landing import UNFINISHED

if TYPE_CHECKING:
    from lake.lakehouse import Lake

_DRIFT_SQL = """
select origin, feature, is_large from gold.drift_reports where model = $model
qualify dense_rank() over (order by origin desc) <= 2
"""
_LIVE_SQL = """
select is_above from gold.model_health where model = $model and role = 'champion' order by origin desc limit 1
"""


def why_retrain(store: "Lake", last: dt.datetime | None, now: dt.datetime) -> str | None:
    """Why a retraining starts now, by what is published; None where nothing calls for it."""
    from ml.drift.alarm import drifted, reason_to_retrain

    published = store.published()
    if not {"gold/drift_reports", "gold/model_health"} <= published.keys():
        return None
    con = store.connect({key: published[key] for key in ("gold/drift_reports", "gold/model_health")})
    names = ("origin", "feature", "is_large")
    rows = con.execute(_DRIFT_SQL, {"model": MODEL}).fetchall()
    reports = [dict(zip(names, row, strict=True)) for row in rows]
    live = con.execute(_LIVE_SQL, {"model": MODEL}).fetchall()
    return reason_to_retrain(drifted(reports), bool(live and live[0][0]), last, now)


@sensor(
    job=RETRAIN,
    minimum_interval_seconds=600,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts a retraining when features have drifted at two runs in a row or live losses have left the "
    "backtest's band; at most one a week, the weekly one included.",
)
def drift_sensor(context: SensorEvaluationContext, lake: LakeParam) -> RunRequest | SkipReason:
    """Ask for at most one retraining a week."""
    now = dt.datetime.now(dt.UTC)
    runs = context.instance.get_run_records(RunsFilter(job_name=RETRAIN.name), limit=1)
    begun = [record.create_timestamp.astimezone(dt.UTC) for record in runs]
    asked = [dt.datetime.fromisoformat(context.cursor)] if context.cursor else []
    last = max([*begun, *asked], default=None)
    why = why_retrain(lake.lake(), last, now)
    if why is None:
        return SkipReason("no drift that calls for a retraining, or the last one is younger than a week")
    if context.instance.get_runs(RunsFilter(job_name=RETRAIN.name, statuses=UNFINISHED), limit=1):
        return SkipReason("a retraining is under way")
    context.update_cursor(now.isoformat())
    return RunRequest(run_key=f"drift {now.date()}", tags={"lacquer/retrain_reason": why[:250]})
