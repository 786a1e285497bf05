"""`lacquer seasonality`: what the year of each category looks like, by Prophet."""

from typing import TYPE_CHECKING, Any

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake
    from serving.runs.execution import Executed

_SHOWN_SQL = """
with newest as (from gold.category_seasonality where origin = (select max(origin) from gold.category_seasonality))
select category, component,
  arg_max(period, effect) as most, max(effect) as factor, arg_max(low, effect) as low, arg_max(high, effect) as high,
  arg_min(period, effect) as least, min(effect) as factor_least, arg_min(low, effect) as low_least,
  arg_min(high, effect) as high_least
from newest where component in ('yearly', 'weekly') group by category, component
"""
_OVER = {"yearly": "the year", "weekly": "the week"}


def seasonality(lake: LakeOption = None) -> None:
    """Take each category's sales apart with Prophet: trend, year, week and holidays, as factors with their ranges.

    As of the last day with sales, from what is published; a category of which less than a year and a half is known has
    none, and it says so. The table category_seasonality holds them all, and the forecast's page draws them. The weekly
    schedule does the same. The forecasts do not rest on it. Needs Prophet: make prophet.

    [bold]Examples[/bold]

    lacquer seasonality

    lacquer sql "select period, effect, low, high from category_seasonality where component = 'yearly'"
    """
    from lake.lakehouse import Lake
    from ml.seasonality.categories import is_installed

    if not is_installed():
        fail("Prophet is not installed; install it with make prophet")
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if "gold/fct_sales_day" not in (store.published() if store.root.is_dir() else {}):
        fail(f"nothing is published in {store.root} yet: begin with lacquer run --lake {store.root}")
    done, left_out = _run(store)
    store.session(done.run_id).close()
    if not done.success:
        fail("\n       ".join([*done.failures, f"{done.seen}; mend the cause and run it again"]))
    _show(store.connect_published())
    for category, why in sorted(left_out.items()):
        print(f"no season of {category}: {why}")


def _run(store: "Lake") -> "tuple[Executed, dict[str, str]]":
    """The job, on record, and the categories that it left out."""
    from rich.console import Console

    from assets.totals.seasonality import KEY
    from serving.options import current_settings
    from serving.runs.execution import LAKE_TAG, dagster_instance, execute
    from serving.runs.progress import progress_on

    with progress_on(Console(stderr=True)) as progress, dagster_instance() as instance:
        tags = {LAKE_TAG: str(store.root)}
        done = execute(instance, current_settings(lake=store.root), progress, tags=tags, job="seasonality")
        event = instance.get_latest_materialization_event(KEY)
    made = event.asset_materialization if event is not None else None
    value: Any = made.metadata["left_out"].value if made is not None and "left_out" in made.metadata else {}
    return done, dict(value)


def _show(con: "duckdb.DuckDBPyConnection") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="1 is a usual day; in brackets, eight in ten", title_justify="left")
    for name in ("category", "over", "most", "", "least", ""):
        table.add_column(name)
    rows = con.execute(_SHOWN_SQL).fetchall()
    for category, component, *ends in sorted(rows, key=lambda row: (row[0] != "all", row[0], row[1] != "yearly")):
        table.add_row(category, _OVER[component], ends[0], _factor(*ends[1:4]), ends[4], _factor(*ends[5:]))
    if rows:
        Console().print(table)


def _factor(effect: float, low: float, high: float) -> str:
    return f"{effect:.2f} ({low:.2f} to {high:.2f})"
