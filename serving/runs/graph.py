"""A run of the asset graph as a command does it: with progress, on record, with its result table, or its causes."""

import datetime as dt
import logging
import os
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from serving.failures import fail

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from serving.runs.execution import Executed

log = logging.getLogger(__name__)


def run_graph(
    lake: "Lake",
    pack: str,
    began: float,
    *,
    tags: dict[str, str] | None = None,
    leave_out: tuple[str, ...] = (),
    only: Collection[str] | None = None,
    given: Mapping[str, Any] | None = None,
    job: str | None = None,
) -> None:
    """Run the main job on the lake, keep its record and show it; a failure ends the command with its causes.

    Args:
        lake: the lake.
        pack: the source pack that landed, or none.
        began: when the command began, on the monotonic clock.
        tags: further tags of the run.
        leave_out: assets that are not run, ``layer/name``.
        only: the assets that are run; None for every other one.
        given: settings in the place of the installation's.
        job: another job than the main one.
    """
    from rich.console import Console

    from lake.journals.runs import record_run
    from lake.maintenance import tidy_pins
    from serving.runs.execution import LAKE_TAG
    from serving.runs.results import summarise
    from serving.runs.summary import show

    started_at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=time.monotonic() - began)
    done = _execute(lake, {"lacquer/pack": pack, LAKE_TAG: str(lake.root), **(tags or {})}, leave_out, only, given, job)
    lake.session(done.run_id).close()
    tidy_pins(lake)
    done.warnings += unread_files(lake)
    seconds = time.monotonic() - began
    summary = summarise(lake, done, pack, seconds)
    status = "success" if done.success else "failure"
    record_run(lake, done.run_id, pack, started_at, seconds, status, summary.as_document())
    show(summary, Console())
    for warning in done.warnings:
        print(f"warning: {warning}")
    if not done.success:
        fail("\n       ".join([*_causes(lake, done.failures), f"{done.seen}; mend the cause and run it again"]))


def _causes(lake: "Lake", failures: list[str]) -> list[str]:
    """Why the run failed; where a table cannot be read, its name and the command that makes it again."""
    from lake.repair.damage import examine, summary
    from serving.native import in_words, looks_damaged

    if looks_damaged(failures) and (damages := examine(lake).damages):
        return [*summary(damages), f"lacquer repair --lake {lake.root} makes damaged tables again"]
    return [in_words(one) for one in failures]


def unread_files(lake: "Lake") -> list[str]:
    """What lies in the lake's landing folder and no stream reads."""
    from lake.ingest.landing.listing import unread
    from serving.queries.status import STREAMS

    return unread(lake.root / "landing", tuple(STREAMS))


def _execute(
    lake: "Lake",
    tags: dict[str, str],
    leave_out: tuple[str, ...],
    only: Collection[str] | None,
    given: Mapping[str, Any] | None,
    job: str | None,
) -> "Executed":
    from rich.console import Console

    from serving.failures import explained
    from serving.options import current_settings
    from serving.runs.execution import dagster_instance, execute
    from serving.runs.progress import progress_on
    from serving.runs.traced import TracedProgress
    from serving.telemetry.logs import bound, log_as_json
    from serving.telemetry.tracing import Tracing

    settings = current_settings(lake=lake.root, **(given or {}))
    if settings.log_format == "json":
        log_as_json()
    pack, began = tags["lacquer/pack"], time.monotonic()
    carrier = {"traceparent": os.environ.get("TRACEPARENT", "")}
    with explained(ValueError):
        made = Tracing(settings.telemetry_endpoint, "lacquer-run")
    with (
        made as tracing,
        tracing.span("run", {"lacquer.pack": pack}, carrier=carrier) as span,
        TracedProgress(progress_on(Console(stderr=True)), tracing, span) as progress,
        dagster_instance() as instance,
    ):
        done = execute(instance, settings, progress, tags=tags, leave_out=leave_out, only=only, job=job)
        span.set("lacquer.run_id", done.run_id)
        if not done.success:
            span.fail()
        with bound(run_id=done.run_id, trace_id=span.trace_id):
            status = "success" if done.success else "failure"
            about = {"pack": pack, "status": status, "seconds": round(time.monotonic() - began, 1)}
            log.info("run", extra=about)
    return done
