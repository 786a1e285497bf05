"""Messages that wait in Kafka's topics start the main job, which reads them by the same code as `lacquer ingest`."""

from functools import partial
from hashlib import sha256

from dagster import DefaultSensorStatus, RunRequest, RunsFilter, SensorEvaluationContext, SkipReason, sensor

from assets.jobs import MAIN, MAIN_WITH_AUDIO, SIGNALS_JOB
from assets.partial import SIGNALS, written_by_whole_run
from resources.lake import LakeParam, LakeResource
from resources.streams.connecting import UNSET, Streams
from resources.streams.parameter import StreamsParam
from sensors.landing import UNFINISHED


def waiting_messages(lake: LakeResource, streams: Streams) -> dict[str, dict[str, int]]:
    """By stream with messages that the published bronze lacks, where each of its partitions ends."""
    from assets.bronze.streaming import table_of
    from lake.ingest.streams.positions import positions

    store = lake.lake()
    published, found = store.published(), {}
    for stream in sorted(streams.topics):
        table = store.table(table_of(stream)[0])
        snapshot = table.shared(published[table.name]) if table.name in published else None
        reader = streams.open(stream, partial(positions, snapshot) if snapshot else lambda partitions: {})
        try:
            if reader.lag():
                found[stream] = {f"{topic}/{number}": end for (topic, number), end in reader.ends().items()}
        finally:
            reader.close()
    return found


@sensor(
    jobs=[MAIN, SIGNALS_JOB],
    minimum_interval_seconds=15,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts the main job when messages wait in the topics of LACQUER_KAFKA_*, the job of signals when only "
    "these wait, also beside a main job; nothing unless topics are set. "
    "Beside `lacquer ingest --follow` it starts what follows from bronze, and neither takes a message twice.",
)
def streams_sensor(context: SensorEvaluationContext, lake: LakeParam, streams: StreamsParam) -> RunRequest | SkipReason:
    """Ask for one run per state of the topics."""
    if not streams.topics:
        return SkipReason(UNSET)
    if missing := streams.missing(next(iter(streams.topics))):
        return SkipReason(missing)
    from lake.ingest.streams.positions import StreamGapError
    from resources.streams.reader import BrokersUnreachableError

    try:
        waiting = waiting_messages(lake, streams)
    except (BrokersUnreachableError, StreamGapError, ValueError) as error:
        return SkipReason(str(error))
    if not waiting:
        return SkipReason("no messages wait")
    key = sha256(repr(waiting).encode()).hexdigest()
    if key == context.cursor:
        return SkipReason("nothing has come since the last run was asked for")
    chosen = MAIN if set(waiting) - {"signals"} else SIGNALS_JOB
    for job in (MAIN, MAIN_WITH_AUDIO) if chosen is MAIN else (SIGNALS_JOB,):
        if context.instance.get_runs(RunsFilter(job_name=job.name, statuses=UNFINISHED), limit=1):
            return SkipReason("messages wait for the run that is under way")
    if chosen is SIGNALS_JOB and (run_id := written_by_whole_run(context.instance, lake.lake(), SIGNALS)):
        return SkipReason(f"signals wait for run {run_id}, which has written what follows from them")
    context.update_cursor(key)
    return RunRequest(run_key=key, job_name=chosen.name, tags={"lacquer/streams": ", ".join(waiting)})
