"""The tables that a file of each kind fills."""

from __future__ import annotations

from collections.abc import Callable

from lake.importing.assembly import Assembly, cleaned
from lake.importing.catalogue_tables import Tables, buyers, prices, products, stock
from lake.importing.mapping import Field
from lake.importing.sales_tables import order_headers, sales_lines
from lake.importing.trade_tables import campaigns, carriers, interactions, shipments


def _names(table: str, key: str, concept: str) -> Callable[[Assembly], Tables]:
    def made(one: Assembly) -> Tables:
        name = one.reading.column(concept)
        fields = {
            key: one.column(key) or Field(id_of=name),
            "name": Field(column=name),
            "country": one.column("country"),
        }
        if table == "artists":
            fields["genre"] = one.column("genre")
        return {table: cleaned(fields)}

    return made


TABLES: dict[str, Callable[[Assembly], Tables]] = {
    "lines": sales_lines,
    "orders": order_headers,
    "products": products,
    "stock": stock,
    "prices": prices,
    "buyers": buyers,
    "campaigns": campaigns,
    "interactions": interactions,
    "shipments": shipments,
    "carriers": carriers,
    "artists": _names("artists", "artist_id", "artist"),
    "labels": _names("labels", "label_id", "label"),
}
