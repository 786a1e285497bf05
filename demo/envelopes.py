"""The JSON of the real systems, a line per row of a frame, written column by column.

Pimcore Data Hub listing nodes, Debezium envelopes of a Postgres connector with decimals and times as text, and signal
events. What the rows are is the packs' business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

import polars as pl

LINES_AT_ONCE = 200_000

ERP_FIELDS: dict[str, tuple[str, ...]] = {
    "buyers": (
        "buyer_id", "company_name", "kind", "country", "region", "contact_name", "email", "phone", "address",
        "created_at",
    ),
    "orders": ("order_id", "buyer_id", "created_at", "order_type", "status", "currency", "country", "channel"),
    "order_lines": (
        "order_id", "line_no", "sku", "item_category", "order_type", "qty", "price", "currency", "created_at",
    ),
    "prices": ("sku", "country", "valid_from", "price", "currency"),
    "inventory": (
        "sku", "warehouse", "stock_date", "on_hand", "reserved", "incoming", "received", "shipped", "returned",
    ),
    "carriers": ("carrier_id", "name", "service", "country"),
    "shipments": (
        "shipment_id", "order_id", "carrier_id", "shipped_at", "promised_on", "delivered_at", "parcels", "cost",
        "currency",
    ),
    "buyer_interactions": ("interaction_id", "buyer_id", "kind", "occurred_at", "sku", "outcome"),
    "campaigns": (
        "campaign_id", "name", "channel", "sku", "category", "started_on", "ended_on", "spend", "currency",
    ),
}  # fmt: skip
ERP_KEYS: dict[str, tuple[str, ...]] = {
    "buyers": ("buyer_id",),
    "orders": ("order_id",),
    "order_lines": ("order_id", "line_no"),
    "prices": ("sku", "country", "valid_from"),
    "inventory": ("sku", "warehouse", "stock_date"),
    "carriers": ("carrier_id",),
    "shipments": ("shipment_id",),
    "buyer_interactions": ("interaction_id",),
    "campaigns": ("campaign_id",),
}
# Class -> its key, its folder, and its fields; those of the last group are sent only where a pack has them.
PIM_CLASSES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "Release": (
        "releaseId", "releases",
        ("title", "artist", "genre", "format", "releaseDate", "listPrice", "currency"),
        ("label", "releaseYear", "marketingBudgetTier"),
    ),
    "Artist": ("artistId", "artists", ("name", "genre", "country"), ()),
    "Label": ("labelId", "labels", ("name", "country"), ()),
    "Track": (
        "trackId", "tracks",
        ("title", "artist", "release"),
        ("position", "durationMs", "bpm", "musicalKey", "isrc"),
    ),
}  # fmt: skip
SIGNAL_FIELDS = (
    "event_id", "kind", "entity_type", "entity_id", "value", "unit", "region", "occurred_at", "source",
)  # fmt: skip
# Fields of single kinds, sent only where a pack has them: reviews, prices of competitors.
SIGNAL_FIELDS_OF_KINDS = ("title", "text", "author", "condition", "statistic")


def _struct(fields: Sequence[pl.Expr | str]) -> pl.Expr:
    return pl.struct(list(fields))


def erp_lines(rows: pl.DataFrame, table: str) -> pl.Series:
    """Return a Debezium envelope per row, for a frame with the table's fields, `op`, `lsn` and `changed_ms`.

    `before` is given on deletes only, with the key, as a table with the default replica identity gives it.
    """
    deleted = pl.col("op") == "d"
    literals = {"version": "3.7.0.Final", "connector": "postgresql", "name": "erp"}
    source = [
        *(pl.lit(value).alias(name) for name, value in literals.items()),
        pl.col("changed_ms").alias("ts_ms"),
        pl.lit("erp").alias("db"),
        pl.lit("public").alias("schema"),
        pl.lit(table).alias("table"),
        (pl.col("changed_ms") // 1000 % 2**31).alias("txId"),
        pl.col("lsn"),
    ]
    envelope = [
        pl.when(deleted).then(_struct(ERP_KEYS[table])).alias("before"),
        pl.when(~deleted).then(_struct(ERP_FIELDS[table])).alias("after"),
        pl.col("op"),
        _struct(source).alias("source"),
        (pl.col("changed_ms") + 900).alias("ts_ms"),  # the connector reads the log a moment later
    ]
    return rows.select(line=_struct(envelope).struct.json_encode())["line"]


def pim_lines(rows: pl.DataFrame, classname: str) -> pl.Series:
    """Return a Data Hub listing node per row of a class's objects; rows with `is_deleted` become delete events.

    The frame has the fields of the class, `id`, `key`, `modificationDate`, `published` and `is_deleted`.
    """
    key, folder, always, some = PIM_CLASSES[classname]
    path = pl.format("/{}/{}", pl.lit(folder), pl.col("key")).alias("fullpath")
    identity = [pl.col("id"), pl.lit(classname).alias("classname"), path, pl.col("modificationDate")]
    number = pl.col("key").alias(key)
    fields = [*always, *(name for name in some if name in rows.columns)]
    node: list[pl.Expr | str] = [*identity, pl.col("published"), number, *fields]
    gone = [*identity, number, pl.lit("delete").alias("event")]
    line = (
        pl.when(pl.col("is_deleted"))
        .then(_struct(gone).struct.json_encode())
        .otherwise(_struct(node).struct.json_encode())
    )
    return rows.select(line=line)["line"]


def signal_lines(rows: pl.DataFrame) -> pl.Series:
    """Return a signal event per row."""
    fields = [*SIGNAL_FIELDS, *(name for name in SIGNAL_FIELDS_OF_KINDS if name in rows.columns)]
    return rows.select(line=_struct(fields).struct.json_encode())["line"]


def as_bytes(lines: pl.Series) -> Iterator[bytes]:
    """Yield the lines as UTF-8, some hundred thousand at a time."""
    for start in range(0, len(lines), LINES_AT_ONCE):
        buffer = BytesIO()
        piece = lines.slice(start, LINES_AT_ONCE).to_frame()
        piece.write_csv(buffer, include_header=False, quote_style="never")
        yield buffer.getvalue()
