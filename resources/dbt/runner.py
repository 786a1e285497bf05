"""Runs dbt in this process: one invocation at a time, on a connection of its own, on the manifest that is there.

The command line costs 13 s a call, a call here 0.2 s after the first. dbt-duckdb keeps its in-memory database for as
long as the process lives and would serve yesterday's snapshot in silence, so each invocation gets a fresh one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lake.gold.build import GoldBuild
from lake.gold.due import Due
from resources.dbt.project import PROJECT_DIR
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


def parse(project: Path = PROJECT_DIR, *, write: bool = True) -> Manifest:
    """Read the project as dbt does, and write ``target/manifest.json`` unless told not to.

    Raises:
        DbtFailedError: the project does not parse.
    """
    from dbt.cli.main import dbtRunner

    with _LOCK:
        result = dbtRunner().invoke([*_FLAGS, *([] if write else ["--no-write-json"]), "parse", *_places(project)])
    if not result.success:
        raise DbtFailedError(f"dbt could not parse {project.name}: {result.exception}")
    return cast("Manifest", result.result)


def build(
    gold: GoldBuild,
    due: Due,
    *,
    on_event: Callable[[Mapping[str, Any]], None] | None = None,
    parsed: Manifest | None = None,
) -> Outcome:
    """Run what is due of ``gold``; what fails is in the outcome, not raised. Nothing due costs nothing.

    Args:
        gold: the build, which makes the tables.
        due: the models and tests that dbt runs.
        on_event: called with each result of a model or test as dbt's event, a dictionary.
        parsed: the project as :func:`parse` returns it, if not the one of this checkout.
    """
    if not due.models and not due.tests:
        return Outcome()
    from dbt.cli.main import dbtRunner

    selectors = due.selectors(gold.manifest)
    arguments = [*_FLAGS, *_BARE, "build", *_places(PROJECT_DIR), "--select", *selectors]
    if due.tests <= gold.manifest["nodes"].keys():  # a model's name selects its unit tests too
        arguments += ["--exclude-resource-type", "unit_test"]
    # manifest.json drops the arguments of generic tests; a parse of unchanged files takes half a second.
    parsed = parsed or parse(write=False)
    with _LOCK, running(gold, due):
        _forget_connection()
        try:
            runner = dbtRunner(parsed, callbacks=[_as_dictionary(on_event)] if on_event else [])
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


def compile_models(gold: GoldBuild, due: Due) -> dict[str, str]:
    """The SQL that dbt would run for each model of what is due, by unique id; nothing is run but what macros ask.

    Raises:
        DbtFailedError: a model does not compile.
    """
    from dbt.cli.main import dbtRunner

    arguments = [*_FLAGS, *_BARE, "compile", *_places(PROJECT_DIR), "--select", *due.selectors(gold.manifest)]
    parsed = parse(write=False)
    with _LOCK, running(gold, due):
        _forget_connection()
        try:
            result = dbtRunner(parsed).invoke(arguments)
        finally:
            _forget_connection()
    if result.exception is not None:
        raise DbtFailedError(f"gold: dbt did not compile: {result.exception}") from result.exception
    results = cast("RunExecutionResult", result.result).results
    return {each.node.unique_id: str(getattr(each.node, "compiled_code", "")) for each in results}


def _places(project: Path) -> Sequence[str]:
    return ("--project-dir", str(project), "--profiles-dir", str(PROJECT_DIR))


def _forget_connection() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


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
