"""Which models serve, and how good they were."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from serving.queries.models import model_scores, serving_models
from serving.web.pages import Looking, view

router = APIRouter()


@router.get("/models")
def models(looking: Looking) -> HTMLResponse:
    """The page."""
    serving = serving_models(looking.reader)
    return view("models.html", looking, "models", serving=serving, scores=model_scores(looking.reader))
