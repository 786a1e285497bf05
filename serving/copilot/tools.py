"""The tools of the copilot: each reads the published state through the queries and returns facts and rows."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from serving.copilot.answers import Fact, Passage
from serving.copilot.checks import Ground
from serving.copilot.facts import tool_fact
from serving.copilot.plan import Period, RefusedError, Tool, ToolCall
from serving.documents.index import index_of
from serving.documents.questions import read_document_question
from serving.documents.sections import NoDocumentationError, Section
from serving.queries.drivers import revenue_change
from serving.queries.projection import projection
from serving.queries.sections import section

MOST_QUOTED = 1500  # characters of a section


@dataclass
class Found:
    """What a tool read."""

    facts: list[Fact] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


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


def alerts(plan: ToolCall, ground: Ground) -> Found:
    """Open alerts, the most urgent first."""
    rows = ground.reader.rows(
        "select alert_id, release_id, priority, type, opened_on, stake, message, next_step from gold.alerts "
        "where state = 'open' and ($release::varchar is null or release_id = $release) "
        "and ($priority::varchar is null or priority = $priority) order by rank, alert_id",
        {"release": plan.release_id, "priority": plan.priority},
    )
    of: dict[str, Any] = {"priority": plan.priority} if plan.priority else {}
    fact = tool_fact(plan, ground.reader, "open alerts", len(rows), "alerts", **of)
    return Found([fact], list(rows[0]) if rows else [], rows[: plan.limit], _cut(len(rows), plan.limit))


def decisions(plan: ToolCall, ground: Ground) -> Found:
    """What to order and where to advertise, the most important first."""
    listed = section(ground.reader, "decisions", release_id=plan.release_id, limit=1_000_000)
    rows = listed.rows if listed else []
    orders = [row for row in rows if (row.get("order_units") or 0) > 0]
    facts = [
        tool_fact(plan, ground.reader, "units to order", sum(row["order_units"] for row in orders), "units"),
        tool_fact(plan, ground.reader, "releases to order", len(orders), "releases"),
    ]
    columns = ["rank", "release_id", "kind", "order_units", "order_cost", "risk", "reason"]
    shown = [{name: row.get(name) for name in columns} for row in (orders or rows)[: plan.limit]]
    return Found(facts, columns, shown, _cut(len(orders), plan.limit))


def accuracy(plan: ToolCall, ground: Ground) -> Found:
    """How far the served forecasts of units were off over the backtest, and how often the range held."""
    rows = ground.reader.rows(
        "select horizon_days, wape, bias, coverage_p90, skill, releases from gold.mart_forecast_accuracy "
        "where target = 'units' and population = 'active' and origin is null and model = 'served' "
        "and ($horizon::int is null or horizon_days = $horizon) order by horizon_days",
        {"horizon": plan.horizon_days},
    )
    if not rows:
        raise RefusedError("not_published", "no accuracy of served forecasts is published")
    found = Found(columns=list(rows[0]), rows=rows)
    for row in rows:
        for name, label in (("wape", "WAPE"), ("coverage_p90", "share of units at or below P90")):
            words = f"{label} over {row['horizon_days']} days"
            found.facts.append(tool_fact(plan, ground.reader, words, row[name], "share"))
    return found


def buyers_for(plan: ToolCall, ground: Ground) -> Found:
    """Buyers to offer a release to, the likeliest first."""
    made = projection(ground.reader).forecasts.get(str(plan.release_id))
    buyers = made.recommended_buyers[: plan.limit] if made else []
    columns = ["buyer_id", "company_name", "propensity_score", "reason"]
    notes = [] if buyers else [f"{plan.release_id} is recommended to no buyer"]
    return Found([], columns, [one.model_dump() for one in buyers], notes)


def what_changed(plan: ToolCall, ground: Ground) -> Found:
    """Net revenue of two periods and the drivers of the difference."""
    assert plan.period is not None
    assert plan.versus is not None
    reader, now, before = ground.reader, plan.period, plan.versus
    change = revenue_change(reader, now.since, now.until, before.since, before.until)
    unit = reader.house_currency
    facts = [
        tool_fact(plan, reader, "net revenue", change.after, unit, now),
        tool_fact(plan, reader, "net revenue before", change.before, unit, before),
        tool_fact(plan, reader, "change of net revenue", change.change, unit, now),
    ]
    facts += [tool_fact(plan, reader, f"by {name}", value, unit, now) for name, value in change.drivers.items()]
    rows = [{"driver": name, "amount": value} for name, value in change.drivers.items()]
    return Found(facts, ["driver", "amount"], rows, [f"compared with {before}"])


def documents(plan: ToolCall, ground: Ground) -> Found:
    """Sections of the documentation that hold every word of a question, quoted with path and heading."""
    asked = read_document_question(plan.query or "")
    if asked is None:
        raise RefusedError("incomplete", "ask as in: what does units_p50 mean, or: how do I connect Kafka")
    try:
        sections, missing = index_of(ground.reader).find(asked)
    except NoDocumentationError as error:
        raise RefusedError("not_published", str(error)) from None
    if not sections:
        words = ", ".join(asked.words)
        said = "kein Abschnitt der Dokumentation enthält" if asked.english else "no section of the documentation holds"
        raise RefusedError("unknown_words", f"{said} {words}")
    # What a name means is told per table; all others by the page that fits best.
    best = sections[0]
    quoted = [one for one in sections if (one.is_column if best.is_column else one.path == best.path)]
    found = Found(passages=[_passage(one) for one in quoted])
    also, silent = "see also", "the section does not speak of"
    if asked.english:
        also, silent = "siehe auch", "der Abschnitt sagt nichts zu"
        found.notes.append("die Dokumentation ist auf Englisch; sie wird zitiert, wie sie ist")
    found.notes += [f"{also} {one.path}: {one.heading}" for one in sections if one not in quoted]
    found.notes += [f"{silent} {one!r}" for one in missing]
    return found


def _passage(section: Section) -> Passage:
    text = section.text
    if len(text) > MOST_QUOTED:
        text = f"{text[:MOST_QUOTED].rsplit(chr(10), 1)[0]}\n…"
    return Passage(path=section.path, heading=section.heading, text=text)


def _cut(count: int, limit: int) -> list[str]:
    return [f"the first {limit} of {count} are shown"] if count > limit else []


TOOLS: dict[Tool, Callable[[ToolCall, Ground], Found]] = {
    "forecast": forecast,
    "explain": explain,
    "similar": similar,
    "alerts": alerts,
    "decisions": decisions,
    "accuracy": accuracy,
    "buyers_for": buyers_for,
    "what_changed": what_changed,
    "documents": documents,
}
