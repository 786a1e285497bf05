"""What dbt is asked to run: rewritten tables with their views, and tests that have not passed on what stands."""

import copy
from typing import Any

import pytest

from lake.gold.due import Due, due
from lake.gold.passed import fingerprint

ORDERS = "source.lacquer.silver.orders"
VERSIONS = {"silver/orders": 3, "gold/fact": 5, "gold/mart": 6, "gold/dim": 2}


def model(name: str, *reads: str, kind: str = "delta") -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "fqn": ["lacquer", name],
        "raw_code": f"select from {name}",
        "config": {"materialized": kind},
        "depends_on": {"nodes": list(reads), "macros": []},
        "columns": {},
    }


def dbt_test(name: str, *reads: str, macros: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "test",
        "fqn": ["lacquer", name],
        "raw_code": name,
        "config": {"where": None, "severity": "ERROR"},
        "test_metadata": {"kwargs": {"columns": ["a"]}},
        "depends_on": {"nodes": list(reads), "macros": list(macros)},
    }


@pytest.fixture
def manifest() -> dict[str, Any]:
    """Silver orders -> view stg -> fact -> mart, a dimension beside them, and tests on one or two of them."""
    return {
        "nodes": {
            "model.stg": model("stg", ORDERS, kind="view"),
            "model.fact": model("fact", "model.stg"),
            "model.mart": model("mart", "model.fact"),
            "model.dim": model("dim"),
            "test.fact": dbt_test("fact_key", "model.fact", macros=("macro.lacquer.outer",)),
            "test.mart": dbt_test("mart_key", "model.mart"),
            "test.dim": dbt_test("dim_key", "model.dim"),
            "test.known": dbt_test("fact_dim_known", "model.fact", "model.dim"),
            "test.equals": dbt_test("fact_equals_orders", "model.fact", "model.stg"),
        },
        "unit_tests": {"unit.fact": {"fqn": ["lacquer", "unit"], "depends_on": {"nodes": ["model.fact"]}}},
        "sources": {ORDERS: {"source_name": "silver", "name": "orders"}},
        "macros": {
            "macro.lacquer.outer": {"macro_sql": "o", "depends_on": {"macros": ["macro.lacquer.inner", "macro.dbt.x"]}},
            "macro.lacquer.inner": {"macro_sql": "i", "depends_on": {"macros": []}},
        },
    }


EVERY = ("stg", "fact", "mart", "dim")
TESTS = frozenset({"test.fact", "test.mart", "test.dim", "test.known", "test.equals"})


def test_nothing_is_due_where_all_stands_and_has_passed(manifest: dict[str, Any]):
    assert due(manifest, EVERY, ("fact", "mart", "dim"), TESTS) == Due(frozenset(), frozenset(), TESTS)


def test_a_rewritten_table_brings_its_views_and_every_test_that_rests_on_it(manifest: dict[str, Any]):
    found = due(manifest, EVERY, ("dim",), TESTS)
    assert found.models == {"model.stg", "model.fact", "model.mart"}
    assert found.tests == TESTS - {"test.dim"}
    assert found.passed == {"test.dim"}


def test_a_test_that_has_not_passed_is_run_on_what_stands_with_the_views_it_reads(manifest: dict[str, Any]):
    found = due(manifest, EVERY, ("fact", "mart", "dim"), TESTS - {"test.equals"})
    assert (found.models, found.tests) == ({"model.stg"}, {"test.equals"})


def test_a_test_waits_for_the_step_that_knows_all_the_tables_it_reads(manifest: dict[str, Any]):
    found = due(manifest, ("stg", "fact"), ())
    assert found.tests == {"test.fact", "test.equals"}
    later = due(manifest, ("mart", "dim"), ("dim",))
    assert later.models == {"model.mart"}
    assert later.tests == {"test.mart", "test.dim", "test.known"}


def test_unit_tests_come_with_the_tables_that_are_rewritten(manifest: dict[str, Any]):
    assert "unit.fact" in due(manifest, EVERY, (), unit_tests=True).tests
    assert "unit.fact" not in due(manifest, EVERY, ("fact",), unit_tests=True).tests


def test_dbt_is_given_each_node_by_itself(manifest: dict[str, Any]):
    found = due(manifest, ("mart",), (), ())
    assert found.selectors(manifest) == ["fqn:lacquer.mart", "fqn:lacquer.mart_key"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("nodes", "test.fact", "raw_code"), "another"),
        (("nodes", "test.fact", "test_metadata", "kwargs", "columns"), ["b"]),
        (("nodes", "test.fact", "config", "where"), "a > 0"),
        (("macros", "macro.lacquer.inner", "macro_sql"), "another"),
        (("nodes", "model.stg", "raw_code"), None),  # a view that this test does not read
        (("nodes", "test.fact", "config", "severity"), None),  # how loud it is, not what it says
    ],
)
def test_the_fingerprint_follows_what_the_test_says(manifest: dict[str, Any], place: tuple[str, ...], value: object):
    changed = copy.deepcopy(manifest)
    at: Any = changed
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value
    same = fingerprint(changed, "test.fact", VERSIONS, "EUR") == fingerprint(manifest, "test.fact", VERSIONS, "EUR")
    assert same is (value is None)


def test_the_fingerprint_follows_the_tables_it_reads_through_views_and_no_other(manifest: dict[str, Any]):
    before = fingerprint(manifest, "test.equals", VERSIONS, "EUR")
    assert fingerprint(manifest, "test.equals", VERSIONS | {"gold/dim": 9}, "EUR") == before
    for table in ("gold/fact", "silver/orders"):
        assert fingerprint(manifest, "test.equals", VERSIONS | {table: 9}, "EUR") != before
    assert fingerprint(manifest, "test.equals", VERSIONS, "GBP") != before
