"""`lacquer rebuild`: build gold again from silver, whatever the cursors say; with --silver, silver from bronze first.

One run of the asset graph, asked by its tags (`assets/rebuilding.py`). Bronze is left as it is: what has landed since
waits for the next `lacquer run`.
"""

import re
import time
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.run import BACKTEST, OWN_DATA
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import datetime as dt

    from lake.gold.rebuild import Months
    from lake.lakehouse import Lake

FACT = "gold/fct_order_line"
# What fetches something new, which a repair of what is there does not.
LANDING = ("lake/erp_pulls",)
FromOption = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First month; default: the oldest.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month; default: the newest.")]
SilverOption = Annotated[bool, typer.Option("--silver", help="Silver too, in full from bronze; then all of gold.")]


def rebuild(
    first: FromOption = None, last: ToOption = None, silver: SilverOption = False, lake: LakeOption = None
) -> None:
    """Build gold again: the months from --from to --to and what follows from them; without either, all of it.

    Readers see the old state until everything has passed its checks. Forecasts are made anew where what they rest on
    was written again; the PIM gets only values that differ from what it has. New landed files are not taken in.

    [bold]Examples[/bold]

    lacquer rebuild

    lacquer rebuild --from 2010-11 --to 2010-12

    lacquer rebuild --silver --lake lakes/wholesaler
    """
    from assets.rebuilding import tags_for
    from lake.lakehouse import Lake
    from serving.runs.graph import run_graph

    began = time.monotonic()
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.published():
        fail(f"nothing is published in {store.root} yet, so there is nothing to rebuild: begin with lacquer run")
    if silver and (first or last):
        fail("--silver makes every month of gold anew: leave out --from and --to")
    months = _asked_months(store, first, last) if first or last else None
    leave_out = (*_untouched(silver=silver), *LANDING, *BACKTEST)
    run_graph(store, OWN_DATA, began, tags=tags_for(months, silver=silver), leave_out=leave_out)


def _asked_months(store: "Lake", first: str | None, last: str | None) -> "Months":
    """The months asked for, which gold must have."""
    from lake.gold.rebuild import Months

    there = _months_of(store)
    if not there:
        fail(f"{FACT} has no months yet: begin with lacquer run --lake {store.root}")
    known = f"gold has the months {there[0]:%Y-%m} to {there[-1]:%Y-%m}"
    since = there[0] if first is None else _month(first, "--from", known)
    until = there[-1] if last is None else _month(last, "--to", known)
    if since > until:
        fail(f"--from {since:%Y-%m} lies after --to {until:%Y-%m}; {known}")
    if not any(since <= month <= until for month in there):
        fail(f"no month of gold from {since:%Y-%m} to {until:%Y-%m}; {known}")
    return Months(max(since, there[0]), min(until, there[-1]))


def _month(text: str, option: str, known: str) -> "dt.date":
    import datetime as dt

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        fail(f"{option} {text} is no month: write it as YYYY-MM; {known}")
    return dt.date.fromisoformat(f"{text}-01")


def _months_of(store: "Lake") -> "list[dt.date]":
    """The months that the published fact of order lines has."""
    published = store.published()
    if FACT not in published:
        return []
    rows = store.connect({FACT: published[FACT]}).execute(f"select distinct order_month from {FACT.replace('/', '.')}")
    return sorted(month for (month,) in rows.fetchall())


def _untouched(*, silver: bool) -> tuple[str, ...]:
    """The tables that stay as they are: bronze, and silver unless it is asked for."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.bronze import STREAMS
    from assets.contracts import declared_contracts
    from assets.silver import FEEDS

    bronze = [f"bronze/{name}" for name in STREAMS]
    contracts = declared_contracts("assets.silver")
    histories = [f"{contract.name}_history" for contract in contracts if contract.history == "scd2"]
    return (*bronze, *(() if silver else (f"silver/{name}" for name in [*FEEDS, *histories])))
