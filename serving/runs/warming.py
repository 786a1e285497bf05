"""Landing in a process of its own, while this one imports the packages of the graph.

Dagster, dbt and what they bring take a fifth of a short run to import, on one core, and nothing that lands needs them.
"""

import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable

import typer

from serving.failures import fail

GRAPH = (
    "pyarrow",
    "duckdb",
    "polars",
    "deltalake",
    "dagster",
    "serving.runs.event_storage",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "definitions",
)
INTERRUPTED = 130


def land_while_importing(land: Callable[[], object]) -> None:
    """Land, and have the packages of the graph ready afterwards; what ends the landing ends the command.

    A process can be forked safely only as long as it has no other threads: where it has, or where forking is not the
    custom of the system, the one follows the other.
    """
    if sys.platform != "linux" or threading.active_count() > 1 or "polars" in sys.modules:
        land()
        _import_graph()
        return
    landing = multiprocessing.get_context("fork").Process(target=_land_alone, args=(land,), name="landing", daemon=True)
    landing.start()
    _import_graph()
    landing.join()
    if landing.exitcode and landing.exitcode < 0:
        fail(f"the landing was ended by signal {-landing.exitcode}; run it again, what has landed stays")
    if landing.exitcode:
        raise typer.Exit(landing.exitcode)


def _import_graph() -> None:
    for name in GRAPH:
        importlib.import_module(name)


def _land_alone(land: Callable[[], object]) -> None:
    """The landing's process: it ends with its parent, whose end it would otherwise outlive."""
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        land()
    except typer.Exit as leaving:
        sys.exit(leaving.exit_code)
    except KeyboardInterrupt:  # Ctrl-C reaches the command too, which says so
        sys.exit(INTERRUPTED)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
