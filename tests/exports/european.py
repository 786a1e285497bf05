"""A German and a French export, SAP with its minus behind the number, and a workbook with two rows of names."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from tests.exports.truth import Line, Release


def comma(number: Decimal | int, thousands: str = ".") -> str:
    """A number with a decimal comma."""
    text = f"{number:,.2f}" if isinstance(number, Decimal) else f"{number:,}"
    return text.replace(",", "X").replace(".", ",").replace("X", thousands)


def _csv(rows: list[list[object]], delimiter: str = ";") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def german(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """cp1252, a report's head and sum, thousands with points, euros behind the price."""
    head = "Auftragsliste der Vinyl & Söhne GmbH;;;;;;;;;\r\nStand: 01.03.2026;;;;;;;;;\r\n\r\n"
    names: list[object] = [
        "Auftragsnr.",
        "Pos.",
        "Auftragsdatum",
        "Kunden-Nr.",
        "Kunde",
        "Kundenart",
        "Land",
        "Artikelnr.",
        "Bezeichnung",
        "Menge",
        "VK netto",
    ]
    rows: list[list[object]] = [names]
    for one in lines:
        kind = "Laden" if int(one.buyer) % 2 else "Kette"
        rows.append(
            [one.order, one.number, f"{one.day:%d.%m.%Y}", one.buyer, one.buyer_name, kind, one.country,
            one.release.sku,
             one.release.title, comma(one.quantity), f"{comma(one.price)} €"]
        )  # fmt: skip
    rows.append(["Summe", "", "", "", "", "", "", "", "", comma(sum(one.quantity for one in lines)), ""])
    (folder / "Auftraege_2026-03-01.csv").write_bytes((head + _csv(rows)).encode("cp1252"))
    rows = [["Artikelnummer", "Titel", "Interpret", "Plattenlabel", "EAN", "Kat.-Nr.", "VÖ-Datum", "UVP", "EK"]]
    rows += [
        [one.sku, one.title, one.artist, one.label, one.ean, one.catno, f"{one.released:%d.%m.%Y}", comma(one.price),
         comma(one.cost)]
        for one in releases
    ]  # fmt: skip
    (folder / "Artikelstamm.csv").write_bytes(_csv(rows).encode("cp1252"))


def french(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """UTF-8 with a byte order mark, thousands with narrow blanks, the amount of the line and no price."""
    rows: list[list[object]] = [
        [
            "N° commande",
            "Date de commande",
            "Code client",
            "Client",
            "Pays",
            "Référence",
            "Désignation",
            "Qté",
            "Montant HT",
        ]
    ]
    for one in lines:
        amount = comma(one.price * one.quantity, "\u202f")
        rows.append(
            [one.order, f"{one.day:%d/%m/%Y}", one.buyer, one.buyer_name, one.country, one.release.sku,
            one.release.title,
             one.quantity, f"{amount} €"]
        )  # fmt: skip
    rows.append(["Total", "", "", "", "", "", "", sum(one.quantity for one in lines), ""])
    (folder / "commandes.csv").write_bytes(_csv(rows).encode("utf-8-sig"))
    rows = [
        [
            "Référence",
            "Titre",
            "Artiste",
            "Maison de disques",
            "Gencod",
            "Date de sortie",
            "Prix public",
            "Prix d'achat",
        ]
    ]
    rows += [
        [
            one.sku,
            one.title,
            one.artist,
            one.label,
            one.ean,
            f"{one.released:%d/%m/%Y}",
            comma(one.price),
            comma(one.cost),
        ]
        for one in releases
    ]
    (folder / "catalogue.csv").write_bytes(_csv(rows).encode("utf-8-sig"))


def sap(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """A list saved from SAP: pipes, pages with their header again, lines of signs, a minus behind the number."""
    names: list[object] = [
        "VBELN",
        "POSNR",
        "AUDAT",
        "KUNNR",
        "NAME1",
        "LAND1",
        "MATNR",
        "ARKTX",
        "KWMENG",
        "NETPR",
        "WAERK",
    ]
    rule = "-" * 120
    out = ["Verkaufsbelege 01.03.2026", rule, "|".join(["", *map(str, names), ""]), rule]
    for at, one in enumerate(lines):
        if at and at % 40 == 0:
            out += [rule, "|".join(["", *map(str, names), ""]), rule]
        count = f"{comma(abs(one.quantity))}{'-' if one.quantity < 0 else ''}"
        title = one.release.title.replace("|", "/")
        cells = [one.order, f"{one.number * 10:06d}", f"{one.day:%d.%m.%Y}", one.buyer, one.buyer_name, one.country,
                 one.release.sku, title, count, comma(one.price), "EUR"]  # fmt: skip
        out.append("|".join(["", *(f" {cell} " for cell in cells), ""]))
    out.append(rule)
    (folder / "VA05.txt").write_bytes(("\r\n".join(out) + "\r\n").encode("cp1252"))
    out = ["|".join(["", "MATNR", "MAKTX", "Interpret", "Label", "EAN", "MATKL", ""])]
    out += ["|".join(["", one.sku, one.title, one.artist, one.label, one.ean, "LP", ""]) for one in releases]
    (folder / "MM60.txt").write_bytes(("\r\n".join(out) + "\r\n").encode("cp1252"))


def excel(folder: Path, releases: list[Release], lines: list[Line]) -> None:
    """A title, groups above the names, real dates and numbers, and some prices that are texts."""
    with xlsxwriter.Workbook(str(folder / "Umsatz 2026-03-01.xlsx")) as book:
        sheet, day = book.add_worksheet("Umsätze"), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write(0, 0, "Umsatzliste Vertrieb")
        sheet.write_row(2, 0, ["Beleg", "", "", "Kunde", "", "", "Artikel", "", "Umsatz", ""])
        sheet.write_row(
            3, 0, ["Nr.", "Position", "Datum", "Nr.", "Name", "Land", "Nr.", "Bezeichnung", "Menge", "Einzelpreis"]
        )
        for at, one in enumerate(lines, 4):
            sheet.write_row(at, 0, [one.order, one.number])
            sheet.write_datetime(at, 2, one.day, day)
            sheet.write_row(
                at, 3, [one.buyer, one.buyer_name, one.country, one.release.sku, one.release.title, one.quantity]
            )
            if at % 7 == 0:
                sheet.write_string(at, 9, comma(one.price))
            else:
                sheet.write_number(at, 9, float(one.price))
        sheet.write_row(len(lines) + 4, 7, ["Gesamt", sum(one.quantity for one in lines)])
    with xlsxwriter.Workbook(str(folder / "Artikel.xlsx")) as book:
        sheet, day = book.add_worksheet("Artikel"), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(
            0, 0, ["Artikelnummer", "EAN", "Titel", "Künstler", "Label", "Veröffentlichung", "Listenpreis", "EK"]
        )
        for at, release in enumerate(releases, 1):
            sheet.write_number(at, 0, int(release.sku))  # the zeros are lost
            sheet.write_number(at, 1, int(release.ean))
            sheet.write_row(at, 2, [release.title, release.artist, release.label])
            sheet.write_datetime(at, 5, release.released, day)
            sheet.write_row(at, 6, [float(release.price), float(release.cost)])
