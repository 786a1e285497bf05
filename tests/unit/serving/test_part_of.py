"""A part of a job has the checks that the job has, and none that it leaves to another."""

from dagster import AssetKey

from definitions import defs
from serving.runs.execution import part_of


def test_a_part_has_no_check_that_the_job_leaves_to_another() -> None:
    main, key = defs.resolve_job_def("main"), AssetKey(["gold", "dim_buyer"])
    names = {check.name for check in defs.resolve_asset_graph().asset_check_keys if check.asset_key == key}
    left_out = {"suite_buyers"}
    assert left_out < names
    part = part_of(main, {key})
    assert part.asset_layer.executable_asset_keys == {key}
    assert {check.name for check in part.asset_layer.asset_graph.asset_check_keys} == names - left_out
