"""Which models serve, how good they were and are, what has drifted, and the time line of their versions."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from serving.queries.models import model_drift, model_events, model_health, model_scores, serving_models
from serving.web.pages import Looking, view

router = APIRouter()


@router.get("/models")
def models(looking: Looking) -> HTMLResponse:
    """The page."""
    reader = looking.reader
    found = {"serving": serving_models(reader), "scores": model_scores(reader), "health": model_health(reader)}
    return view("models.html", looking, "models", drift=model_drift(reader), events=model_events(reader), **found)
