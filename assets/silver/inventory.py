"""Stock as the ERP closed each day's books.

One row per release, warehouse and day. The ERP need not state a day on which nothing moved: the last row then holds.
Opening stock + received - shipped + returned = on hand at the day's close.
"""

from assets.silver import silver_table
from assets.silver.calendar import in_calendar
from lake.contract import Column, Contract, Rule

INVENTORY = Contract(
    name="inventory",
    grain="one row per release, warehouse and day",
    key=("release_id", "warehouse", "stock_date"),
    latest_by="source_position",
    partition_by=("stock_month",),
    columns=(
        Column("release_id", "string", "the release; refers to releases", source="sku"),
        Column("warehouse", "string", "code of the warehouse", source="warehouse"),
        Column("stock_date", "date", "the day whose close is stated", source="stock_date"),
        Column("on_hand", "int32", "units in the warehouse at the close", source="on_hand", unit="units", minimum=0),
        Column("reserved", "int32", "units ordered and not yet shipped", source="reserved", unit="units", minimum=0),
        Column("incoming", "int32", "units on order at suppliers", source="incoming", unit="units", minimum=0),
        Column(
            "received",
            "int32",
            "units that came in from suppliers; negative where they went back to them",
            source="received",
            unit="units",
        ),
        Column("shipped", "int32", "units that left for buyers", source="shipped", unit="units", minimum=0),
        Column("returned", "int32", "units that came back from buyers", source="returned", unit="units", minimum=0),
        Column("stock_month", "date", "first day of the day's month", sql="date_trunc('month', stock_date)"),
    ),
    rules=(
        in_calendar("stock_date"),
        Rule(
            "opening_not_negative",
            "cast(on_hand as bigint) - received + shipped - returned >= 0",
            "the day's movements leave less than nothing at its opening",
            ("on_hand",),
        ),
    ),
    references={"release_id": "releases"},
)

inventory = silver_table(INVENTORY, __doc__, changes_of="inventory")
