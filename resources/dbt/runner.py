"""Runs dbt in this process: one invocation at a time, on a connection of its own, on the manifest that is there.

The command line costs 13 s a call, a call here 0.2 s after the first. dbt-duckdb keeps its in-memory database for as
long as the process lives and would serve yesterday's snapshot in silence, so each invocation gets a fresh one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lake.gold.build import GoldBuild
from lake.gold.due import Due
from resources.dbt.project import MANIFEST, PROJECT_DIR
from resources.dbt.running import running

if TYPE_CHECKING:
    from dbt.artifacts.schemas.results import NodeResult
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.contracts.graph.manifest import Manifest

_LOCK = threading.Lock()
_FLAGS = ("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats")
_BARE = ("--no-write-json", "--no-populate-cache")  # nobody reads the artifacts, and the database begins empty

RESULTS = ("LogModelResult", "LogTestResult")


class DbtFailedError(RuntimeError):
    """dbt could not do what it was asked; the message names each model or test and what was wrong with it."""


@dataclass
class Outcome:
    """What came out of one invocation: a line for each failure, and the unique ids of the tests that passed."""

    failures: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def raise_for_failures(self) -> None:
        """Raise when a model or a blocking test failed.

        Raises:
            DbtFailedError: with one line for each.
        """
        if self.failures:
            raise DbtFailedError("gold: dbt stopped at\n  " + "\n  ".join(self.failures))


def parse(project: Path = PROJECT_DIR) -> None:
    """Read the project and write ``target/manifest.json``.

    Raises:
        DbtFailedError: the project does not parse.
    """
    from dbt.cli.main import dbtRunner

    with _LOCK:
        result = dbtRunner().invoke([*_FLAGS, "parse", *_places(project)])
    if not result.success:
        raise DbtFailedError(f"dbt could not parse {project.name}: {result.exception}")


def build(
    gold: GoldBuild,
    due: Due,
    *,
    on_event: Callable[[Mapping[str, Any]], None] | None = None,
    manifest: Path = MANIFEST,
) -> Outcome:
    """Run what is due of ``gold``; what fails is in the outcome, not raised. Nothing due costs nothing.

    Args:
        gold: the build, which makes the tables.
        due: the models and tests that dbt runs.
        on_event: called with each result of a model or test as dbt's event, a dictionary.
        manifest: the parsed project.
    """
    if not due.models and not due.tests:
        return Outcome()
    from dbt.cli.main import dbtRunner

    selectors = due.selectors(gold.manifest)
    arguments = [*_FLAGS, *_BARE, "build", *_places(PROJECT_DIR), "--select", *selectors]
    if due.tests <= gold.manifest["nodes"].keys():  # a model's name selects its unit tests too
        arguments += ["--exclude-resource-type", "unit_test"]
    with _LOCK, running(gold, due), _spared():
        _forget_connection()
        try:
            runner = dbtRunner(_manifest(manifest), callbacks=[_as_dictionary(on_event)] if on_event else [])
            result = runner.invoke([*arguments, "--indirect-selection", "empty"])
        finally:
            _forget_connection()
    if result.exception is not None:
        raise DbtFailedError(f"gold: dbt did not run: {result.exception}") from result.exception
    results = cast("RunExecutionResult", result.result).results
    return Outcome(
        failures=[_line(each) for each in results if str(each.status) in ("error", "fail")],
        passed=[each.node.unique_id for each in results if str(each.status) == "pass"],
    )


def _places(project: Path) -> Sequence[str]:
    return ("--project-dir", str(project), "--profiles-dir", str(PROJECT_DIR))


def _manifest(path: Path) -> Manifest:
    from dbt.contracts.graph.manifest import Manifest

    # manifest.json drops the arguments of generic tests; what dbt keeps for its own partial parsing holds them.
    return Manifest.from_msgpack((path.parent / "partial_parse.msgpack").read_bytes())


@contextmanager
def _spared() -> Iterator[None]:
    """Spare dbt two things that a build does not need, together a third of a second.

    Which module declares a flag of an adapter, for a word in a warning, it learns by walking over all modules; and by
    schemas that it first has to make it judges settings that :func:`parse` has judged.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.dataclass_schema import dbtClassMixin

    answers: list[tuple[type, str, Any]] = [
        (BehaviorFlagRendered, "_default_source", staticmethod(lambda: "dbt.adapters")),
        (dbtClassMixin, "validate", classmethod(lambda cls, data: None)),
    ]
    asked = [(owner, name, vars(owner)[name]) for owner, name, _ in answers]
    for owner, name, answer in answers:
        setattr(owner, name, answer)
    try:
        yield
    finally:
        for owner, name, own in asked:
            setattr(owner, name, own)


def _forget_connection() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    with DuckDBConnectionManager._LOCK:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
            DuckDBConnectionManager._ENV = None


def _as_dictionary(receive: Callable[[Mapping[str, Any]], None]) -> Callable[[Any], None]:
    from google.protobuf.json_format import MessageToDict

    def callback(event: Any) -> None:
        # dbt fires thousands of debugging events; only results are worth turning into dictionaries.
        if event.info.name in RESULTS:
            receive(MessageToDict(event, preserving_proto_field_name=True))

    return callback


def _line(result: NodeResult) -> str:
    node = result.node
    if str(result.status) == "fail":
        return f"{node.name}: {result.failures} rows of {_tested(node)} fail this test ({node.original_file_path})"
    # An error that comes out of Rust carries its whole back trace.
    message = (result.message or "").split("\n   0: ")[0].strip()
    return f"{node.name}: {message}"


def _tested(node: Any) -> str:
    """The model that a test is about: of a unit test, of a generic test, of a test file that names it."""
    attached = getattr(node, "attached_node", None)
    named = node.config.meta.get("dagster", {}).get("ref", {}).get("name")
    return getattr(node, "model", None) or named or (attached or node.depends_on.nodes[0]).rsplit(".", 1)[-1]
