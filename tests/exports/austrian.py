"""An Austrian folder: customer number and name in one cell, discounts, returns apart, the lock of an open workbook."""

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

from tests.exports.truth import Line, Release

HEADER = (
    "Beleg",
    "Datum/Uhrzeit",
    "Kunde",
    "Land",
    "Art.-Nr.",
    "Artikel",
    "Stk.",
    "Einzelpreis",
    "Rabatt %",
    "Netto ges.",
)


def austrian(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """Write the files: a workbook of sales, a text of returns, a nested catalogue, campaigns, and what is no table."""
    _sales(folder / "Verkäufe 2025-26.xlsx", [one for one in lines if one.quantity > 0])
    _returns(folder / "RMA export.tsv", [one for one in lines if one.quantity < 0])
    nested = [
        {
            "itemNumber": one.sku,
            "barcode": int(one.ean),
            "title": one.title,
            "artist": {"name": one.artist},
            "label": one.label,
            "releaseDate": f"{one.released}",
            "pricing": {"ppd": float(one.price), "currency": "EUR", "cost": float(one.cost)},
            "royaltyRate": 12.5,
        }
        for one in releases
    ]
    (folder / "katalog.json").write_text(json.dumps({"products": nested}, ensure_ascii=False), encoding="utf-8")
    (folder / "Kampagnen.csv").write_text(
        f"Kampagne;Kanal;Artikel;Beginn;Ende;Ausgaben EUR\nFrühling;Plakat;{releases[0].sku};01.01.2026;;1.250,50\n",
        encoding="utf-8-sig",
    )
    (folder / "README.txt").write_text("exports of the ERP\n")
    (folder / "~$Verkäufe 2025-26.xlsx").write_bytes(b"\x05user" + bytes(160))
    (folder / ".hidden.csv").write_text("a;b\n")


def _sales(path: Path, lines: list[Line]) -> None:
    """Prices are before a discount of 10% in every third row; the amount is what counts."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    sheet, moment = book.add_worksheet("Verkaufsliste"), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    sheet.write(0, 0, "Umsatzliste, netto, EUR")
    for at, name in enumerate(HEADER):
        sheet.write(2, at, name)
    for row, one in enumerate(lines, 3):
        percent = 10 if row % 3 == 0 else 0
        listed = one.price / (Decimal(100 - percent) / 100)
        sheet.write(row, 0, one.order)
        sheet.write_datetime(row, 1, dt.datetime.combine(one.day, dt.time(12, 30)), moment)
        sheet.write(row, 2, f"{one.buyer} - {one.buyer_name}")
        sheet.write(row, 3, one.country)
        sheet.write(row, 4, one.release.sku)
        sheet.write(row, 5, f"{one.release.artist} – {one.release.title}")
        sheet.write(row, 6, f"{one.quantity:,}".replace(",", ".") if one.quantity >= 1000 else one.quantity)
        sheet.write(row, 7, f"€ {listed:.2f}".replace(".", ","))
        sheet.write(row, 8, percent)
        sheet.write(row, 9, float(one.price * one.quantity))
    sheet.write(len(lines) + 4, 0, "Gesamt")
    sheet.write(len(lines) + 4, 9, float(sum(one.price * one.quantity for one in lines)))
    book.add_worksheet("Notizen").write(0, 0, "intern")
    book.close()


def _returns(path: Path, lines: list[Line]) -> None:
    with path.open("w", encoding="utf-16", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["RMA No.", "Return Date", "Cust. No", "SKU", "Qty Returned", "Credit Amount"])
        for one in lines:
            amount = f"({-one.quantity * one.price:,.2f})"
            day = one.day.strftime("%b %d, %Y")
            writer.writerow([one.order, day, one.buyer, one.release.sku, -one.quantity, amount])
