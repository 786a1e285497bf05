"""A derived table is computed from its inputs, skipped when nothing changed, and checked before it is published.

The function under the tables here is the as-of join of the features: visits meet the price that stood on their day.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dagster import AssetKey, AssetsDefinition, materialize

from assets.checks import check_steps
from assets.derived import DERIVED, Input, derived_table
from lake.contract import Column, Contract
from lake.delta.table import Table
from ml.features.asof import as_of_join
from resources.lake import LakeResource

DAY = dt.date(2026, 3, 1)
VISITS: dict[str, list[Any]] = {"shop": ["a", "b"], "day": [DAY, DAY]}
PRICES: dict[str, list[Any]] = {
    "shop": ["a", "a", "b"],
    "valid_from": [DAY - dt.timedelta(1), DAY + dt.timedelta(1), DAY],
    "price": [1.0, 9.0, 2.0],
}


def contract(name: str = "visit_prices", **changes: Any) -> Contract:
    columns = (
        Column("shop", "string", "the shop"),
        Column("day", "date", "day of the visit"),
        Column("price", "float64", "price on the day", minimum=0, nullable=True),
    )
    given = {"grain": "one row per visit", "columns": columns} | changes
    return Contract(name=name, layer="gold", key=("shop", "day"), **given)


def table_of(made: Contract, query: str = "select shop, day from gold.visits", **options: Any) -> AssetsDefinition:
    return derived_table(
        made,
        inputs={"entities": Input.sql(query), "features": Input.table("gold/shop_prices")},
        compute="ml.features.asof:as_of_join",
        parameters={"on": ("shop",), "at": "day"},
        group="tests",
        **options,
    )


def write(root: Path, name: str, rows: dict[str, list[Any]]) -> None:
    Table(root / "gold" / name).overwrite(pl.DataFrame(rows).to_arrow())


def run(root: Path, *assets: AssetsDefinition, bad: bool = False) -> dict[str, Any]:
    """Materialize; the metadata of the last asset, or the failed checks where the run is to fail."""
    lake = LakeResource(root=root, allowed_bad_share=0.0, threads=1)
    contracts = [DERIVED["/".join(key.path)].contract for asset in assets for key in asset.keys]
    done = materialize([*assets, *check_steps(contracts)], resources={"lake": lake}, raise_on_error=False)
    failed = {one.check_name: one.description for one in done.get_asset_check_evaluations() if not one.passed}
    if bad:
        return failed
    assert done.success, failed
    (key,) = assets[-1].keys
    (event,) = done.asset_materializations_for_node(key.path[-1])
    return {name: value.value for name, value in event.metadata.items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "visits", VISITS)
    write(tmp_path, "shop_prices", PRICES)
    return tmp_path


def rows_of(root: Path, name: str = "visit_prices") -> list[tuple[Any, ...]]:
    return Table(root / "gold" / name).read().sort("shop", "day").collect().rows()


def test_it_is_computed_once_and_again_when_an_input_changes(root: Path) -> None:
    asset = table_of(contract())
    assert run(root, asset)["mode"] == "computed"
    assert rows_of(root) == [("a", DAY, 1.0), ("b", DAY, 2.0)]
    assert str(run(root, asset)["mode"]).startswith("skipped")
    write(root, "shop_prices", PRICES | {"price": [1.5, 9.0, 2.0]})
    assert run(root, asset)["mode"] == "computed"
    assert rows_of(root) == [("a", DAY, 1.5), ("b", DAY, 2.0)]


def test_its_upstreams_are_the_tables_that_the_queries_name() -> None:
    asset = table_of(contract())
    expected = {AssetKey(["gold", "visits"]), AssetKey(["gold", "shop_prices"])}
    assert set(asset.asset_deps[AssetKey(["gold", "visit_prices"])]) == expected


def test_a_changed_query_contract_or_parameter_makes_another_version(root: Path) -> None:
    run(root, table_of(contract()))
    where = "select shop, day from gold.visits where shop = 'b'"
    assert run(root, table_of(contract(), where))["mode"] == "computed"
    assert rows_of(root) == [("b", DAY, 2.0)]
    first, second = DERIVED["gold/visit_prices"], contract(grain="one row per shop and day")
    assert first.code != first.__class__(second, first.inputs, as_of_join, first.parameters, False).code
    made = [first.made_of({}, {"max_age": days}) for days in (1, 2)]
    assert made[0] != made[1]


def test_a_changed_contract_needs_no_migration(root: Path) -> None:
    run(root, table_of(contract()))
    columns = (Column("shop", "string", "the shop"), Column("day", "date", "day of the visit"))
    run(root, table_of(contract(columns=columns)))
    assert rows_of(root) == [("a", DAY), ("b", DAY)]


def test_partitions_that_are_not_returned_stay(root: Path) -> None:
    by_day = contract(partition_by=("day",))
    run(root, table_of(by_day, keeps_partitions=True))
    later = DAY + dt.timedelta(5)
    write(root, "visits", {"shop": ["a"], "day": [later]})
    run(root, table_of(by_day, keeps_partitions=True))
    assert rows_of(root) == [("a", DAY, 1.0), ("a", later, 9.0), ("b", DAY, 2.0)]


def test_where_the_function_has_no_row_what_stands_is_kept_or_emptied(root: Path) -> None:
    by_day = contract(partition_by=("day",))
    run(root, table_of(by_day, keeps_partitions=True))
    for keeps, expected in ((True, [("a", DAY, 1.0), ("b", DAY, 2.0)]), (False, [])):
        asset = derived_table(
            by_day,
            inputs={"backtest": Input.sql(f"from gold.visits where {keeps} is null")},
            compute="ml.totals.scores:score_rows",  # answers None where the frame is empty
            keeps_partitions=keeps,
            group="tests",
        )
        assert run(root, asset)["rows_out"] == 0
        assert rows_of(root) == expected


def test_a_table_that_was_never_written_has_no_rows(tmp_path: Path) -> None:
    asset = derived_table(
        contract("pairs"),
        inputs={
            "entities": Input.sql("select label_id as shop, current_date as day from silver.labels"),
            "features": Input.sql(
                "select label_id as shop, current_date as valid_from, 1.0::double price from silver.labels"
            ),
        },
        compute=as_of_join,
        parameters={"on": ("shop",), "at": "day"},
        group="tests",
    )
    assert run(tmp_path, asset)["rows_out"] == 0


@pytest.mark.parametrize(
    ("visits", "prices", "check"),
    [
        ({"shop": ["a", "a"], "day": [DAY, DAY]}, PRICES, "unique_keys"),
        (VISITS, PRICES | {"price": [-1.0, 9.0, 2.0]}, "bounds"),
        (VISITS, PRICES | {"price": [float("inf"), 9.0, 2.0]}, "bounds"),
    ],
)
def test_what_breaks_the_contract_fails_its_check(
    visits: dict[str, list[Any]], prices: dict[str, list[Any]], check: str, root: Path
) -> None:
    write(root, "visits", visits)
    write(root, "shop_prices", prices)
    assert list(run(root, table_of(contract()), bad=True)) == [check]


def test_a_missing_column_and_a_query_without_tables_are_named(root: Path) -> None:
    with pytest.raises(ValueError, match=r"names no table with its layer"):
        Input.sql("select 1")
    wide = (*contract().columns, Column("margin", "float64", "of the price"))
    lake = LakeResource(root=root, allowed_bad_share=0.0, threads=1)
    done = materialize([table_of(contract(columns=wide))], resources={"lake": lake}, raise_on_error=False)
    (failure,) = done.filter_events(lambda event: event.is_step_failure)
    assert "as_of_join returned no column margin" in str(failure.step_failure_data.error)
