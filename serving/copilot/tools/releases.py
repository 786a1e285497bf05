"""Tools about releases: forecast, its reasons, releases alike, buyers to offer one to, two beside each other."""

import datetime as dt
from typing import Any

from serving.copilot.checks import Ground
from serving.copilot.facts import tool_fact
from serving.copilot.plan import Period, RefusedError, ToolCall
from serving.copilot.tools.found import Found
from serving.queries.projection import projection

COMPARED_DAYS = 30


def forecast(plan: ToolCall, ground: Ground) -> Found:
    """Units and revenue of one release, with the values they stay below with 10, 50 and 90% probability."""
    made = projection(ground.reader).forecasts.get(str(plan.release_id))
    if made is None:
        raise RefusedError("not_published", f"{plan.release_id} has no forecast from the newest origin")
    found = Found(columns=["horizon_days", "units_p10", "units_p50", "units_p90", "revenue_p50"])
    for one in made.horizons:
        if plan.horizon_days not in (None, one.horizon_days):
            continue
        start = one.starts_on or made.origin + dt.timedelta(days=1)
        days = Period(since=start, until=start + dt.timedelta(days=one.horizon_days - 1))
        for part in ("p10", "p50", "p90"):
            label = f"units {part.upper()} in {one.horizon_days} days"
            found.facts.append(tool_fact(plan, ground.reader, label, getattr(one.units, part), "units", days))
        found.rows.append(
            {"horizon_days": one.horizon_days, "units_p10": one.units.p10, "units_p50": one.units.p50}
            | {"units_p90": one.units.p90, "revenue_p50": one.revenue.p50}
        )
        if one.override_units is not None:
            found.notes.append(f"{one.override_by} expects {one.override_units:g} units in {one.horizon_days} days")
    found.notes.append(f"forecast of {made.origin} by {made.model_version}; risk {made.risk_level}")
    return found


def explain(plan: ToolCall, ground: Ground) -> Found:
    """The reasons of a release's 30-day forecast, in units."""
    made = projection(ground.reader).forecasts.get(str(plan.release_id))
    if made is None or not made.reasons:
        raise RefusedError("not_published", f"no explanation of the forecast of {plan.release_id} is published")
    found = Found(columns=["rank", "units", "text"], rows=[one.model_dump() for one in made.reasons])
    for one in made.reasons:
        found.facts.append(tool_fact(plan, ground.reader, one.text, one.units, "units"))
    return found


def similar(plan: ToolCall, ground: Ground) -> Found:
    """The releases that are most alike a release."""
    row = ground.reader.one(
        "select similar_products from gold.mart_release_vector where product_id = $release",
        {"release": plan.release_id},
    )
    found = Found(columns=["release_id", "title", "artist_name", "genre"])
    for key in (row.get("similar_products") or [])[: plan.limit]:
        one = ground.names.releases.get(key)
        if one is not None:
            found.rows.append({name: getattr(one, name) for name in found.columns})
    if not found.rows:
        found.notes.append(f"no release is known to be like {plan.release_id}")
    return found


def buyers_for(plan: ToolCall, ground: Ground) -> Found:
    """Buyers to offer a release to, the likeliest first."""
    made = projection(ground.reader).forecasts.get(str(plan.release_id))
    buyers = made.recommended_buyers[: plan.limit] if made else []
    columns = ["buyer_id", "company_name", "propensity_score", "reason"]
    notes = [] if buyers else [f"{plan.release_id} is recommended to no buyer"]
    return Found([], columns, [one.model_dump() for one in buyers], notes)


def compare(plan: ToolCall, ground: Ground) -> Found:
    """Two releases beside each other: what each sold in the newest 30 days with sales, its forecast and its stock."""
    last = ground.reader.last_day
    if last is None:
        raise RefusedError("not_published", "no sales are published")
    days = Period(since=last - dt.timedelta(days=COMPARED_DAYS - 1), until=last)
    found = Found(columns=["figure", str(plan.release_id), str(plan.other_id)])
    measured = [_measures(str(key), days, ground) for key in (plan.release_id, plan.other_id)]
    for label, (unit, about) in _COMPARED.items():
        values = [one.get(label) for one in measured]
        found.rows.append({"figure": label} | dict(zip(found.columns[1:], values, strict=True)))
        for key, value in zip(found.columns[1:], values, strict=True):
            if value is not None:
                of = {"release": key}
                measure = unit or ground.reader.house_currency
                found.facts.append(
                    tool_fact(plan, ground.reader, label, value, measure, days if about == "sold" else None, **of)
                )
    absent = [row["figure"] for row in found.rows if None in row.values()]
    found.notes += [f"not known of both: {', '.join(absent)}"] if absent else []
    return found


# Figure -> its unit, empty for the house currency; and whether it is of the days sold.
_COMPARED = {
    "net units": ("units", "sold"),
    "net revenue": ("", "sold"),
    "expected units in 30 days": ("units", "ahead"),
    "units in stock": ("units", "now"),
}


def _measures(key: str, days: Period, ground: Ground) -> dict[str, Any]:
    sold = ground.reader.one(
        "select coalesce(sum(net_units), 0) as units, coalesce(sum(net_revenue), 0) as revenue from gold.fct_sales_day "
        "where release_id = $release and sales_date between $since and $until",
        {"release": key, "since": days.since, "until": days.until},
    )
    found: dict[str, Any] = {"net units": int(sold["units"]), "net revenue": sold["revenue"]}
    made = projection(ground.reader).forecasts.get(key)
    ahead = [one.units.p50 for one in made.horizons if one.horizon_days == COMPARED_DAYS] if made else []
    found["expected units in 30 days"] = ahead[0] if ahead else None
    if ground.reader.has("gold.mart_stock_cover"):
        stock = ground.reader.one(
            "select available from gold.mart_stock_cover where release_id = $release", {"release": key}
        )
        found["units in stock"] = stock.get("available")
    return found
