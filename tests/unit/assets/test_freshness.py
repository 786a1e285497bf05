"""A table that has not changed for longer than its contract expects fails a check that warns and stops nothing."""

from pathlib import Path

import pyarrow as pa
import pytest
from dagster import AssetCheckSeverity

from assets.checks import FRESH, check_steps, results
from assets.silver.order_lines import ORDER_LINES
from lake.contract import Column, Contract
from lake.delta.table import Table
from resources.lake import LakeResource


def prices(hours: int | None) -> Contract:
    columns = (Column("shop", "string", "the shop"),)
    return Contract(
        name="prices", layer="gold", grain="one row per shop", key=("shop",), columns=columns, freshness_hours=hours
    )


@pytest.mark.parametrize(("hours", "passes"), [(0, False), (1, True)])
def test_the_time_since_the_last_commit_is_held_against_the_contract(tmp_path: Path, hours: int, passes: bool) -> None:
    version = Table(tmp_path / "gold" / "prices").overwrite(pa.table({"shop": ["a"]}))
    lake = LakeResource(root=tmp_path, allowed_bad_share=0.0, threads=1)
    (fresh,) = [one for one in results(lake, prices(hours), {"gold/prices": version}) if one.check_name == FRESH]
    assert (fresh.passed, fresh.severity) == (passes, AssetCheckSeverity.WARN)
    assert fresh.description is not None
    assert fresh.description.endswith(f"expected at most {hours}")


def test_only_a_contract_that_names_hours_has_the_check_and_it_blocks_nothing() -> None:
    names = {
        hours: {spec.name: spec.blocking for spec in check_steps([prices(hours)])[0].check_specs} for hours in (None, 1)
    }
    assert FRESH not in names[None]
    assert names[1][FRESH] is False
    assert ORDER_LINES.freshness_hours == 72
