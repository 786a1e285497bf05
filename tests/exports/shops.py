"""An American export, Shopify, WooCommerce, a seller on Discogs, a digital sales report, and a mess."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.exports.truth import Line, Release


def _write(path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def american(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """Month before day, dollars before the amount, brackets for a minus, UPCs without their zero."""
    rows: list[list[object]] = [
        ["Order #", "Order Date", "Customer ID", "Customer Name", "State", "Country", "UPC", "Description", "Qty",
        "Unit Price",
         "Ext. Amount"]
    ]  # fmt: skip
    for one in lines:
        count = f"({-one.quantity:,})" if one.quantity < 0 else f"{one.quantity:,}"
        amount = one.price * one.quantity
        shown = f"(${-amount:,.2f})" if amount < 0 else f"${amount:,.2f}"
        rows.append(
            [one.order, f"{one.day:%-m/%-d/%Y}", one.buyer, one.buyer_name, "NY", one.country,
            one.release.ean.lstrip("0"),
             one.release.title, count, f"${one.price:,.2f}", shown]
        )  # fmt: skip
    rows.append(["Grand Total", "", "", "", "", "", "", "", sum(one.quantity for one in lines), "", ""])
    _write(folder / "orders.csv", rows)
    rows = [["UPC", "Catalog #", "Artist", "Title", "Label", "Street Date", "List Price", "Unit Cost"]]
    rows += [
        [one.ean.lstrip("0"), one.catno, one.artist, one.title, one.label, f"{one.released:%m/%d/%Y}", f"${one.price}",
         f"${one.cost}"]
        for one in releases
    ]  # fmt: skip
    _write(folder / "products.csv", rows)


def shopify(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """The order's own columns stand in its first row only."""
    names: list[object] = [
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Fulfillment Status",
        "Currency",
        "Subtotal",
        "Shipping",
        "Taxes",
        "Total",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Billing Name",
        "Billing Company",
        "Billing Country",
        "Vendor",
        "Id",
    ]
    rows: list[list[object]] = [names]
    for _, group in groupby(lines, key=lambda one: one.order):
        for at, one in enumerate(group):
            first = at == 0
            total = one.price * one.quantity
            own = [f"{one.day} 12:00:00 +0100"] if first else [""]
            rows.append(
                [f"#{one.order}", "a@example.com", *(["paid", *own, "fulfilled", "EUR", total, "0.00", "0.00", total,
                *own]
                 if first else [""] * 9), one.quantity, one.release.title, one.price, one.release.sku,
                 *([one.buyer_name, one.buyer_name, one.country] if first else [""] * 3), one.release.artist,
                 f"99{one.order}" if first else ""]
            )  # fmt: skip
    _write(folder / "orders_export.csv", rows)
    rows = [["Handle", "Title", "Vendor", "Type", "Published", "Variant SKU", "Variant Price", "Variant Barcode",
        "Cost per item",
             "Status"]]  # fmt: skip
    rows += [
        [one.catno.lower(), one.title, one.artist, "Vinyl", "true", one.sku, one.price, one.ean, one.cost, "active"]
        for one in releases
    ]
    _write(folder / "products_export.csv", rows)


def woocommerce(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """Some orders are cancelled and are no sales."""
    names: list[object] = [
        "Order Number",
        "Order Status",
        "Order Date",
        "Company (Billing)",
        "Country Code (Billing)",
        "SKU",
        "Item #",
        "Item Name",
        "Quantity (- Refund)",
        "Item Cost",
        "Order Line Total",
    ]
    rows: list[list[object]] = [names]
    for one in lines:
        rows.append(
            [one.order, "Completed", f"{one.day} 00:00", one.buyer_name, one.country, one.release.sku, one.number,
             one.release.title, one.quantity, one.price, one.price * one.quantity]
        )  # fmt: skip
    rows.append(
        ["9999999", "Cancelled", "2026-01-02 00:00", "Nobody", "France", releases[0].sku, 1, "x", 5, "1.00", "5.00"]
    )
    _write(folder / "orders-2026-03-01-10-15-00.csv", rows)
    rows = [["ID", "Type", "SKU", "Name", "Published", "Stock", "Regular price", "Categories", "Brands"]]
    rows += [
        [at, "simple", one.sku, one.title, 1, 5 + at, one.price, "Rock", one.label] for at, one in enumerate(releases)
    ]
    _write(folder / "wc-product-export-1-3-2026.csv", rows)


def discogs(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """A row is one copy: no quantity. Buyers go by a name of their own."""
    rows: list[list[object]] = [
        ["order_date", "order_num", "buyer", "status", "item_id", "item_price", "item_fee", "description", "release_id",
         "media_condition", "comments"]
    ]  # fmt: skip
    for one in lines:
        if one.quantity > 0:
            rows.append(
                [f"{one.day} 08:00:00", f"1234-{one.order}", one.buyer_name, "Shipped", f"{one.order}{one.number}",
                one.price,
                 "0.80", f"{one.release.artist} - {one.release.title}", one.release.sku.lstrip("0"), "Mint (M)", ""]
            )  # fmt: skip
    _write(folder / "order-items.csv", rows)
    rows = [
        [
            "listing_id",
            "artist",
            "title",
            "label",
            "catno",
            "format",
            "release_id",
            "status",
            "price",
            "media_condition",
        ]
    ]
    rows += [
        [
            900 + at,
            one.artist,
            one.title,
            one.label,
            one.catno,
            "LP",
            one.sku.lstrip("0"),
            "For Sale",
            one.price,
            "Mint (M)",
        ]
        for at, one in enumerate(releases)
    ]
    _write(folder / "inventory.csv", rows)


def ddex(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """A digital sales report: tabs, the service as buyer, no orders, and the catalogue by ICPN."""
    names: list[object] = [
        "StartOfPeriod",
        "DSP",
        "TerritoryCode",
        "UseType",
        "ICPN",
        "ReleaseTitle",
        "DisplayArtistName",
        "LabelName",
        "NumberOfUnits",
        "WholesalePricePerUnit",
        "CurrencyCode",
    ]
    rows: list[list[object]] = [names]
    for one in lines:
        rows.append(
            [f"{one.day:%Y%m%d}", ("Spotify", "Apple Music")[int(one.buyer) % 2], "DE", "Download", one.release.ean,
             one.release.title, one.release.artist, one.release.label, one.quantity, one.price, "EUR"]
        )  # fmt: skip
    _write(folder / "DSR_202603.tsv", rows, delimiter="\t")
    rows = [["ICPN", "ISRC", "ReleaseTitle", "DisplayArtistName", "LabelName", "OriginalReleaseDate", "Genre"]]
    rows += [
        [one.ean, f"DEA12260{at:04d}", one.title, one.artist, one.label, f"{one.released:%Y-%m-%d}", "Rock"]
        for at, one in enumerate(releases)
    ]
    _write(folder / "releases.tsv", rows, delimiter="\t")


def mess(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """Dates of three formats, blank rows, units behind numbers, notes in between; some rows that cannot be right."""
    rows: list[list[object]] = [["Verkäufe", "", "", "", "", "", ""], [], ["Date", "Invoice", "Customer", "Item",
        "Title", "Pcs",
                                                                           "Net price"]]  # fmt: skip
    for at, one in enumerate(lines):
        day = (f"{one.day:%d.%m.%Y}", f"{one.day}", f"{one.day:%d %b %Y}")[at % 3]
        count = f"{one.quantity} pcs" if at % 4 == 0 else one.quantity
        rows.append(
            [day, one.order, one.buyer_name, f" {one.release.sku} ", one.release.title, count, f"EUR {one.price}"]
        )
        if at % 25 == 0:
            rows += [[], ["see mail of Monday", "", "", "", "", "", ""]]
    rows += [
        ["32.13.2026", "X1", "Somebody", releases[0].sku, "no such day", 1, "EUR 9.50"],
        ["2026-01-05", "X2", "Somebody", releases[0].sku, "half a record", "1.5", "EUR 9.50"],
        ["2026-01-05", "X3", "Somebody", releases[0].sku, "no count and no price", "many", "cheap"],
    ]
    _write(folder / "sales.csv", rows)
    rows = [["Item", "Artist", "Title", "Barcode", "Label"]]
    rows += [[one.sku, one.artist, one.title, one.ean, one.label] for one in releases]
    rows.append(["999999", "Nobody", "A wrong barcode", "4006381333930", "Label 0"])
    _write(folder / "products.csv", rows)
