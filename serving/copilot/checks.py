"""Hold a plan against the lake: names, values, days. Whoever made the plan, only what holds is run."""

import datetime as dt
from dataclasses import dataclass

from serving.copilot.grammar.names import Names
from serving.copilot.plan import FIELDS, GRAINS, Action, MetricQuery, Period, Plan, Refusal, RefusedError, ToolCall
from serving.metrics.layer import MetricLayer
from serving.queries.reader import Reader

STOCK = frozenset({"available_units", "units_per_day", "stock_cover_days"})
FORECAST = frozenset({"forecast_units", "forecast_revenue"})
MOST_DAYS_AHEAD = 90
TABLE_OF_TOOL = {
    "forecast": "gold.forecasts",
    "explain": "gold.forecast_explanations",
    "similar": "gold.mart_release_vector",
    "decisions": "gold.decisions",
    "accuracy": "gold.mart_forecast_accuracy",
    "buyers_for": "gold.recommendations",
    "compare": "gold.fct_sales_day",
    "what_changed": "gold.fct_order_line",
}

# Tools whose numbers are of the whole: with a release their answer would look like that release's.
OF_ALL_RELEASES = frozenset({"accuracy", "data_quality", "documents"})


@dataclass(frozen=True)
class Ground:
    """What plans are held against: the reader, its names, the semantic layer."""

    reader: Reader
    names: Names
    layer: MetricLayer


def check(plan: Plan, ground: Ground) -> None:
    """Do nothing where the plan can be run.

    Raises:
        RefusedError: it cannot, and why.
    """
    if isinstance(plan, Refusal):
        raise RefusedError(plan.reason, plan.message, plan.suggestions)
    if isinstance(plan, Action):
        return  # held against the lake when it is proposed, and again when it is confirmed
    if isinstance(plan, ToolCall):
        _check_tool(plan, ground)
    else:
        _check_metric(plan, ground)


def _check_metric(plan: MetricQuery, ground: Ground) -> None:
    known = {one.name: one for one in ground.layer.metrics()}
    for name in plan.metrics:
        if name not in known:
            raise RefusedError("not_measured", f"{name} is not measured; there are {', '.join(sorted(known))}")
        wanted = [FIELDS[one] for one in plan.group_by if one in FIELDS]
        wanted += [FIELDS[one.field] for one in plan.conditions]
        if missing := [one for one in wanted if not known[name].has(one)]:
            raise RefusedError("not_measured", f"{name} is not known by {', '.join(missing)}")
    for one in plan.conditions:
        for value in one.values:
            if not ground.names.knows(one.field, value):
                raise RefusedError("unknown_name", f"no {one.field} is called {value!r}")
    if len({one.field for one in plan.conditions}) < len(plan.conditions):
        raise RefusedError("ambiguous", "the plan limits one field twice")
    if plan.versus is not None and (plan.period is None or any(one in GRAINS for one in plan.group_by)):
        raise RefusedError("incomplete", "a comparison needs a period, and no grouping by time")
    _check_days(plan, ground.reader)


def _check_days(plan: MetricQuery, reader: Reader) -> None:
    metrics = set(plan.metrics)
    if metrics & STOCK:
        grains = [one for one in plan.group_by if one in GRAINS]
        if plan.period or plan.versus or grains:
            raise RefusedError("period", f"{', '.join(sorted(metrics & STOCK))} is known for the newest day only")
        if metrics - STOCK:
            raise RefusedError("ambiguous", "stock and sales are of different days; ask for each on its own")
    elif metrics & FORECAST:
        _check_ahead(plan, reader)
    else:
        for period in (plan.period, plan.versus):
            check_past(period, reader)


def _check_ahead(plan: MetricQuery, reader: Reader) -> None:
    origin = reader.origin
    if origin is None:
        raise RefusedError("not_published", "no forecast is published")
    if set(plan.metrics) - FORECAST or plan.versus:
        raise RefusedError(
            "ambiguous", "a forecast is not compared with sales in one question; ask for each on its own"
        )
    end = origin + dt.timedelta(days=MOST_DAYS_AHEAD)
    if plan.period is None or plan.period.since <= origin or plan.period.until > end:
        first = origin + dt.timedelta(days=1)
        raise RefusedError(
            "period", f"forecasts are of the days from {first} to {end}; the question is about {plan.period}"
        )


def check_past(period: Period | None, reader: Reader) -> None:
    """Refuse a period of which no sales are known."""
    first, last = sales_days(reader)
    if period is not None and (period.until < first or period.since > last):
        raise RefusedError("period", f"sales are known from {first} to {last}; nothing is known of {period}")


def sales_days(reader: Reader) -> tuple[dt.date, dt.date]:
    """The first and the last day with sales."""
    if reader.last_day is None or not reader.has("gold.fct_order_line"):
        raise RefusedError("not_published", "no sales are published")
    row = reader.one(
        "select min(order_date) as first, max(order_date) as last from gold.fct_order_line where is_product"
    )
    return row["first"], max(row["last"], reader.last_day)


def _check_tool(plan: ToolCall, ground: Ground) -> None:
    table = TABLE_OF_TOOL.get(plan.tool)
    if table and not ground.reader.has(table):
        raise RefusedError(
            "not_published", f"{plan.tool} needs the table {table}, which is not published, or not for you"
        )
    if plan.tool == "alerts" and not ground.reader.has("gold.alerts"):
        raise RefusedError("not_published", "no alerts are published")
    _check_releases(plan, ground)
    if (plan.tool == "documents") != (plan.query is not None):
        raise RefusedError("incomplete", "documents needs a query, and no other tool has one")
    if plan.tool == "what_changed":
        if plan.period is None or plan.versus is None or plan.release_id is not None:
            raise RefusedError("incomplete", "what_changed needs a period and one to compare with, and no release")
        check_past(plan.period, ground.reader)
        check_past(plan.versus, ground.reader)
    elif plan.period is not None or plan.versus is not None:
        raise RefusedError("period", f"{plan.tool} is known for the newest day only")


def _check_releases(plan: ToolCall, ground: Ground) -> None:
    needs = plan.tool in ("forecast", "explain", "similar", "buyers_for", "compare")
    if needs and plan.release_id is None:
        raise RefusedError("incomplete", f"{plan.tool} needs a release")
    if (plan.tool == "compare") != (plan.other_id is not None) or (needs and plan.other_id == plan.release_id):
        raise RefusedError("incomplete", "compare needs two different releases, and no other tool has a second one")
    if plan.release_id is not None and plan.tool in OF_ALL_RELEASES:
        raise RefusedError("not_measured", f"{plan.tool} is known of all releases together, not of one")
    for key in (plan.release_id, plan.other_id):
        if key is not None and key not in ground.names.releases:
            raise RefusedError("unknown_name", f"no release has the number {key!r}")
