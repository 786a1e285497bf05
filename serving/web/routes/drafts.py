"""Pages of generated assets: the list, and one asset to listen to or read, and to approve or reject."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from serving.api.auditions import NothingToCompareError, audition_of
from serving.api.problems import refuse
from serving.api.routes.marketing import Decision, decide, file_answer, known_asset
from serving.queries import drafts
from serving.web.audition import one_page, player
from serving.web.formats import moment
from serving.web.pages import Looking, Viewer, title_of, view
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
    """An asset with its sounds, picture or text, its measures and what was decided."""
    asset = known_asset(looking.reader, asset_id)
    shown = {"drawing": None, "audition": None, "not_compared": ""}
    if asset["kind"] == "stem":
        shown |= _sounds(looking, asset)
    return view("draft.html", looking, "assets", asset=asset, measures=_measures(asset), saved=saved, **shown)


def _sounds(looking: Viewer, asset: dict[str, Any]) -> dict[str, Any]:
    """What plays original, stem and mix; where there is no original, the stem alone and why."""
    try:
        done = audition_of(looking.services, looking.reader, asset)
    except NothingToCompareError as error:
        outline, says = asset["scores"].get("outline"), translate("waveform with beats and chords", looking.language)
        drawing = waveform(outline, asset["inputs"], f"{asset['name']}: {says}") if outline else None
        return {"drawing": drawing, "not_compared": str(error)}
    sources = {name: f"/assets/{asset['asset_id']}/audition/{name}" for name in done.paths}
    return {"audition": player(done.outlines, sources, asset["inputs"], done.rms_dbfs, looking.language)}


def _measures(asset: dict[str, Any]) -> list[tuple[str, float]]:
    return [(name, asset["scores"][name]) for name in MEASURES if asset["scores"].get(name) is not None]


@router.get("/assets/{asset_id}/audition/{part}")
def sound_of_audition(looking: Looking, asset_id: AssetId, part: Literal["original", "stem", "mix"]) -> FileResponse:
    """Original, stem or mix of the loop, all at one level."""
    try:
        done = audition_of(looking.services, looking.reader, known_asset(looking.reader, asset_id))
    except NothingToCompareError as error:
        raise refuse(404, str(error)) from None
    return FileResponse(done.paths[part], media_type="audio/flac", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/assets/{asset_id}/audition.html")
def page_of_audition(looking: Looking, asset_id: AssetId) -> Response:
    """The audition as one page to keep or send: sounds, drawings and the decision; it needs no network."""
    asset = known_asset(looking.reader, asset_id)
    try:
        done = audition_of(looking.services, looking.reader, asset)
    except NothingToCompareError as error:
        raise refuse(404, str(error)) from None
    plan, language = asset["inputs"], looking.language
    named = title_of(looking.reader, asset["release_id"]) if asset["release_id"] else ""
    facts = [one for one in (named, asset["track_id"], plan["key"], asset["model"] or asset["backend"]) if one]
    decision = {"state": asset["state"], "who": asset["changed_by"], "why": asset["why"]}
    decision["at"] = moment(asset["changed_at"], language)
    text = one_page(done, plan, f"{asset['name']} · {asset_id}", facts, language, _measures(asset), decision)
    headers = {
        "Content-Disposition": f'attachment; filename="audition-{asset["asset_id"]}.html"',
        "Cache-Control": "no-store",
    }
    return HTMLResponse(text, headers=headers)


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
