"""`lacquer price`: apply recommended prices, and compare what they did with what was expected."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from lake.lakehouse import Lake

price = typer.Typer(
    help="""Apply prices, and see what they did.

    [bold]Examples[/bold]

    lacquer price apply R000397 --strategy margin --by "Ada, sales" --why "spring list" --out prices.csv

    lacquer price effect
    """,
    no_args_is_help=True,
)

ReleasesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="RELEASE...", help="The releases; --all for all that have a price.")
]
StrategyOption = Annotated[str, typer.Option(help="competitive, value, margin or dynamic.")]
ByOption = Annotated[str, typer.Option(metavar="WHO", help="Who applies it: a name or a role. Kept as given.")]
WhyOption = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads it later.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the prices for the ERP, .csv.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every release with a recommended price that is a change.")]


@price.command()
def apply(
    out: OutOption,
    by: ByOption,
    why: WhyOption,
    releases: ReleasesArgument = None,
    strategy: StrategyOption = "margin",
    every: AllOption = False,
    lake: LakeOption = None,
) -> None:
    """Apply the recommended price of one release, of several, or of all; and write them for the ERP.

    The application is recorded with who, why and the expected units (applied_prices), and FILE gets sku, valid_from,
    price, currency, price_id. The lake changes no price by itself: the ERP's price list does, once it has the file.
    Where one of the named releases has no price, nothing is applied, and the reason is shown.

    [bold]Examples[/bold]

    lacquer price apply R000397 --strategy margin --by "Ada, sales" --why "spring list" --out prices.csv

    lacquer price apply --all --strategy value --by "Ada, sales" --why "clear the warehouse" --out prices.csv
    """
    if not by.strip() or not why.strip():
        fail("--by and --why say who applies the price and why; neither may be empty")
    if bool(releases) == every:
        fail("name releases, or give --all")
    if out.suffix.lower() != ".csv" or not out.absolute().parent.is_dir():
        fail(f"--out {out}: name a .csv file in a folder that is there")
    from lake.journals.prices import KEY, apply_prices, erp_csv

    store = _store(lake, "gold/price_recommendations")
    chosen = _chosen(store, releases or [], strategy, every)
    version, ids = apply_prices(store, chosen, by.strip(), why.strip())
    store.publish({KEY: version}, "price apply")
    out.write_text(erp_csv(chosen, ids), encoding="utf-8")
    print(f"{len(chosen)} prices applied from {chosen[0]['valid_from']} on; for the ERP: {out}")
    print("lacquer price effect compares sales with the expectation after 30 days")


@price.command()
def effect(lake: LakeOption = None) -> None:
    """List the applied prices with the units that were expected within 30 days, and those that sold.

    [bold]Examples[/bold]

    lacquer price effect
    """
    from lake.journals.prices import EFFECT_SQL, KEY
    from serving.commands.rows import Format, write_rows

    store = _store(lake, "gold/fct_sales_day")
    published = store.published()
    if KEY not in published:
        print("no price was ever applied; lacquer price apply --help says how")
        return
    write_rows(store.connect(published).execute(EFFECT_SQL), Format.table)


def _store(lake: str | None, needed: str) -> "Lake":
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if needed not in (store.published() if store.root.is_dir() else {}):
        fail(f"{needed} is not published in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    return store


def _chosen(store: "Lake", releases: list[str], strategy: str, every: bool) -> list[dict[str, Any]]:
    """The recommendations to apply; all of those named, or the command fails."""
    from ml.pricing.optimise import STRATEGIES
    from serving.queries.publications import read_state
    from serving.queries.reader import Reader
    from serving.queries.recommended import NoPriceError, changed_prices, chosen_prices

    if strategy not in STRATEGIES:
        fail(f"--strategy {strategy}: one of {', '.join(STRATEGIES)} is needed")
    reader = Reader(store, read_state(store))
    chosen = changed_prices(reader, strategy) if every else dict.fromkeys(releases, strategy)
    if not chosen:
        fail(f"no release has a {strategy} price that differs from today's; nothing was applied")
    try:
        return chosen_prices(reader, chosen)
    except NoPriceError as error:
        fail(f"{error.args[0]}; lacquer sql 'from mart_price' lists what there is")
