"""Tables that a lake may or may not have: alerts, decisions, growth, listings, recommendations, prices, reviews.

They are read by the columns that they have, so that a table is shown as soon as it is published.
Alerts are read from `alerts`, which an action of a person changes at once; a run refreshes the mart only.
"""

from dataclasses import dataclass

from serving.queries.reader import Reader, Row
from serving.queries.suggestions import IDS, standing

SECTIONS: dict[str, tuple[str, ...]] = {
    "alerts": ("gold.alerts",),
    "decisions": ("gold.mart_decisions", "gold.decisions"),
    "growth": ("gold.growth_actions",),
    "listings": ("gold.listing_suggestions",),
    "recommendations": ("gold.mart_reco_buyer_top_n", "gold.recommendations"),
    "prices": ("gold.mart_price", "gold.price_recommendations"),
    "reviews": ("gold.mart_review_sentiment", "gold.review_sentiment"),
}
# The columns that people act on, in their order; a table without them is shown as it is.
SHOWN: dict[str, tuple[str, ...]] = {
    "alerts": ("priority", "release_id", "message", "next_step", "stake", "opened_on", "state"),
    "decisions": (
        *("rank", "release_id", "kind", "order_units", "order_cost", "advertising_budget", "profit_low"),
        *("profit_expected", "profit_high", "risk", "reason"),
    ),
    "growth": ("rank", "kind", "release_id", "target", "money", "estimator", "confidence", "reason", "next_step"),
    "listings": ("rank", "kind", "release_id", "field", "value", "impact", "confidence", "reason"),
    "recommendations": ("buyer_id", "rank", "release_id", "artist_name", "score", "reason"),
    "prices": (
        *("release_id", "strategy", "current_price", "price", "currency", "units_now", "units"),
        *("revenue_gain", "margin_gain", "conflict"),
    ),
}
# What a reader wants first: the most urgent, then the newest.
_PRIORITY = "list_position(['critical', 'high', 'medium', 'low'], lower(priority))"
_ORDERS = (
    ("state", "state in ('resolved', 'over')"),
    ("rank", "rank nulls last"),
    ("priority", f"{_PRIORITY} nulls last"),
    ("score", "score desc nulls last"),
    ("conflict", "conflict is not null"),
    ("margin_gain", "margin_gain desc nulls last"),
    ("revenue_gain", "revenue_gain desc nulls last"),
    ("opened_on", "opened_on desc nulls last"),
)
_NEWEST = ("origin", "as_of", "as_of_date")


@dataclass(frozen=True)
class Section:
    """Rows of an optional table, and the columns to show."""

    name: str
    table: str
    columns: list[str]
    rows: list[Row]


def published_sections(reader: Reader) -> list[str]:
    """The sections whose tables are published, in order."""
    return [name for name, tables in SECTIONS.items() if any(reader.has(table) for table in tables)]


def section(
    reader: Reader,
    name: str,
    *,
    release_id: str | None = None,
    buyer_id: str | None = None,
    state: str | None = None,
    limit: int = 100,
) -> Section | None:
    """The rows of a section, the most urgent first; None when its table is not published.

    Args:
        reader: whose state.
        name: of `SECTIONS`.
        release_id: only rows of this release; nothing where the table has no releases.
        buyer_id: the same for a buyer.
        state: only rows in this state, where the table has one.
        limit: at most so many.
    """
    table = next((one for one in SECTIONS.get(name, ()) if reader.has(one)), None)
    if table is None:
        return None
    columns = reader.columns[table]
    conditions, values = [], {}
    for key, wanted in (("release_id", release_id), ("buyer_id", buyer_id)):
        if wanted is not None:
            if key in columns:
                conditions.append(f"{key} = ${key}")
            elif {"entity_type", "entity_id"} <= columns.keys():
                conditions.append(f"entity_type = '{key.removesuffix('_id')}' and entity_id = ${key}")
            else:
                return None
            values[key] = wanted
    if state is not None and "state" in columns:
        conditions.append("state = $state")
        values["state"] = state
    bare = table.removeprefix("gold.")
    if bare in IDS and reader.has("gold.suggestion_acts"):
        conditions.append(standing(bare))
    conditions += [f"{day} = (select max({day}) from {table})" for day in _NEWEST if day in columns][:1]
    where = f"where {' and '.join(conditions)}" if conditions else ""
    orders = [order for column, order in _ORDERS if column in columns]
    sql = f"select s.* from {table} as s {where} {'order by ' + ', '.join(orders) if orders else ''} limit {int(limit)}"
    shown = [column for column in SHOWN.get(name, ()) if column in columns] or list(columns)
    return Section(name, table, shown, reader.rows(sql, values or None))
