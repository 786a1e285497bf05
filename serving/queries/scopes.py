"""Row scopes: which rows of each table a label manager sees.

A scope is applied once, to the views of a reader, and not in each query: a query cannot forget it. A table that says
neither release nor label of its rows is hidden from a scoped reader, unless it is listed here as free of such data.
"""

from collections.abc import Collection
from dataclasses import dataclass

from lake.delta.views import literal

# Hold no figures of single labels.
FREE_OF_LABELS = frozenset({"dim_date", "exchange_rates", "mart_forecast_accuracy", "forecast_scores", "dim_artist"})
# Sums over all labels beside a key that other rules would let pass.
NEVER_SCOPED = frozenset(
    {
        "mart_buyer_rfm",
        "buyer_segments",
        "buyer_propensity",
        "release_propensity",
        "release_audience",
        "int_similar_release",
        "growth_actions",
        "stock_allocations",
    }
)
# Rest on what buyers bought of other labels too.
MASKED = ("cited", "reason_sql", "order_probability_30d", "segment")
# Reasons of a forecast that speak of releases outside the scope.
FOREIGN_REASONS = ("similar", "artist", "market")
OWN = "scope.own_releases"
OWN_BUYERS = "scope.own_buyers"
OWN_TRACKS = "scope.own_tracks"


@dataclass(frozen=True)
class Scope:
    """What somebody may see: everything (`labels` is None), or the rows of some labels."""

    labels: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is hidden."""
        return self.labels is None

    def own_releases_sql(self, releases: str) -> str:
        """The SELECT of the scope's releases from the SQL of the catalogue."""
        listed = ", ".join(literal(one) for one in sorted(self.labels or ()))
        return f"select release_id from ({releases}) where label_id in ({listed or 'null'})"

    def restrict(self, table: str, columns: Collection[str], sql: str) -> str | None:
        """The SELECT of a table's rows that the scope shows; None when the table is hidden."""
        if self.is_whole or table in FREE_OF_LABELS:
            return sql
        if table in NEVER_SCOPED:
            return None
        condition = _condition(columns, sorted(self.labels or ()))
        if condition is None:
            return None
        if table == "forecast_explanations" and "reason" in columns:
            condition += f" and reason not in ({', '.join(map(literal, FOREIGN_REASONS))})"
        if "similar_products" not in columns:
            return f"select {_masked(columns)} from ({sql}) where {condition}"
        kept = "list_filter(similar_products, lambda one: list_contains(own.ids, one)) as similar_products"
        own = f"(select coalesce(list(release_id), []) as ids from {OWN})"
        return f"select one_row.* replace ({kept}) from ({sql}) one_row, {own} own where {condition}"


WHOLE = Scope()


def _masked(columns: Collection[str]) -> str:
    """The columns of a table, those emptied that tell of releases and buyers outside the scope."""
    hidden = [column for column in MASKED if column in columns]
    if "cited" in columns:
        hidden.append("reason")
    return f"* replace ({', '.join(f'null as {column}' for column in hidden)})" if hidden else "*"


def _condition(columns: Collection[str], labels: list[str]) -> str | None:
    listed = ", ".join(map(literal, labels)) or "null"
    for key in ("release_id", "product_id"):
        if key in columns:
            return f"{key} in (from {OWN})"
    if "track_id" in columns:
        return f"track_id in (from {OWN_TRACKS})"
    if "label_id" in columns:
        return f"label_id in ({listed})"
    if {"entity_type", "entity_id"} <= set(columns):
        return (
            f"(entity_type in ('release', 'product') and entity_id in (from {OWN})) "
            f"or (entity_type = 'label' and entity_id in ({listed}))"
        )
    if {"level", "member"} <= set(columns):
        return f"level = 'label' and member in ({listed})"
    if "buyer_id" in columns and "order_id" not in columns:
        return f"buyer_id in (from {OWN_BUYERS})"
    return None
