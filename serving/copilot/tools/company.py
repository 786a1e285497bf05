"""Tools about the whole: alerts, decisions, accuracy of forecasts, what changed, and how good the data are."""

import datetime as dt
from typing import Any

from ml.alerts.operations import CHECK, DEAD_LETTERS, RUN, STALE
from serving.copilot.checks import Ground
from serving.copilot.facts import tool_fact
from serving.copilot.plan import RefusedError, ToolCall
from serving.copilot.tools.found import Found, cut
from serving.queries.drivers import revenue_change
from serving.queries.sections import section
from serving.queries.status import NEWEST

_ABOUT_DATA = " or ".join(f"starts_with(release_id, '{one}')" for one in (RUN, CHECK, STALE, DEAD_LETTERS))


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
    return Found([fact], list(rows[0]) if rows else [], rows[: plan.limit], cut(len(rows), plan.limit))


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
    return Found(facts, columns, shown, cut(len(orders), plan.limit))


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


def data_quality(plan: ToolCall, ground: Ground) -> Found:
    """The newest day of each kind of data, and open alerts about it: stale tables, failed checks, refused rows."""
    reader, found = ground.reader, Found(columns=["data", "newest_day", "days_old"])
    today = (reader.state.published_at or dt.datetime.now(dt.UTC)).date()
    for what, (key, column) in NEWEST.items():
        table = key.replace("/", ".")
        if not reader.has(table):
            continue
        newest: dt.date | None = reader.one(f"select max({column})::date as newest from {table}")["newest"]
        age = None if newest is None else (today - newest).days
        found.rows.append({"data": what, "newest_day": newest, "days_old": age})
        if age is not None:
            found.facts.append(tool_fact(plan, reader, f"age of the newest {what}", age, "days"))
    if reader.has("gold.alerts"):
        rows = reader.rows(
            f"select message from gold.alerts where state = 'open' and ({_ABOUT_DATA}) order by rank, alert_id"
        )
        found.facts.append(tool_fact(plan, reader, "open alerts about the data", len(rows), "alerts"))
        found.notes += [row["message"] for row in rows[: plan.limit]]
    found.notes.append(f"ages are counted up to the publication of {today}")
    return found
