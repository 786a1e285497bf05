"""The page of one release, and what people can tell about it: their own figure, and what really sold."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Path, Query
from markupsafe import Markup
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ml.reporting.charts import fan
from ml.reporting.trends import columns
from serving.api.problems import refuse
from serving.api.routes.feedback import SalesFeedback, take_feedback
from serving.api.routes.overrides import NewOverride, put_override
from serving.api.routes.releases import known
from serving.queries.audio import sounds_like
from serving.queries.buyers import buyers_of_release
from serving.queries.prices import buying, current_prices
from serving.queries.sales import sales_by_day, sales_by_month
from serving.queries.sections import SECTIONS, section
from serving.queries.tags import tags_of
from serving.web.formats import day
from serving.web.pages import Looking, Viewer, view
from serving.web.routes.audio import heard_tracks
from serving.web.words import translate

if TYPE_CHECKING:
    from serving.queries.records import Forecast

router = APIRouter()
ReleaseId = Annotated[str, Path(max_length=100)]
DAYS = 90
DEFAULT_WINDOW = dt.timedelta(days=30)


def _fan(looking: Viewer, forecast: "Forecast") -> Markup:
    """The release's last 90 days added up, and its forecast behind them."""
    sold = {one.day: max(one.gross_units, 0) for one in sales_by_day(looking.reader, forecast.product_id, 400)}
    sums = [0.0]
    for back in range(DAYS - 1, -1, -1):
        sums.append(sums[-1] + sold.get(forecast.origin - dt.timedelta(days=back), 0))
    ranges = [(h.horizon_days, h.units.p10, h.units.p50, h.units.p90) for h in forecast.horizons]
    plan, today = forecast.horizons[0].override_units, translate("today", looking.language)
    if looking.language == "de":
        return fan(forecast.origin, sums, ranges, plan, today, lambda one: f"{one:%d.%m.}")
    return fan(forecast.origin, sums, ranges, plan, today)


@router.get("/releases/{release_id}")
def release(looking: Looking, release_id: ReleaseId, saved: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """Sales, forecast with its reasons, stock, prices, buyers, and what else is published of it."""
    found = known(looking.reader, release_id)
    months = sales_by_month(looking.reader, release_id=release_id)[-24:]
    drawing = None
    if months:
        values = [float(one.net_units) for one in months]
        says = f"{translate('Sales per month', looking.language)}: {sum(values):,.0f}"
        drawing = columns([one.day for one in months], values, says, lambda one: day(one, looking.language))
    sections_shown = [section(looking.reader, name, release_id=release_id, limit=20) for name in SECTIONS]
    return view(
        "release.html",
        looking,
        "catalogue",
        release=found.release,
        forecast=found.forecast,
        stock=found.stock,
        fan=_fan(looking, found.forecast) if found.forecast else None,
        drawing=drawing,
        buyers=buyers_of_release(looking.reader, release_id),
        tracks=heard_tracks(looking, release_id),
        alike=sounds_like(looking.reader, release_id=release_id, limit=8),
        prices=current_prices(looking.reader, release_id),
        bought=buying(looking.reader, release_id),
        more=[one for one in sections_shown if one is not None and one.rows],
        until=found.forecast.origin + DEFAULT_WINDOW if found.forecast else None,
        saved=saved,
        tags=tags_of(looking.reader, release_id),
    )


@router.post("/releases/{release_id}/override")
def override(
    looking: Looking,
    release_id: ReleaseId,
    horizon_days: Annotated[int, Form()],
    units: Annotated[float, Form()],
    until: Annotated[dt.date, Form()],
    why: Annotated[str, Form(max_length=500)],
) -> Response:
    """Put the viewer's own figure beside the forecast."""
    looking.needs("overrides")
    told = {"product_id": release_id, "horizon_days": horizon_days, "units": units, "until": until, "why": why}
    try:
        put_override(looking.services, looking.who, looking.reader, NewOverride.model_validate(told))
    except ValidationError as error:
        raise refuse(422, error.errors()[0]["msg"]) from None
    looking.services.publications.refresh()
    return RedirectResponse(f"/releases/{release_id}?saved=override", 303)


@router.post("/releases/{release_id}/feedback")
def feedback(
    looking: Looking,
    release_id: ReleaseId,
    origin: Annotated[dt.date, Form()],
    horizon_days: Annotated[int, Form()],
    actual_units: Annotated[float, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Report what really sold."""
    looking.needs("feedback")
    told = {"product_id": release_id, "origin": origin, "horizon_days": horizon_days, "actual_units": actual_units}
    try:
        body = SalesFeedback.model_validate({**told, "reason": reason or None})
    except ValidationError as error:
        raise refuse(422, error.errors()[0]["msg"]) from None
    take_feedback(looking.services, looking.who, looking.reader, body, None)
    return RedirectResponse(f"/releases/{release_id}?saved=feedback", 303)
