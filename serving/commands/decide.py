"""`lacquer decide`: what to order and where to advertise, also under assumptions of your own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from ml.decisions.decide import DecisionRules

ScenarioOption = Annotated[
    Path | None,
    typer.Option("--scenario", metavar="FILE", help="YAML with assumptions; without one, those of the table."),
]
OrdersOption = Annotated[
    Path | None, typer.Option("--orders", metavar="FILE", help="Write the purchase orders, .csv or .parquet.")
]
AllocateOption = Annotated[
    Path | None,
    typer.Option(
        "--allocate",
        metavar="FILE",
        help="Write which buyers get the stock of releases that does not reach, .csv, .xlsx or .parquet.",
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Decisions that are shown.")]


def decide(
    scenario: ScenarioOption = None,
    orders: OrdersOption = None,
    allocate: AllocateOption = None,
    limit: LimitOption = 15,
    lake: LakeOption = None,
) -> None:
    """Decide what to order and where to advertise, by the newest published plan; nothing is stored.

    A scenario is a YAML file with any of demand_factor, price_factor, cost_factor, advertising_factor, least_change,
    largest_change, and of the stock lead_days, review_days, overage_share, least_order, z. The total of its money is
    shown beside that of the plan as it is. A release's own lead time and least order win over those of the scenario.
    How much stock is wanted, LACQUER_STOCK_POLICY says.

    --allocate gives out what is available of releases whose forecast is above it, so that it earns the most: one row
    per buyer and release with its units, as in gold.stock_allocations. A demand_factor counts there too.

    [bold]Examples[/bold]

    lacquer decide --orders purchase-orders.csv

    lacquer decide --allocate order-sheet.xlsx

    echo "demand_factor: 1.3" > busy.yaml; lacquer decide --scenario busy.yaml
    """
    import polars as pl

    from assets.decisions.decisions import CAMPAIGNS_SQL, PLANS_SQL, UNITS_SQL
    from ml.decisions.decide import DecisionRules
    from ml.decisions.decide import decide as compute
    from serving.commands.decide_allocation import check_sheet, write_allocation
    from serving.commands.series_files import check_output, write_frame
    from serving.queries.published import open_published

    if orders is not None:
        check_output(orders)
    if allocate is not None:
        check_sheet(allocate)
    rules = _rules(scenario) if scenario is not None else DecisionRules()
    con = open_published(chosen_lake(lake))
    import duckdb

    with explained(duckdb.Error):
        plans, campaigns, units = (con.sql(query).pl() for query in (PLANS_SQL, CAMPAIGNS_SQL, UNITS_SQL))
    policy = current_settings().stock_policy
    found = compute(plans, rules, policy, campaigns, units)
    for row in found.head(limit).iter_rows(named=True):
        print(f"{row['rank']:3}  {row['release_id']}  {row['reason']}")
    _total("as decided", found)
    if scenario is not None:
        _total("without the scenario", compute(plans, None, policy, campaigns, units))
    if orders is not None:
        columns = ("release_id", "order_units", "order_cost", "risk", "reason")
        wanted = found.filter(pl.col("order_units") > 0).select(columns)
        write_frame(wanted.with_columns(pl.col("order_units").cast(pl.Int64)), orders)
        print(f"{wanted.height:,} orders in {orders}")
    if allocate is not None:
        write_allocation(con, rules.demand_factor, allocate)


def _total(words: str, found: Any) -> None:
    sums = [
        found[name].fill_null(0).sum()
        for name in ("order_units", "order_cost", "profit_low", "profit_expected", "profit_high")
    ]
    print(
        f"{words}: {sums[0]:,.0f} units for {sums[1]:,.0f}; they earn {sums[3]:,.0f} in the expected case,"
        f" {sums[2]:,.0f} in the low and {sums[4]:,.0f} in the high one"
    )


def _rules(path: Path) -> "DecisionRules":
    from dataclasses import fields

    import yaml

    from ml.decisions.decide import DecisionRules
    from ml.decisions.stock import StockRules

    with explained(OSError, yaml.YAMLError):
        given = yaml.safe_load(path.read_text()) or {}
    stock, own = ({one.name for one in fields(kind)} - {"stock", "policy"} for kind in (StockRules, DecisionRules))
    if not isinstance(given, dict) or (unknown := sorted(set(given) - stock - own)):
        fail(
            f"--scenario {path}: {unknown if isinstance(given, dict) else given}:"
            f" known are {', '.join(sorted(stock | own))}"
        )
    if wrong := sorted(name for name, value in given.items() if not isinstance(value, int | float)):
        fail(f"--scenario {path}: {', '.join(wrong)} must be numbers")
    if any(
        given.get(name, 1) <= 0 for name in ("demand_factor", "price_factor", "cost_factor", "lead_days", "review_days")
    ):
        fail(f"--scenario {path}: factors and days lie above 0")
    return DecisionRules(
        StockRules(**{name: value for name, value in given.items() if name in stock}),
        **{name: value for name, value in given.items() if name in own},
    )
