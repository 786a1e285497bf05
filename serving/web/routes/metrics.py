"""Metrics by name: what each means, and reports of several of them, on the screen and as files."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.datastructures import URL
from starlette.responses import HTMLResponse, Response

from serving.api.problems import refuse
from serving.api.routes.metrics_catalogue import MetricQuestion, answered, metrics_file
from serving.exports.tables import Form
from serving.metrics.layer import MOST_ROWS, Metric, MetricError
from serving.web.pages import Looking, Viewer, view

router = APIRouter()
Names = Annotated[list[str] | None, Query(max_length=10)]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")]
MOST_SHOWN = 500


def question(metrics: list[str], by: list[str], since: str, until: str, limit: int) -> MetricQuestion:
    """The question of a form; empty fields ask nothing."""
    told: dict[str, Any] = {"metrics": metrics, "group_by": [one for one in by if one], "limit": limit}
    try:
        days = {name: dt.date.fromisoformat(day) for name, day in (("since", since), ("until", until)) if day}
        return MetricQuestion.model_validate(told | days)
    except ValidationError as error:
        raise refuse(422, error.errors()[0]["msg"]) from None
    except ValueError as error:
        raise refuse(422, str(error)) from None


def _catalogue(looking: Viewer) -> list[Metric]:
    try:
        return looking.services.metric_layer.metrics()
    except MetricError as error:
        raise refuse(503, str(error)) from None


def _common(found: list[Metric], chosen: list[str]) -> list[str]:
    """What all of the chosen metrics can be grouped by."""
    shared = [one.dimensions for one in found if one.name in chosen] or [found[0].dimensions]
    return [name for name in shared[0] if all(name in one for one in shared)]


@router.get("/metrics")
def metrics(
    looking: Looking,
    metric: Names = None,
    by: Names = None,
    since: Day = "",
    until: Day = "",
) -> HTMLResponse:
    """The catalogue, and the values of the metrics that are chosen."""
    found, metric, by = _catalogue(looking), metric or [], by or []
    chosen = [one for one in found if one.name in metric]
    dimensions = _common(found, metric)
    kept = [one for one in by if one in dimensions]
    if not by and chosen and "metric_time__month" in dimensions:
        kept = ["metric_time__month"]
    columns, rows = [], []
    if chosen:
        asked = question([one.name for one in chosen], kept, since, until, MOST_SHOWN)
        answer = answered(looking.services, looking.reader, asked)
        columns, rows = answer.columns, answer.rows
    query = URL("").include_query_params(since=since, until=until).query
    query = "&".join([query, *(f"metric={one.name}" for one in chosen), *(f"by={one}" for one in kept or [""])])
    told: dict[str, Any] = {
        "metrics": found,
        "chosen": chosen,
        "dimensions": dimensions,
        "by": kept,
        "rows": rows,
        "columns": columns,
        "can_mail": looking.services.settings.mail_server is not None,
    }
    return view("metrics.html", looking, "metrics", since=since, until=until, query=query, **told)


@router.get("/metrics/file")
def metrics_as_file(
    looking: Looking,
    metric: Annotated[list[str], Query(max_length=10)],
    by: Names = None,
    since: Day = "",
    until: Day = "",
    form: Annotated[Form, Query(alias="format")] = "csv",
) -> Response:
    """The values that the page shows, and those beyond its last row, as a file."""
    looking.needs("export")
    asked = question(metric, by or [], since, until, MOST_ROWS)
    return metrics_file(looking.services, looking.who, looking.reader, asked, form)
