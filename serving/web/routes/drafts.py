"""Pages of generated assets: the list, and one asset to listen to or read, and to approve or reject."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from serving.api.routes.marketing import Decision, decide, file_answer, known_asset
from serving.queries import drafts
from serving.web.pages import Looking, view
from serving.web.waveform import waveform
from serving.web.words import translate

router = APIRouter()
AssetId = Annotated[str, Path(max_length=40)]
MEASURES = (
    "beat_f",
    "root",
    "chord",
    "in_key",
    "tuning_cents",
    "integrated_lufs",
    "true_peak_dbtp",
    "contrast",
    "smallest_text_px",
)


@router.get("/assets")
def list_assets(looking: Looking) -> HTMLResponse:
    """Drafts first, then what was decided; and the requests."""
    found = drafts.assets(looking.reader, limit=200)
    return view("drafts.html", looking, "assets", assets=found, requests=drafts.requests(looking.reader, 30))


@router.get("/assets/{asset_id}")
def one_asset(looking: Looking, asset_id: AssetId, saved: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """An asset with its sound or text, its measures and what was decided."""
    asset = known_asset(looking.reader, asset_id)
    drawing = None
    if asset["kind"] == "stem" and asset["scores"].get("outline"):
        says = f"{asset['name']}: {translate('waveform with beats and chords', looking.language)}"
        drawing = waveform(asset["scores"]["outline"], asset["inputs"], says)
    measures = [(name, asset["scores"][name]) for name in MEASURES if asset["scores"].get(name) is not None]
    return view("draft.html", looking, "assets", asset=asset, drawing=drawing, measures=measures, saved=saved)


@router.get("/assets/{asset_id}/file")
def file_of_asset(looking: Looking, asset_id: AssetId) -> FileResponse:
    """The sound or picture of an asset."""
    return file_answer(looking.services, known_asset(looking.reader, asset_id))


@router.post("/assets/{asset_id}/decision")
def decide_on_asset(
    looking: Looking,
    asset_id: AssetId,
    decision: Annotated[Literal["approve", "reject"], Form()],
    why: Annotated[str, Form(min_length=1, max_length=500)],
) -> Response:
    """Approve or reject; open pages notice the new publication."""
    looking.needs("generate")
    decide(looking.services, looking.who, looking.reader, asset_id, Decision(decision=decision, why=why))
    looking.services.publications.refresh()
    return RedirectResponse(f"/assets/{asset_id}?saved=decision", 303)
