"""Running the asset graph in this process, and telling what happens as it happens.

The run is stored in the one Dagster instance (DAGSTER_HOME), so that the UI shows it like any other.
"""

import logging
import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.runs.lineage import report_lineage
from serving.runs.progress import Progress
from serving.runs.summary import StepTime, TableCount

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dagster import AssetKey, DagsterEvent, DagsterInstance, EventLogEntry, JobDefinition

    from resources.settings import Settings

PROCESS_TAG = "lacquer/process"
LAKE_TAG = "lacquer/lake"


@dataclass
class Executed:
    """What a run did: whether it ended well, how long its steps took, what it counted, what went wrong."""

    run_id: str
    success: bool = False
    steps: list[StepTime] = field(default_factory=list)
    counts: list[TableCount] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """What readers have seen of the run."""
        published = any(step.step == "lake/published" for step in self.steps)
        return "its tables were published" if published else "nothing of this run was published"


@contextmanager
def dagster_instance() -> Iterator["DagsterInstance"]:
    """The instance of DAGSTER_HOME, made when it is not there yet; by one command at a time, or they trip up."""
    from dagster import DagsterInstance

    from lake.delta.storage import locked
    from resources.settings import PROJECT_ROOT
    from resources.tenants import chosen_tenant

    tenant = chosen_tenant()
    if tenant is not None:  # whatever the environment says: runs and partitions of tenants never meet
        os.environ["DAGSTER_HOME"] = str(tenant.dagster_home)
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT / ".dagster")))
    home.mkdir(parents=True, exist_ok=True)
    with locked(home / ".making.lock"):
        if not (home / "dagster.yaml").exists():
            (home / "dagster.yaml").symlink_to(PROJECT_ROOT / "dagster.yaml")
        made = DagsterInstance.get()
    with made as instance:
        end_orphans(instance)
        yield instance


def end_orphans(instance: "DagsterInstance") -> None:
    """Mark runs as failed that this command began in a process which is gone, and give their pins back."""
    from dagster import DagsterRunStatus, RunsFilter

    from lake.lakehouse import Lake

    open_runs = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING]))
    for run in open_runs:
        process = run.tags.get(PROCESS_TAG)
        if process and not is_alive(process):
            instance.report_run_failed(run, f"the process {process} that ran it is gone")
            root = run.tags.get(LAKE_TAG)
            if root and Path(root).is_dir():
                Lake(root).session(run.run_id).close()


def this_process() -> str:
    """This process, by number and start time, so that a number used again is not taken for it."""
    return f"{os.getpid()}:{_start_time(os.getpid())}"


def _start_time(pid: int) -> str:
    stat = Path(f"/proc/{pid}/stat")
    return stat.read_text().rsplit(")", 1)[1].split()[19] if stat.exists() else ""


def is_alive(process: str) -> bool:
    """Whether a process that `this_process` named still runs."""
    pid, _, started = process.partition(":")
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _start_time(int(pid)) == started


def execute(
    instance: "DagsterInstance",
    settings: "Settings",
    progress: Progress,
    *,
    tags: dict[str, str],
    leave_out: tuple[str, ...] = (),
    only: Collection[str] | None = None,
    run_config: dict[str, Any] | None = None,
    job: str | None = None,
) -> Executed:
    """Run a job once, the main one by default, with the audio inbox where one is set.

    Of its assets run those in ``only``, where it is given, without those in ``leave_out``.
    """
    from definitions import build_definitions

    definitions = build_definitions(settings)
    chosen = definitions.resolve_job_def(job or ("main_with_audio" if settings.inbox else "main"))
    named = {"/".join(key.path): key for key in chosen.asset_layer.executable_asset_keys}
    wanted = {key for name, key in named.items() if name not in leave_out and (only is None or name in only)}
    done = Executed(run_id=str(uuid.uuid4()))
    instance.add_event_listener(done.run_id, lambda entry: _tell(entry, done, progress))
    result = part_of(chosen, wanted).execute_in_process(
        instance=instance,
        run_id=done.run_id,
        raise_on_error=False,
        tags={PROCESS_TAG: this_process(), **tags},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **(run_config or {})},
    )
    done.success = result.success
    if problem := report_lineage(instance, definitions, settings, done.run_id):
        done.warnings.append(problem)
    return done


def part_of(job: "JobDefinition", wanted: "AbstractSet[AssetKey]") -> "JobDefinition":
    """The job for some of its assets, with those of their checks that are the job's.

    Asked for by assets alone, Dagster would add every check of theirs, those too that this job leaves to another.
    """
    checks = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key in wanted}
    return job.get_subset(asset_selection=wanted, asset_check_selection=checks)


def _tell(entry: "EventLogEntry", done: Executed, progress: Progress) -> None:
    from dagster import DagsterEventType

    event = entry.dagster_event
    if event is None:
        if entry.level == logging.WARNING:  # what a step found worth saying, of data that nobody would miss
            done.warnings.append(entry.user_message)
        return
    step = (event.step_key or "").replace("__", "/", 1)
    match event.event_type:
        case DagsterEventType.STEP_START:
            progress.started(step)
        case DagsterEventType.ASSET_MATERIALIZATION:
            _count(event, done)
            _advance(event, step, progress)
        case DagsterEventType.ASSET_CHECK_EVALUATION:
            _judge(event, done)
        case DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            done.steps.append(StepTime(step, seconds))
            progress.finished(step, seconds)
        case DagsterEventType.STEP_FAILURE:
            error, message = _cause(event)
            progress.failed(step, message)
            if error != "DagsterAssetCheckFailedError":  # the check itself has said what is wrong
                done.failures.append(f"{step}: {message}")


def _advance(event: "DagsterEvent", step: str, progress: Progress) -> None:
    """Show how far a step is that tells of its partitions as they are done."""
    metadata = event.step_materialization_data.materialization.metadata
    if "songs_done" in metadata:
        progress.advanced(step, "songs", int(str(metadata["songs_done"].value)), int(str(metadata["songs"].value)))


def _cause(event: "DagsterEvent") -> tuple[str, str]:
    """The innermost error of a failed step: its class, and its message in one line without it."""
    from serving.native import in_one_line

    error = event.step_failure_data.error
    while error and error.cause:
        error = error.cause
    if error is None:
        return "", "failed"
    text = in_one_line(error.message)
    name, _, message = text.partition(": ")
    is_class = name.replace(".", "").replace("_", "").isalnum() and name.endswith(("Error", "Exception"))
    return name.rsplit(".", 1)[-1], message if is_class and message else text


def _judge(event: "DagsterEvent", done: Executed) -> None:
    from dagster import AssetCheckSeverity

    found = event.asset_check_evaluation_data
    if found.passed:
        return
    is_error = found.severity == AssetCheckSeverity.ERROR
    if not found.description:  # one of dbt's tests: its step names it, with the rows that fail
        return
    words = f"{'/'.join(found.asset_key.path)}: check {found.check_name} failed: {found.description}"
    (done.failures if is_error else done.warnings).append(words)


def _count(event: "DagsterEvent", done: Executed) -> None:
    data = event.step_materialization_data.materialization
    values = {name: value.value for name, value in data.metadata.items() if isinstance(value.value, int)}
    if data.asset_key.path[0] not in ("bronze", "silver") or "rows_in" not in values:
        return
    done.counts.append(
        TableCount(
            table="/".join(data.asset_key.path),
            landed=values["rows_in"],
            applied=values["rows_out"],
            superseded=values.get("superseded", 0),
            duplicate=values.get("duplicates", 0),
            tied=values.get("tied", 0),
            deleted=values.get("deleted", 0),
            dead_letters=values.get("dead_letters", 0),
        )
    )
