"""`lacquer engines`: whether Spark and DuckDB agree on a lake."""

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from lake.contract import Contract
    from lake.lakehouse import Lake
    from lake.silver.sql import Feed

TableOption = Annotated[
    list[str] | None, typer.Option("--table", metavar="TABLE", help="Only this table, as silver/orders; may repeat.")
]
GoldOption = Annotated[bool, typer.Option("--gold", help="Build gold in Spark and compare its rows instead.")]
MemoryOption = Annotated[str, typer.Option(metavar="SIZE", help="Memory of Spark's Java process, as 4g.")]


def engines(
    lake: LakeOption = None, table: TableOption = None, memory: MemoryOption = "1g", gold: GoldOption = False
) -> None:
    """Compare Spark with DuckDB over what a lake has published. Wants `make spark`; changes nothing.

    Silver: both engines read bronze by the contract's SQL; every row and column must be equal. Gold: counts, exact
    sums, earliest and latest moments of the stored tables. With --gold Spark builds each model of gold from silver, and
    each row must equal the published one. Ends with exit code 1 when the engines differ.

    [bold]Examples[/bold]

    lacquer engines --lake lakes/demo

    lacquer engines --table silver/order_lines --table gold/fct_order_line --memory 4g

    lacquer engines --gold
    """
    from resources.spark.session import HOME, PYTHON, is_installed

    if not is_installed():
        fail(f"no Spark in {HOME}: run make spark, which wants Java 17 and Maven")
    if gold and table:
        fail("--gold builds every model: leave --table out")
    root = chosen_lake(lake)
    if find_spec("pyspark") is None:  # Spark has an environment of its own
        options = ["--lake", root, "--memory", memory, *(part for name in table or () for part in ("--table", name))]
        options += ["--gold"] if gold else []
        done = subprocess.run([str(PYTHON), "-m", "serving.cli", "engines", *options], check=False)
        raise typer.Exit(done.returncode)
    if gold:
        _compare_gold(root, memory)
    else:
        _compare(root, table, memory)


def _published(root: str) -> "tuple[Lake, dict[str, int]]":
    from lake.lakehouse import Lake

    with explained(ValueError):
        lake = Lake(root)
    published = lake.published()
    if not published:
        fail(f"nothing is published in {lake.root}: finish a run with lacquer run --lake {root}")
    return lake, published


def _compare_gold(root: str, memory: str) -> None:
    """Build gold in Spark and print of each model whether its rows are those that are published."""
    from lake.gold.models import source_columns
    from lake.gold.royalties import RatesError
    from resources.dbt.compiled import compiled_models
    from resources.dbt.project import ManifestMissingError, load_manifest
    from resources.lake import LakeResource
    from resources.spark.gold import GoldInSpark
    from resources.spark.session import open_spark

    lake, published = _published(root)
    with explained(ManifestMissingError):
        manifest = load_manifest()
    chosen = LakeResource.from_settings(current_settings(lake=root))
    with explained(RatesError):
        models = compiled_models(lake, published, manifest, chosen.calendar(), chosen.royalty_rates())
    spark = GoldInSpark(open_spark(memory=memory), lake.root, published)
    for key, columns in source_columns(manifest).items():
        if key not in published:
            spark.missing(key, dict(columns))
    equal = differing = refused = 0
    for found in spark.compare(models):
        if found.reason:
            verdict, refused = f"not in Spark: {found.reason}", refused + 1
        elif found.differing:
            verdict, differing = f"{found.differing:,} rows differ", differing + 1
        else:
            verdict, equal = "equal", equal + 1
        print(f"{found.table}: {found.rows:,} rows, {verdict} (Spark {found.seconds:.1f} s)")
        for text in found.examples:
            print(f"  {text}")
        sys.stdout.flush()
    print(f"{equal:,} models equal, {differing:,} differ, {refused:,} not in Spark")
    if differing:
        raise typer.Exit(1)


def _compare(root: str, wanted: list[str] | None, memory: str) -> None:
    lake, published = _published(root)
    silver = _silver(published)
    tables = [*silver, *(key for key in published if key.startswith("gold/"))]
    if unknown := [name for name in wanted or () if name not in tables]:
        fail(f"--table {', '.join(unknown)}: not compared; there are {', '.join(sorted(tables))}")
    from resources.spark.agreement import Engines
    from resources.spark.session import open_spark

    both = Engines(open_spark(memory=memory), lake.root, published)
    differing = 0
    for key in wanted or sorted(tables):
        found = both.silver(*silver[key]) if key in silver else both.stored(key)
        differing += not found.is_equal
        verdict = "equal" if found.is_equal else f"{found.only_duckdb} and {found.only_spark} rows of one engine alone"
        seconds = f"DuckDB {found.duckdb_seconds:.2f} s, Spark {found.spark_seconds:.2f} s"
        print(f"{key}: {found.rows:,} rows, {verdict} ({seconds})")
        for text in (*(f"column {column}" for column in found.columns), *found.examples):
            print(f"  {text}")
        sys.stdout.flush()
    print(f"{len(wanted or tables):,} tables compared, {differing:,} differ")
    if differing:
        raise typer.Exit(1)


def _silver(published: "dict[str, int]") -> "dict[str, tuple[Contract, Feed]]":
    """Silver's published tables whose bronze is published too, with what their SQL is written from."""
    import assets.silver
    from assets.contracts import declared_contracts

    contracts = {contract.name: contract for contract in declared_contracts("assets.silver")}
    return {
        f"silver/{name}": (contracts[name], feed)
        for name, feed in assets.silver.FEEDS.items()
        if f"silver/{name}" in published and f"bronze/{feed.bronze}" in published
    }
