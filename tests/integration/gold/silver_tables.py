"""Writes silver tables of a small lake for the tests of gold: rows as dictionaries, the rest from the contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from assets.silver.artists import ARTISTS
from assets.silver.buyers import BUYERS
from assets.silver.order_lines import ORDER_LINES
from assets.silver.orders import ORDERS
from assets.silver.releases import RELEASES
from lake.contract import Contract
from lake.lakehouse import Lake

Row = dict[str, Any]
CONTRACTS = {contract.name: contract for contract in (ARTISTS, BUYERS, ORDER_LINES, ORDERS, RELEASES)}
MERGED = {"source_position": 1, "source_changed_at": None, "is_deleted": False, "is_carried": False}


def utc(text: str) -> dt.datetime:
    """A moment in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def line(order_id: str, at: str, release_id: str = "R1", quantity: int = 1, price: str = "2.5", **more: Any) -> Row:
    """An order line; a cancellation where the quantity is negative."""
    moment = utc(at)
    return {
        "order_id": order_id,
        "line_number": 1,
        "release_id": release_id,
        "item_category": "product",
        "order_type": "cancellation" if quantity < 0 else "sale",
        "ordered_at": moment,
        "quantity": quantity,
        "unit_price": Decimal(price),
        "currency": "GBP",
        "is_product": True,
        "is_return": quantity < 0,
        "order_month": moment.date().replace(day=1),
        **MERGED,
        **more,
    }


def order(of: Row, buyer_id: str | None = "B1", **more: Any) -> Row:
    """The header of a line's order."""
    return {
        **{key: of[key] for key in ("order_id", "ordered_at", "order_type", "currency", "order_month")},
        "buyer_id": buyer_id,
        "status": "shipped",
        "country": "United Kingdom",
        "channel": "web",
        **MERGED,
        **more,
    }


def catalogue() -> dict[str, list[Row]]:
    """Two releases, their artist and two buyers."""
    artist = {"artist_id": "A1", "name": "The Lathes", "genre": "dub", "country": "UK", **MERGED}
    release = {
        "title": "Cut", "artist_id": "A1", "genre": "dub", "format": "LP", "release_date": dt.date(2010, 1, 1),
        "list_price": Decimal("12.99"), "currency": "GBP", "is_published": True, **MERGED,
    }  # fmt: skip
    buyer = {
        "company_name": "Groove Shop", "kind": "shop", "country": "United Kingdom", "region": None,
        "contact_name": None, "email": None, "phone": None, "address": None,
        "created_at": utc("2009-01-01T00:00:00"), **MERGED,
    }  # fmt: skip
    return {
        "artists": [artist],
        "releases": [{**release, "release_id": name} for name in ("R1", "R2")],
        "buyers": [{**buyer, "buyer_id": name} for name in ("B1", "B2")],
    }


def write(lake: Lake, name: str, rows: Iterable[Mapping[str, Any]], months: Iterable[str] | None = None) -> int:
    """Overwrite a silver table, or only some of its months, and return its version."""
    contract: Contract = CONTRACTS[name]
    data = pa.Table.from_pylist([dict(row) for row in rows], schema=contract.arrow_schema)
    partitions = None if months is None else [dt.date.fromisoformat(month) for month in months]
    return lake.table(contract).overwrite(data, partitions)


def write_all(lake: Lake, lines: list[Row], buyers: Mapping[str, str | None] | None = None) -> None:
    """A whole silver layer: the catalogue, the lines, and a header for each of their orders."""
    for name, rows in catalogue().items():
        write(lake, name, rows)
    write(lake, "order_lines", lines)
    owner = buyers or {}
    headers = {row["order_id"]: order(row, owner.get(row["order_id"], "B1")) for row in lines}
    write(lake, "orders", headers.values())
