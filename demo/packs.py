"""The source packs there are; `demo` says how to add one."""

from __future__ import annotations

from demo.charts.pack import ChartsOptions
from demo.charts.pack import land as land_charts
from demo.distributor.options import DistributorOptions
from demo.distributor.pack import land as land_distributor
from demo.online_retail.pack import OnlineRetailOptions
from demo.online_retail.pack import land as land_online_retail
from demo.pack import Pack

PACKS: dict[str, Pack] = {
    pack.name: pack
    for pack in (
        Pack(
            name="demo",
            description="a simulated music distributor with known truth",
            needs_data=False,
            options_type=DistributorOptions,
            land_files=land_distributor,
        ),
        Pack(
            name="online-retail",
            description="a real UK wholesaler, 2009-12 to 2011-09 (UCI Online Retail II)",
            needs_data=True,
            options_type=OnlineRetailOptions,
            land_files=land_online_retail,
        ),
        Pack(
            name="charts",
            description="real catalogues, chart positions, streams, reviews and prices, 1967 to 2026; no orders",
            needs_data=True,
            options_type=ChartsOptions,
            land_files=land_charts,
        ),
    )
}
