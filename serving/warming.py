"""Imports of the graph's packages behind the landing, whose queries leave a core free and Python's lock open.

Dagster and dbt take a third of a short run to import. What both threads need is imported before the second one begins,
so that neither meets a half-made module of the other.
"""

import importlib
import threading

BOTH_NEED = ("pyarrow", "duckdb", "polars", "deltalake", "lake.lakehouse")
BEHIND = (
    "dagster",
    "serving.event_storage",
    "definitions",
    "assets.gold",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
)


def begin() -> threading.Thread:
    """Start the imports; wait for the thread before anything imports one of :data:`BEHIND`."""
    for name in BOTH_NEED:
        importlib.import_module(name)
    thread = threading.Thread(target=_import_all, name="imports", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    for name in BEHIND:
        importlib.import_module(name)
