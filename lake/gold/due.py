"""What a build has dbt do: the tables that are to be rewritten, and the tests that have not passed on what stands.

Plain functions over the manifest and the plan. How a model is rewritten is decided in :mod:`lake.gold.plan`; what has
passed before is kept by :mod:`lake.gold.passed`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lake.gold.models import Manifest, behind, is_table, tables_read, views_read


@dataclass(frozen=True)
class Due:
    """Unique ids of the nodes that dbt runs, and of the tests that need not run."""

    models: frozenset[str]
    tests: frozenset[str]
    passed: frozenset[str] = frozenset()

    def tables(self, manifest: Manifest) -> set[str]:
        """Every Delta table that the nodes read or are, ``layer/name``."""
        known = (self.models | self.tests) & manifest["nodes"].keys()
        own = {f"gold/{manifest['nodes'][uid]['name']}" for uid in self.models if is_table(manifest, uid)}
        return own.union(*(tables_read(manifest, uid) for uid in known))

    def selectors(self, manifest: Manifest) -> list[str]:
        """The nodes as dbt's ``--select`` takes them, each by itself."""
        every = {**manifest["nodes"], **manifest.get("unit_tests", {})}
        return sorted("fqn:" + ".".join(every[uid]["fqn"]) for uid in self.models | self.tests)


def due(
    manifest: Manifest,
    names: Collection[str],
    still: Collection[str],
    passed: Collection[str] = (),
    *,
    unit_tests: bool = False,
) -> Due:
    """What dbt has to run for the named models.

    Args:
        manifest: dbt's.
        names: the models that were asked for, views among them.
        still: those of them whose tables stay as they are.
        passed: unique ids of tests that have passed on what stands, were no table rewritten.
        unit_tests: whether the unit tests of the models that are run are run too.
    """
    asked = {
        uid for uid, node in manifest["nodes"].items() if node["resource_type"] == "model" and node["name"] in names
    }
    rewritten = {uid for uid in asked if is_table(manifest, uid) and manifest["nodes"][uid]["name"] not in still}
    tests = _tests_of(manifest, asked)
    standing = {uid for uid in tests & set(passed) if not rewritten & behind(manifest, uid)}
    to_run = tests - standing
    models = rewritten.union(*(views_read(manifest, uid) for uid in rewritten | to_run))
    if unit_tests:
        units = manifest.get("unit_tests", {}).items()
        to_run |= {uid for uid, unit in units if models & set(unit["depends_on"]["nodes"])}
    return Due(frozenset(models), frozenset(to_run), frozenset(standing))


def _tests_of(manifest: Manifest, asked: Collection[str]) -> set[str]:
    """Tests of the models asked for that read, of gold, nothing but these and what these read."""
    known = set(asked).union(*(behind(manifest, uid) for uid in asked))
    return {
        uid
        for uid, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and (reads := {parent for parent in node["depends_on"]["nodes"] if parent in manifest["nodes"]})
        and reads <= known
        and reads & set(asked)
    }
