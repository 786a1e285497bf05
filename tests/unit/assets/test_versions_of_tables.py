"""The version of a table covers all that its numbers rest on, by an import graph read from the source by hand.

What a table's own code rests on is found here with the syntax tree of each module; what the factory says is found with
grimp. Both must name the same tables for any module that is changed.
"""

import ast
import random
from functools import cache
from pathlib import Path

import pytest

from assets.derived import DERIVED, Input
from definitions import defs
from lake.code_version import upstream_modules

ROOT = Path(__file__).resolve().parents[3]
SEED = 20261129
PURE = ("ml", "audio", "lake")
ENTRIES = {
    key: (made.compute if isinstance(made.compute, str) else made.compute.__module__).split(":")[0]
    for key, made in DERIVED.items()
    if key in {"/".join(one.path) for one in defs.resolve_all_asset_keys()}
}


def file_of(module: str) -> Path | None:
    base = ROOT / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def imports_of(module: str) -> frozenset[str]:
    """The modules of ours that a module's source imports anywhere but for type checkers."""
    path = file_of(module)
    assert path is not None, module
    tree = ast.parse(path.read_text())
    hidden = {
        id(node)
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and "TYPE_CHECKING" in ast.unparse(test.test)
        for part in test.body
        for node in ast.walk(part)
    }
    named: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            named |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = {f"{node.module}.{one.name}" for one in node.names}
            named |= {one if file_of(one) else node.module for one in found}
    return frozenset(one for one in named if one.split(".")[0] in PURE and file_of(one))


def rests_on(module: str) -> set[str]:
    found, waiting = set(), [module]
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += imports_of(one)
    return found


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_a_derived_table_rests_on_what_its_function_imports(key: str) -> None:
    assert upstream_modules(ENTRIES[key]) >= rests_on(ENTRIES[key])


def test_a_module_changes_the_tables_that_import_it_and_no_others() -> None:
    print(f"seed {SEED}")
    every = sorted(set().union(*map(rests_on, ENTRIES.values())))
    for module in random.Random(SEED).sample(every, 25):
        changed = {key for key, entry in ENTRIES.items() if module in upstream_modules(entry)}
        assert changed == {key for key, entry in ENTRIES.items() if module in rests_on(entry)}, module


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_each_query_and_each_input_table_counts(key: str) -> None:
    made = DERIVED[key]
    for name, one in made.inputs.items():
        inputs = {**made.inputs, name: Input(one.query + " -- changed")}
        assert type(made)(made.contract, inputs, made.compute, made.parameters, made.keeps_partitions).code != made.code
    versions = dict.fromkeys(made.tables, 3)
    before = made.made_of(versions, {})
    for table in made.tables:
        assert made.made_of(versions | {table: 4}, {}) != before
    assert made.made_of(versions | {"gold/of_no_concern": 4}, {}) == before


def test_sums_spread_over_regions_by_the_days_that_they_read() -> None:
    from assets.totals.inputs import SHARE_DAYS
    from ml.totals.groups import SHARE_DAYS as SPREAD_BY

    assert SHARE_DAYS == SPREAD_BY
