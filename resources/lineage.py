"""OpenLineage events of a run: one job per table that was made, sent by HTTP or appended to a file.

A job becomes START and COMPLETE (or FAIL) with the run as its parent. Datasets carry their columns and the Delta
version. Runs are known by ids derived from the run's, so that sending a run twice adds nothing for a consumer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import Job, Run, RunEvent
    from openlineage.client.facet_v2 import DatasetFacet, OutputDatasetFacet

NAMESPACE = "lacquer"
PRODUCER = "urn:lacquer"


@dataclass(frozen=True)
class Dataset:
    """A table: ``layer/name``, its columns as (name, type, description), the Delta version and rows if known."""

    name: str
    columns: tuple[tuple[str, str, str], ...] = ()
    version: int | None = None
    rows: int | None = None


@dataclass(frozen=True)
class FinishedStep:
    """What a job read and wrote, when, and why it failed if it did. Times are seconds since 1970, UTC."""

    job: str
    began: float
    ended: float
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class FinishedRun:
    """A run and its steps."""

    run_id: str
    job: str
    began: float
    ended: float
    succeeded: bool
    steps: tuple[FinishedStep, ...] = field(default_factory=tuple)


def is_installed() -> bool:
    """Whether the OpenLineage client is there; `make quality` installs it."""
    return find_spec("openlineage") is not None


def send(run: FinishedRun, root: Path, address: str) -> int:
    """Send the events of a run; how many they are.

    Args:
        run: what was done.
        root: of the lake; tables are named by their path.
        address: ``http(s)://host`` of a consumer, which gets POSTs at ``/api/v1/lineage``; else a file to append to.

    Raises:
        OSError: the consumer cannot be reached or refuses an event, or the file cannot be written.
    """
    client, count = _client(address), 0
    for event in events_of(run, root):
        client.emit(event)
        count += 1
    return count


def _client(address: str) -> OpenLineageClient:
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.file import FileConfig, FileTransport
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    if address.startswith(("http://", "https://")):
        return OpenLineageClient(transport=HttpTransport(HttpConfig(url=address)))
    return OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=address, append=True)))


def events_of(run: FinishedRun, root: Path) -> Iterable[RunEvent]:
    """The events of a run in the order in which they happened within each step."""
    from openlineage.client.event_v2 import Job, Run
    from openlineage.client.facet_v2 import parent_run

    whole = Run(run.run_id), Job(NAMESPACE, run.job)
    yield _event("START", run.began, *whole)
    parent = parent_run.ParentRunFacet(
        parent_run.Run(run.run_id), parent_run.Job(NAMESPACE, run.job), producer=PRODUCER
    )
    for step in run.steps:
        step_id = str(uuid.uuid5(uuid.UUID(run.run_id), step.job))
        job = Job(NAMESPACE, f"{run.job}.{step.job}")
        yield _event("START", step.began, Run(step_id, {"parent": parent}), job)
        yield from _end(step, Run(step_id, {"parent": parent}), job, root)
    yield _event("COMPLETE" if run.succeeded else "FAIL", run.ended, *whole)


def _end(step: FinishedStep, run: Run, job: Job, root: Path) -> Iterable[RunEvent]:
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import error_message_run, output_statistics_output_dataset

    if step.error is not None:
        facet = error_message_run.ErrorMessageRunFacet(step.error, "python", producer=PRODUCER)
        run.facets = {**(run.facets or {}), "errorMessage": facet}
    inputs = [InputDataset("file", f"{root}/{one.name}", facets=_facets(one)) for one in step.inputs]
    outputs = []
    for one in step.outputs:
        counted: dict[str, OutputDatasetFacet] = {}
        if one.rows is not None:
            statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=one.rows, producer=PRODUCER
            )
            counted["outputStatistics"] = statistics
        outputs.append(OutputDataset("file", f"{root}/{one.name}", counted, facets=_facets(one)))
    event = _event("COMPLETE" if step.error is None else "FAIL", step.ended, run, job)
    event.inputs, event.outputs = inputs, outputs
    yield event


def _facets(dataset: Dataset) -> dict[str, DatasetFacet]:
    from openlineage.client.facet_v2 import dataset_version_dataset, schema_dataset

    facets: dict[str, DatasetFacet] = {}
    if dataset.columns:
        fields = [schema_dataset.SchemaDatasetFacetFields(name, kind, text) for name, kind, text in dataset.columns]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)
    if dataset.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(dataset.version), producer=PRODUCER)
    return facets


def _event(state: str, moment: float, run: Run, job: Job) -> RunEvent:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.generated.base import EventType

    when = datetime.fromtimestamp(moment, UTC).isoformat()
    return RunEvent(eventTime=when, producer=PRODUCER, run=run, job=job, eventType=EventType(state))
