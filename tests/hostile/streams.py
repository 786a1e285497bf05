"""The four streams: their tables, and the fields of their documents in the order in which a table judges them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A field of a document: its place, the column, its kind, and what its column demands."""

    place: str
    column: str
    kind: str
    required: bool = True
    allowed: tuple[str, ...] = ()
    minimum: float | None = None


@dataclass(frozen=True)
class Stream:
    """A stream: its tables, its fields in the order in which they are judged, the document's shape."""

    name: str
    bronze: str
    silver: str
    key: str
    position: str
    fields: tuple[Field, ...]
    subject: str = ""


ENTITIES = ("release", "artist", "label", "track", "genre", "region", "currency")
STREAMS = (
    Stream(
        "pim",
        "bronze/pim_objects",
        "silver/releases",
        "release_id",
        "modificationDate",
        (
            Field("title", "title", "text"),
            Field("genre", "genre", "text", required=False),
            Field("releaseDate", "release_date", "day", required=False),
            Field("listPrice", "list_price", "money", required=False, minimum=0),
            Field("published", "is_published", "flag"),
        ),
        subject="classname",
    ),
    Stream(
        "erp",
        "bronze/erp_changes",
        "silver/order_lines",
        "order_id",
        "lsn",
        (
            Field("sku", "release_id", "text"),
            Field("item_category", "item_category", "choice", allowed=("product", "service")),
            Field("created_at", "ordered_at", "moment"),
            Field("qty", "quantity", "integer"),
            Field("price", "unit_price", "money", minimum=0),
        ),
        subject="table",
    ),
    Stream(
        "signals",
        "bronze/signal_events",
        "silver/signals",
        "event_id",
        "occurred_at",
        (
            Field("entity_type", "entity_type", "choice", allowed=ENTITIES),
            Field("entity_id", "entity_id", "text"),
            Field("value", "value", "number"),
            Field("unit", "unit", "text", required=False),
        ),
        subject="kind",
    ),
    Stream(
        "feedback",
        "bronze/feedback_events",
        "silver/sales_feedback",
        "feedback_id",
        "created_at",
        (
            Field("release_id", "release_id", "text"),
            Field("origin", "origin", "day"),
            Field("horizon_days", "horizon_days", "integer", minimum=1),
            Field("actual_units", "actual_units", "number", minimum=0),
            Field("reason", "reason", "text", required=False),
        ),
    ),
)
