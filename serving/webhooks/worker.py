"""What follows from a webhook: the object is read, landed, and brought through the graph to the write-back.

One batch at a time; what comes meanwhile is the next one. Beside a whole run only the catalogue is published; forecasts
wait for that run, since two would write over each other's. A batch that fails is tried again, later and
later; it is on record until it is done, so that a killed server goes on where it was.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lake.journals.webhooks import DONE, FAILED, Webhook, note, unfinished

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions

    from lake.lakehouse import Lake
    from resources.pim.pulling import PimClass, PimObjects

FIRST_PAUSE_S, LONGEST_PAUSE_S, LOOK_S = 5.0, 300.0, 1.0
MOST_AT_ONCE = 500
CLASS_OF_FORECASTS = "Release"
FORECAST = ("gold/forecast_models", "gold/forecasts", "gold/writebacks", "gold/writeback_conflicts")


class BatchFailedError(RuntimeError):
    """The run for a batch did not end well."""


class Worker:
    """Takes batches of webhooks and brings them through, in a thread of its own."""

    def __init__(
        self,
        lake: "Lake",
        source: "PimObjects",
        classes: Sequence["PimClass"],
        tables: dict[str, list[str]],
        definitions: "Definitions",
        instance: "DagsterInstance",
        say: Callable[[str], None],
    ) -> None:
        self._lake, self._source, self._instance, self._say = lake, source, instance, say
        self._classes = {one.name: one for one in classes}
        self._tables = tables
        self._job = definitions.resolve_job_def("main")
        self._waiting: list[Webhook] = []
        self._wake, self._ended, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier server left undone."""
        left = unfinished(self._lake)
        if left:
            self._say(f"{len(left)} webhooks of an earlier server are not done yet")
        self.take(left)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch that is under way."""
        self._ended.set()
        self._wake.set()
        self._thread.join()

    def take(self, hooks: Sequence[Webhook]) -> None:
        """Add webhooks that are on record."""
        if hooks:
            with self._lock:
                self._waiting += hooks
            self._wake.set()

    def _work(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            self._wake.wait()
            self._wake.clear()
            while not self._ended.is_set() and (batch := self._next()):
                try:
                    self._bring_through(batch)
                    pause = FIRST_PAUSE_S
                except Exception as error:  # whatever it was, the batch is tried again
                    said = " ".join(str(error).split())
                    self._say(f"{len(batch)} webhooks failed and are tried again in {pause:.0f} s: {said}")
                    with self._lock:
                        self._waiting = [*batch, *self._waiting]
                    self._put_on_record(batch, said)
                    self._ended.wait(pause)
                    pause = min(LONGEST_PAUSE_S, pause * 2)
            if self._ended.is_set():
                return

    def _put_on_record(self, batch: list[Webhook], said: str) -> None:
        try:
            note(self._lake, batch, FAILED, said[:2000])
        except Exception as error:  # the record of a failure must not end the thread; the log has it
            self._say(f"the failure could not be put on record: {error}")

    def _next(self) -> list[Webhook]:
        with self._lock:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        return batch

    def _bring_through(self, batch: list[Webhook]) -> None:
        began = time.monotonic()
        concerned = sorted({hook.classname for hook in batch})
        releases: set[str] = set()
        for name in concerned:
            ids = sorted({hook.object_id for hook in batch if hook.classname == name})
            found = self._source.land(self._classes[name], ids)
            if name == CLASS_OF_FORECASTS:
                releases |= set(found.keys)
        if releases and self._is_whole_run_under_way():
            # The catalogue is published at once; a forecast would write over those of the whole run.
            self._run(concerned, set())
            self._await_whole_run()
        self._run(concerned, releases)
        note(self._lake, batch, DONE)
        self._say(f"{len(batch)} webhooks ({', '.join(concerned)}) brought through in {time.monotonic() - began:.1f} s")

    def _is_whole_run_under_way(self) -> bool:
        from dagster import RunsFilter

        from assets.asked_releases import RELEASES_TAG
        from resources.lake import PUBLISHES_TAG
        from sensors.landing import UNFINISHED

        jobs = ("main", "main_with_audio")
        under_way = [
            run for name in jobs for run in self._instance.get_runs(RunsFilter(job_name=name, statuses=UNFINISHED))
        ]
        return not all({RELEASES_TAG, PUBLISHES_TAG} & run.tags.keys() for run in under_way)

    def _await_whole_run(self) -> None:
        self._say("the forecast waits for the run that is under way")
        while not self._ended.is_set() and self._is_whole_run_under_way():
            self._ended.wait(LOOK_S)

    def _run(self, classes: list[str], releases: set[str]) -> None:
        from dagster import AssetKey

        from assets.asked_releases import tags_for_releases
        from assets.partial import tags_for_set
        from serving.runs.execution import LAKE_TAG, PROCESS_TAG, part_of, this_process

        silver = [table for name in classes for table in self._tables[name]]
        names = ["bronze/pim_objects", *silver, "lake/published", *(FORECAST if releases else ())]
        run_id = str(uuid.uuid4())
        what = tags_for_releases(releases) if releases else tags_for_set({"bronze/pim_objects", *silver})
        try:
            part = part_of(self._job, {AssetKey(name.split("/")) for name in names})
            done = part.execute_in_process(
                instance=self._instance,
                run_id=run_id,
                raise_on_error=False,
                tags={PROCESS_TAG: this_process(), LAKE_TAG: str(self._lake.root), **what},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        finally:
            self._lake.session(run_id).close()
        if not done.success:
            failed = [event.step_key for event in done.all_events if event.is_step_failure]
            said = f"run {run_id} failed at {', '.join(map(str, failed))}; its page in Dagster says why"
            raise BatchFailedError(said)
