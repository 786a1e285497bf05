"""What kind of file it is, by the concepts that its columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Set

Concepts = Mapping[str, Set[str]]
ITEM = {"sku", "ean", "title", "catalogue_number", "isrc"}
PRICED = {"unit_price", "unit_price_gross", "line_total", "line_total_gross"}


def kind_of(found: Concepts) -> str:
    """The kind of the file, by the concepts that only such files have together.

    Args:
        found: kind -> the concepts that a file of that kind would have found in the columns.
    """
    return _trade(found) or _goods(found) or _parties(found)


def _trade(found: Concepts) -> str | None:
    """Campaigns, contacts, shipments or carriers, where the columns leave no doubt; else None."""
    named, spent = {"campaign_id", "campaign"} & found["campaigns"], {"spend", "started_on"} <= found["campaigns"]
    if named and spent and "order_id" not in found["lines"]:
        return "campaigns"
    sold = found["lines"] & PRICED or ("quantity" in found["lines"] and found["lines"] & ITEM)
    if sold or found["products"] & {"title", "artist", "ean"}:
        return None
    sent = {"order_id", "shipped_at"} <= found["shipments"] and found["shipments"] & {"carrier_id", "carrier"}
    if sent and not found["orders"] & {"buyer_id", "buyer_name"}:
        return "shipments"
    contact = {"interaction_kind", "occurred_at"} <= found["interactions"]
    if contact and found["interactions"] & {"buyer_id", "buyer_name"}:
        return "interactions"
    return "carriers" if {"carrier_id", "carrier"} <= found["carriers"] else None


def _goods(found: Concepts) -> str | None:
    """Lines, products, stock or prices; None where no column names goods."""
    lines, products = found["lines"], found["products"]
    if {"order_id", "quantity"} <= lines and lines & ITEM:
        return "lines"  # whose day may stand in another file: the mapping then asks for it
    if lines & ITEM and "ordered_at" in lines and lines & {"quantity", *PRICED} and lines & {"quantity", "order_id"}:
        stocked = "on_hand" in found["stock"] and not lines & {"order_id", "quantity"}
        if not stocked:
            return "lines"
    if products & {"title", "artist"} and products & (ITEM - {"title"}):
        stated = {"artist", "label", "release_date"}
        only_stock = "on_hand" in products and not products & {*stated, "list_price", "genre"}
        only_price = "valid_from" in found["prices"] and not products & stated
        return "stock" if only_stock else "prices" if only_price else "products"
    if "on_hand" in found["stock"] and found["stock"] & ITEM:
        return "stock"
    return "prices" if "list_price" in found["prices"] and found["prices"] & ITEM else None


def _parties(found: Concepts) -> str:
    """Orders without lines, artists, labels; buyers where nothing else fits."""
    buyers = found["buyers"]
    if {"order_id", "ordered_at"} <= found["orders"]:
        return "orders"
    if "artist" in found["artists"] and not buyers & {"buyer_kind", "email", "buyer_id"}:
        return "artists"
    return "labels" if "label" in found["labels"] and not buyers & {"buyer_kind", "email", "buyer_id"} else "buyers"
