"""What planners decide by: the newest forecasts with stock, chances, order quantities, overrides, changes and bias.

One row per release, origin and horizon; every origin that was planned stays. Forecasts are of unconstrained demand:
what would sell if there were enough, not what the stock allows. Where an override stands, `plan_units`, chances and
quantities go by it. Stock columns are null where the ERP states none, and quantities to order with them; the stock to
have is there all the same.
"""

from assets.derived import Input, derived_table
from assets.forecasts.inputs_sql import SPAN_SQL
from assets.planning.sql import ERRORS_SQL, EXPLAINED_SQL, PLAN_SQL
from lake.contract import Column, Contract

_STATISTICS = {"mean": "expected", "p10": "P10 of", "p50": "P50 of", "p90": "P90 of"}
PLAN = Contract(
    name="mart_plan",
    layer="gold",
    grain="one row per release, origin and horizon",
    key=("release_id", "origin", "horizon_days"),
    partition_by=("origin",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales were known"),
        Column("horizon_days", "int32", "days from the origin", unit="days"),
        Column("model", "string", "the model that serves the units"),
        *(
            Column(f"units_{name}", "float64", f"{words} units that would sell if there were enough", unit="units")
            for name, words in _STATISTICS.items()
        ),
        Column("override_units", "float64", "what a person says instead of the P50", unit="units", nullable=True),
        Column("override_by", "string", "who says so", nullable=True),
        Column("override_why", "string", "why", nullable=True),
        Column("override_until", "date", "last origin that it stands for", nullable=True),
        Column("plan_units", "float64", "the override where one stands, else the P50", unit="units"),
        Column("stock_as_of", "date", "day of the stock; null: none is stated", nullable=True),
        Column("available", "int64", "on hand less reserved", unit="units", nullable=True),
        Column("incoming", "int64", "on order at suppliers", unit="units", nullable=True),
        Column(
            "chance_above_stock",
            "float64",
            "chance that more is wanted than is available; null also where the forecast says no more than under 10%",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        Column("service_level", "float64", "share of cases in which service_stock meets demand"),
        Column("service_stock", "float64", "stock to have for the service level", unit="units"),
        Column("service_order", "float64", "what is missing to it", unit="units", nullable=True),
        Column("unit_price", "float64", "expected revenue per unit", unit="currency", nullable=True),
        Column(
            "unit_cost",
            "float64",
            "cost to buy, as the catalogue states it; else LACQUER_COST_SHARE of its price so far",
            unit="currency",
            nullable=True,
        ),
        # Nullable, so that the table of a lake from before takes the column.
        Column(
            "is_cost_stated",
            "bool",
            "whether the catalogue states the cost, in the currency of the sales",
            nullable=True,
        ),
        Column("unit_margin", "float64", "unit_price less unit_cost", unit="currency", nullable=True),
        Column("margin_share", "float64", "unit_margin as a share of unit_price", nullable=True),
        Column(
            "order_by",
            "date",
            "day to order by: lead time before the release date, or before stock is used up by expected demand; null: "
            "no lead time is stated",
            nullable=True,
        ),
        Column("margin_level", "float64", "the level that margin and loss make best (newsvendor)", nullable=True),
        Column("margin_stock", "float64", "stock to have by margin and loss", unit="units", nullable=True),
        Column("margin_order", "float64", "what is missing to it", unit="units", nullable=True),
        Column("currency", "string", "currency of price and cost, ISO 4217", nullable=True),
        Column(
            "life_stage",
            "string",
            "starting: first sold under 90 days ago; ended: no sale for 90 days and P50 of 90 days under 1; "
            "fading: P90 of 90 days under what the last 90 sold; else selling",
            allowed=("starting", "selling", "fading", "ended"),
        ),
        Column("previous_origin", "date", "origin of the forecast before", nullable=True),
        Column("previous_p50", "float64", "its P50", unit="units", nullable=True),
        Column("change_units", "float64", "P50 less previous_p50", unit="units", nullable=True),
        Column("change_why", "string", "the reasons that moved it most, in units", nullable=True),
        Column("bias_origins", "int32", "past forecasts without overlap whose windows have ended", nullable=True),
        Column("bias_signal", "float64", "Trigg's tracking signal, -1 to 1; above 0: too low", nullable=True),
        Column("bias_sum", "float64", "Brown's: sum of errors over their mean size", nullable=True),
        Column("bias", "string", "its forecasts kept being so", allowed=("too low", "too high"), nullable=True),
    ),
)

mart_plan = derived_table(
    PLAN,
    inputs={
        "newest": Input.sql(PLAN_SQL),
        "explained": Input.sql(EXPLAINED_SQL),
        "errors": Input.sql(ERRORS_SQL),
        "span": Input.sql(SPAN_SQL),
    },
    compute="ml.planning.table:plan_rows",
    resources=("planning",),
    keeps_partitions=True,
    group="forecasts",
    description=__doc__,
)
