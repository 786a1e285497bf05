"""The event log that opens its files once holds what Dagster's own would, in the same files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    DagsterInstance,
    EventLogEntry,
    MaterializeResult,
    asset,
    materialize,
)
from dagster._core.storage.event_log import SqliteEventLogStorage

from serving.runs.event_storage import KeptConnections, keep_connections

CHECKS = [f"check_{number}" for number in range(20)]
_opened: list[list[str]] = []


def _note(event: str, arguments: tuple) -> None:
    if event == "sqlite3.connect" and _opened:
        _opened[-1].append(str(arguments[0]))


sys.addaudithook(_note)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """The database files that are opened within the block, once for each time."""
    _opened.append([])
    try:
        yield _opened[-1]
    finally:
        _opened.pop()


@asset(check_specs=[AssetCheckSpec(name, asset="releases") for name in CHECKS])
def releases() -> MaterializeResult:
    return MaterializeResult(
        metadata={"rows": 7}, check_results=[AssetCheckResult(check_name=name, passed=True) for name in CHECKS]
    )


def a_run(home: Path, *, kept: bool) -> list[tuple[str, ...]]:
    """Materialize on an instance in ``home``; then what Dagster's own storage reads of it."""
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with DagsterInstance.from_config(str(home)) as instance:
        if kept:
            keep_connections(instance)
        run_id = materialize([releases], instance=instance).run_id
    with DagsterInstance.from_config(str(home)) as instance:
        record = instance.get_asset_records([releases.key])[0]
        assert record.asset_entry.last_materialization is not None
        entries = instance.all_logs(run_id)
        events = [entry.dagster_event for entry in entries if entry.dagster_event]
        return [(str(event.event_type_value), str(event.step_key), str(event.asset_key)) for event in events]


def test_dagsters_own_storage_reads_every_event_of_a_run(tmp_path: Path) -> None:
    kept = a_run(tmp_path / "kept", kept=True)

    assert kept == a_run(tmp_path / "own", kept=False)
    assert sum(kind == "ASSET_CHECK_EVALUATION" for kind, *_ in kept) == len(CHECKS)


def test_a_file_is_not_opened_for_every_event(tmp_path: Path) -> None:
    with opened_files() as own:
        a_run(tmp_path / "own", kept=False)
    with opened_files() as kept:
        a_run(tmp_path / "kept", kept=True)

    assert len(own) > 2 * len(CHECKS), "Dagster has begun to keep its connections: this storage can go"
    assert len(own) - len(kept) > 2 * len(CHECKS)


def test_a_batch_that_breaks_off_leaves_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster then stores its events one by one, so that none may stand already."""
    whole = a_run(tmp_path / "whole", kept=True)
    broken: list[EventLogEntry] = []

    def third_time(self: KeptConnections, event: EventLogEntry) -> None:
        if self._batch is not None and not broken and len(self._batch.connections) == 2:
            broken.append(event)
            raise RuntimeError("the disk is full")
        SqliteEventLogStorage.store_event(self, event)

    monkeypatch.setattr(KeptConnections, "store_event", third_time, raising=False)
    assert a_run(tmp_path / "broken", kept=True) == whole
    assert len(broken) == 1


def test_a_storage_of_another_kind_is_left_alone() -> None:
    with DagsterInstance.ephemeral() as instance:
        standing = instance.event_log_storage
        keep_connections(instance)
        assert instance.event_log_storage is standing
        assert not isinstance(standing, KeptConnections)
