"""Metrics by name: what each means, and its values."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from serving.api.problems import refuse
from serving.metrics.layer import MetricError, as_value
from serving.web.pages import Looking, view

router = APIRouter()
Name = Annotated[str, Query(max_length=100)]


@router.get("/metrics")
def metrics(looking: Looking, metric: Name = "", by: Name = "metric_time__month") -> HTMLResponse:
    """The catalogue, and the values of the metric that is chosen."""
    layer, rows = looking.services.metric_layer, []
    try:
        found = layer.metrics()
        chosen = next((one for one in found if one.name == metric), None)
        if chosen is not None:
            by = by if by in chosen.dimensions else ""
            rows = layer.ask(looking.reader, [metric], [by] if by else [], limit=500).rows
    except MetricError as error:
        raise refuse(422, str(error)) from None
    shown = [{name: as_value(value) for name, value in row.items()} for row in rows]
    return view("metrics.html", looking, "metrics", metrics=found, chosen=chosen, by=by, rows=shown)
