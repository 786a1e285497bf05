"""What a finished run of Dagster did, as OpenLineage events."""

from typing import TYPE_CHECKING, Any

from resources.lineage import Dataset, FinishedRun, FinishedStep, is_installed, send

if TYPE_CHECKING:
    from dagster import DagsterEvent, DagsterInstance, Definitions

    from resources.settings import Settings

VERSION, ROWS = "delta_version", "rows_out"


def report_lineage(
    instance: "DagsterInstance", definitions: "Definitions", settings: "Settings", run_id: str
) -> str | None:
    """Send a run's events to the address of the settings; what went wrong, if something did.

    A run does not fail because nobody receives its lineage.
    """
    address = settings.openlineage
    if address is None:
        return None
    if not is_installed():
        return "LACQUER_OPENLINEAGE is set, but the OpenLineage client is not installed: make quality"
    try:
        send(finished_run(instance, definitions, run_id), settings.lake, address)
    except OSError as error:
        return f"OpenLineage events of this run were not taken by {address}: {' '.join(str(error).split())[:200]}"
    return None


def finished_run(instance: "DagsterInstance", definitions: "Definitions", run_id: str) -> FinishedRun:
    """The run with its steps, read from the event log."""
    from dagster import DagsterEventType

    graph, run = definitions.resolve_asset_graph(), instance.get_run_by_id(run_id)
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    failed: dict[str, str] = {}
    made: dict[str, tuple[str, Dataset, list[str]]] = {}
    entries = instance.all_logs(run_id)
    for entry in entries:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        step = event.step_key
        match event.event_type:
            case DagsterEventType.STEP_START:
                began[step] = entry.timestamp
            case DagsterEventType.STEP_SUCCESS:
                ended[step] = entry.timestamp
            case DagsterEventType.STEP_FAILURE:
                ended[step], failed[step] = entry.timestamp, _cause(event)
            case DagsterEventType.ASSET_MATERIALIZATION:
                table, parents = _made(event, graph)
                made[table.name] = (step, table, parents)
    jobs = []
    for name, (step, table, parents) in made.items():
        known = [made[parent][1] if parent in made else Dataset(parent) for parent in parents]
        jobs.append(FinishedStep(name, began[step], ended.get(step, began[step]), tuple(known), (table,)))
    jobs += [FinishedStep(step, began[step], ended[step], error=error) for step, error in failed.items()]
    times = [entry.timestamp for entry in entries] or [0.0]
    succeeded = run is not None and run.is_success
    return FinishedRun(run_id, run.job_name if run else "main", min(times), max(times), succeeded, tuple(jobs))


def _cause(event: "DagsterEvent") -> str:
    """The message of the innermost error."""
    error = event.step_failure_data.error
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else "failed"


def _made(event: "DagsterEvent", graph: Any) -> tuple[Dataset, list[str]]:
    """The table of a materialization, and the names of those that it is made from."""
    key = event.step_materialization_data.materialization.asset_key
    metadata = event.step_materialization_data.materialization.metadata
    node = graph.get(key) if graph.has(key) else None
    declared = node.metadata.get("dagster/column_schema") if node else None
    schema = getattr(declared, "value", declared)
    columns = tuple((one.name, one.type, one.description or "") for one in schema.columns) if schema else ()
    version, rows = (_whole(metadata, name) for name in (VERSION, ROWS))
    parents = sorted("/".join(parent.path) for parent in node.parent_keys) if node else []
    return Dataset("/".join(key.path), columns, version, rows), parents


def _whole(metadata: Any, name: str) -> int | None:
    value = metadata[name].value if name in metadata else None
    return value if isinstance(value, int) else None
