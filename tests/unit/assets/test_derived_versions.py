"""What changes a table's version: its function, all that this imports, its SQL and contract; and nothing else."""

import ast
import dataclasses
import random
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import definitions  # noqa: F401 - declares the tables
from assets.derived import DERIVED, Derivation, Input
from lake import code_version

PURE = ("ml", "audio", "lake")
SEED, MODULES = 31, 25


def place_of(module: str) -> Path | None:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@cache
def imported_by(module: str) -> frozenset[str]:
    """Modules of pure logic that a module imports when it runs, wherever the import stands."""
    place = place_of(module)
    assert place is not None, module
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(place.read_text("utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{module}: a relative import"
            below = {f"{node.module}.{name.name}" for name in node.names}
            found |= {one if one.startswith(PURE) and place_of(one) else node.module for one in below}
        nodes += ast.iter_child_nodes(node)
    return frozenset(one for one in found if one.partition(".")[0] in PURE)


def rests_on(made: Derivation) -> set[str]:
    """The function's module and every module that it imports, directly or not."""
    known: set[str] = set()
    open_ = [made.compute.__module__ if callable(made.compute) else made.compute.partition(":")[0]]
    while open_:
        module = open_.pop()
        if module not in known:
            known.add(module)
            open_ += imported_by(module)
    return known


def versions() -> dict[str, int]:
    return {key: dataclasses.replace(made).code for key, made in DERIVED.items()}


def test_a_changed_module_changes_the_tables_that_rest_on_it_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before, digest = versions(), code_version.module_digest
    below = {key: rests_on(made) for key, made in DERIVED.items()}
    drawn = random.Random(SEED).sample(sorted(set().union(*below.values())), MODULES)
    for changed in drawn:
        monkeypatch.setattr(
            code_version, "module_digest", lambda name, of=changed: "another" if name == of else digest(name)
        )
        after = versions()
        assert {key for key in before if after[key] != before[key]} == {key for key in below if changed in below[key]}
    assert (
        len({frozenset(key for key in below if one in below[key]) for one in drawn}) > 5
    )  # the draw tells tables apart


@pytest.mark.parametrize("key", sorted(DERIVED))
def test_a_changed_constant_of_the_sql_changes_the_version(key: str) -> None:
    made = DERIVED[key]
    for name, one in made.inputs.items():
        other = dataclasses.replace(made, inputs={**made.inputs, name: Input(one.query + " limit 7")})
        assert other.code != made.code, name


def test_a_table_is_computed_again_when_a_table_it_reads_has_another_version() -> None:
    for key, made in DERIVED.items():
        standing = dict.fromkeys(made.tables, 1)
        for table in made.tables:
            assert made.made_of({**standing, table: 2}, {}) != made.made_of(standing, {}), (key, table)
        assert made.made_of({**standing, "gold/of_nobody": 2}, {}) == made.made_of(standing, {})
