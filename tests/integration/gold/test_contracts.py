"""Every model keeps the contract that its YAML declares, or the build stops and says which column differs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lake.gold.build import GoldBuild
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.runner import Outcome, build, parse

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

ARTIST = ("stg_artists", "dim_artist")  # a view, a table


def declared_otherwise(model: str, change: Callable[[dict], None]) -> "Manifest":
    """The parsed project with other columns declared for one model."""
    parsed = parse(write=False)
    change(parsed.nodes[f"model.lacquer.{model}"].columns)
    return parsed


def built(lake: Lake, parsed: "Manifest") -> Outcome:
    gold = GoldBuild(lake, lake.session("run"), load_manifest(), ["stg_artists", "dim_artist"])
    return build(gold, gold.due(), parsed=parsed)


def another_type(columns: dict) -> None:
    columns["name"].data_type = "bigint"


def one_missing(columns: dict) -> None:
    del columns["name"]


def one_too_many(columns: dict) -> None:
    columns["shoe_size"] = type(columns["name"])(name="shoe_size", data_type="integer")


@pytest.mark.parametrize("model", ARTIST)
@pytest.mark.parametrize(
    ("change", "named"), [(another_type, "name"), (one_missing, "name"), (one_too_many, "shoe_size")]
)
def test_a_model_that_breaks_its_contract_is_not_built(
    lake: Lake, model: str, change: Callable[[dict], None], named: str
) -> None:
    outcome = built(lake, declared_otherwise(model, change))
    (line,) = outcome.failures
    assert line.startswith(f"{model}: ")
    assert "contract" in line
    assert f"| {named} " in line
    assert "gold/dim_artist" not in lake.versions()


def test_a_model_that_keeps_it_is_built_in_whatever_order_its_columns_are_declared(lake: Lake) -> None:
    def turned(columns: dict) -> None:
        for name in list(columns)[:2]:
            columns[name] = columns.pop(name)

    assert built(lake, declared_otherwise("stg_artists", turned)).failures == []
    assert "gold/dim_artist" in lake.versions()
