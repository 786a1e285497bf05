"""Files of shipments, carriers, contacts with buyers and campaigns, as systems export them: what is read of each."""

import csv
from pathlib import Path
from typing import Any

import pytest

from lake.importing.conversion import Conversion
from lake.importing.drafting import Draft, draft_mapping
from lake.importing.grid import find_source
from lake.importing.layout import find_layout
from serving.commands.import_targets import import_targets

FILES: dict[str, tuple[str, list[str]]] = {
    "versand.csv": (
        "Sendungsnummer;Auftragsnr.;Spediteur;Versanddatum;Liefertermin;Zugestellt am;Kolli;Frachtkosten",
        ["4711;A-1;Hanse Express;05.03.2026 17:30;06.03.2026;07.03.2026 09:15;2;7,90",
         "4712;A-2;Nordpaket;06.03.2026 17:30;;;1;4,50"],
    ),
    "besuche.csv": (
        "Kontaktnummer;Kunden-Nr.;Kontaktart;Kontaktdatum;Artikelnr.;Ergebnis",
        ["K1;B1;Besuch;05.03.2026;000123;bestellt später", "K2;B2;Anruf;06.03.2026;;",
         "K3;B2;Musterversand;25.03.2026;000123;"],
    ),
    "campaigns.csv": (
        "Campaign name,SKU,Amount spent,Currency,Start date,End date,Channel",
        ["Spring,000123,1250.50,GBP,2026-03-01,2026-03-14,social",
         "Spring,000124,300,GBP,2026-03-01,2026-03-14,social"],
    ),
    "genres.csv": (
        "Campaign ID,Campaign,Genre,Ad spend,Currency,Start,End",
        ["C7,Jazz month,jazz,900,EUR,2026-04-01,2026-04-30", "C8,Rock week,rock,150,EUR,2026-05-04,2026-05-10"],
    ),
    "products.csv": (
        "Artikelnr.;Titel;EK netto;Lieferant;Lieferzeit (Tage);Mindestbestellmenge;Lizenzsatz",
        ["000123;Blue;6,50;Pressing Plant;21;50;12,5 %", "000124;Red;7;;;;"],
    ),
    "carriers.csv": (
        "Carrier code,Carrier name,Service level,Country",
        ["DHL,DHL Paket,parcel,Germany", "PLT,Pallas Freight,pallet,Netherlands"],
    ),
}  # fmt: skip


def write(folder: Path, name: str) -> Path:
    header, lines = FILES[name]
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path, draft: Draft) -> dict[str, list[dict[str, str | None]]]:
    entry = draft.mapping.of(path.name)
    assert entry is not None
    source = find_source(path)
    layout = find_layout(source, entry.header)
    found: dict[str, list[dict[str, str | None]]] = {}
    for batch in Conversion(source, entry, layout.names, import_targets()).batches():
        assert batch.faults == []
        for table, rows in batch.tables.items():
            found.setdefault(table, []).extend(row for _, row in rows)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "versand.csv",
            {
                "shipments": [
                    {"shipment_id": "4711", "order_id": "A-1", "carrier_id": "hanse-express",
                     "shipped_at": "2026-03-05T17:30:00Z", "promised_on": "2026-03-06",
                     "delivered_at": "2026-03-07T09:15:00Z", "parcels": "2", "cost": "7.9", "currency": "EUR"},
                    {"shipment_id": "4712", "order_id": "A-2", "carrier_id": "nordpaket",
                     "shipped_at": "2026-03-06T17:30:00Z", "promised_on": None, "delivered_at": None, "parcels": "1",
                     "cost": "4.5", "currency": "EUR"},
                ],
                "carriers": [
                    {"carrier_id": "hanse-express", "name": "Hanse Express"},
                    {"carrier_id": "nordpaket", "name": "Nordpaket"},
                ],
            },
        ),
        (
            "besuche.csv",
            {
                "buyer_interactions": [
                    {"interaction_id": "K1", "buyer_id": "B1", "kind": "visit", "occurred_at": "2026-03-05T00:00:00Z",
                     "release_id": "000123", "outcome": "bestellt später"},
                    {"interaction_id": "K2", "buyer_id": "B2", "kind": "call", "occurred_at": "2026-03-06T00:00:00Z",
                     "release_id": None, "outcome": None},
                    {"interaction_id": "K3", "buyer_id": "B2", "kind": "sample", "occurred_at": "2026-03-25T00:00:00Z",
                     "release_id": "000123", "outcome": None},
                ]
            },
        ),
        (
            "campaigns.csv",
            {
                "campaigns": [
                    {"campaign_id": f"Spring-2026-03-01-{sku}", "name": "Spring", "channel": "social",
                     "release_id": sku, "started_on": "2026-03-01", "ended_on": "2026-03-14", "spend": spend,
                     "currency": "GBP"}
                    for sku, spend in (("000123", "1250.5"), ("000124", "300"))
                ]
            },
        ),
        (
            "genres.csv",
            {
                "campaigns": [
                    {"campaign_id": "C7", "name": "Jazz month", "category": "jazz", "started_on": "2026-04-01",
                     "ended_on": "2026-04-30", "spend": "900", "currency": "EUR"},
                    {"campaign_id": "C8", "name": "Rock week", "category": "rock", "started_on": "2026-05-04",
                     "ended_on": "2026-05-10", "spend": "150", "currency": "EUR"},
                ]
            },
        ),
        (
            "products.csv",
            {
                "releases": [
                    {"release_id": "000123", "title": "Blue", "unit_cost": "6.5", "is_published": "true",
                     "supplier": "Pressing Plant", "lead_days": "21", "least_order": "50", "royalty_percent": "12.5"},
                    {"release_id": "000124", "title": "Red", "unit_cost": "7", "is_published": "true",
                     "supplier": None, "lead_days": None, "least_order": None, "royalty_percent": None},
                ]
            },
        ),
        (
            "carriers.csv",
            {
                "carriers": [
                    {"carrier_id": "DHL", "name": "DHL Paket", "service": "parcel", "country": "Germany"},
                    {"carrier_id": "PLT", "name": "Pallas Freight", "service": "pallet", "country": "Netherlands"},
                ]
            },
        ),
    ],
)  # fmt: skip
def test_what_is_around_orders_is_read_as_it_was_meant(
    tmp_path: Path, name: str, expected: dict[str, list[dict[str, Any]]]
) -> None:
    path = write(tmp_path, name)
    assert rows_of(path, draft_mapping([path])) == expected


def test_a_kind_of_contact_that_is_not_known_refuses_its_row(tmp_path: Path) -> None:
    path = write(tmp_path, "besuche.csv")
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerow(["K4", "B9", "Sonstiges", "26.03.2026", "", ""])
    entry = draft_mapping([path]).mapping.files[0]
    source = find_source(path)
    conversion = Conversion(source, entry, find_layout(source, entry.header).names, import_targets())
    (fault,) = [one for batch in conversion.batches() for one in batch.faults]
    assert (fault.row, fault.column, fault.value, fault.refuses) == (5, "Kontaktart", "Sonstiges", True)
    assert conversion.outcome.landed == 3
