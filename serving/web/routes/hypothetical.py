"""A form that forecasts a release which is not in the catalogue."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import HTMLResponse

from serving.queries.catalogue import facets
from serving.queries.hypothetical import HypotheticalForecast, HypotheticalRelease, NoForecastError
from serving.queries.projection import projection
from serving.web.pages import Looking, Viewer, view

router = APIRouter()
Word = Annotated[str, Query(max_length=200)]
MOST_ARTISTS = 2000  # offered while typing


def _answer(looking: Viewer, told: dict[str, Any]) -> tuple[HypotheticalForecast | None, str]:
    """The forecast, or why there is none."""
    try:
        release = HypotheticalRelease.model_validate({name: value or None for name, value in told.items()})
        (made,) = looking.services.hypothetical.forecast(looking.reader, [release])
    except ValidationError as error:
        first = error.errors()[0]
        return None, f"{first['loc'][0]}: {first['msg']}"
    except NoForecastError as error:
        return None, str(error)
    return made, ""


@router.get("/forecast")
def hypothetical(
    looking: Looking,
    release_date: Word = "",
    artist: Word = "",
    label: Word = "",
    genre: Word = "",
    format: Word = "",  # noqa: A002 # the name of the field
    title: Word = "",
    list_price: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The form, and below it the forecast of what was filled in."""
    told = {"release_date": release_date, "artist": artist, "label": label, "genre": genre, "format": format}
    told |= {"title": title, "list_price": list_price.replace(",", ".")}
    made, refusal = _answer(looking, told) if any(told.values()) else (None, "")
    artists = {one.artist_name or one.artist_id for one in projection(looking.reader).releases.values()}
    return view(
        "hypothetical.html",
        looking,
        "catalogue",
        422 if refusal else 200,
        told=told,
        made=made,
        refusal=refusal,
        facets=facets(looking.reader),
        artists=sorted(one for one in artists if one)[:MOST_ARTISTS],
    )
