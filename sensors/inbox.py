"""New files in the audio inbox start the audio job."""

import time
from hashlib import sha256
from typing import TYPE_CHECKING

from dagster import DefaultSensorStatus, RunRequest, RunsFilter, SensorEvaluationContext, SkipReason, sensor

from assets.jobs import AUDIO, MAIN_WITH_AUDIO
from resources.audio import AudioParam
from resources.lake import LakeParam
from sensors.landing import UNFINISHED

if TYPE_CHECKING:
    from pathlib import PurePath

    from lake.ingest.inbox.place import Inbox
    from lake.lakehouse import Lake


def state_of_inbox(store: "Lake", inbox: "Inbox") -> tuple[str, int, int]:
    """A fingerprint of what decides about hearing, how many files are at rest and unknown, how many wait.

    What lies in the inbox, sidecars and list included; what the PIM knows, while a file has no track; what is due.
    """
    from audio.analysis import VERSION
    from audio.files import is_audio
    from audio.linking import LIST, SIDECAR_ENDING
    from lake.ingest.inbox.audio_files import due_files, read_files
    from lake.ingest.inbox.registration import REST_S, known_as, known_contents, look

    def decides(path: "PurePath") -> bool:
        return is_audio(path) or path.suffix == SIDECAR_ENDING or path.name == LIST

    still = time.time() - REST_S
    found = [file for file in look(inbox, decides, rest_s=0.0).files.values() if file.modified_ns / 1e9 < still]
    stands = [known_as(file) for file in found]
    known, files = known_contents(store), read_files(store)
    new = [one for file, one in zip(found, stands, strict=True) if is_audio(file.path) and one not in known]
    due = [(row["file_id"], row["attempts"]) for row in due_files(files, VERSION)]
    waits = any(row["track_id"] is None and row["copies"] for row in files.values())
    tracks = store.published().get("silver/tracks") if waits else None
    return sha256(repr((stands, due, tracks, VERSION)).encode()).hexdigest(), len(new), len(due)


@sensor(
    job=AUDIO,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Starts the audio job when the audio inbox holds what was not heard. A copy that still grows is left "
    "for later, as is a name that begins with a dot or ends in .part; nothing unless LACQUER_INBOX is set.",
)
def inbox_sensor(context: SensorEvaluationContext, lake: LakeParam, audio: AudioParam) -> RunRequest | SkipReason:
    """Ask for one run per state of the inbox."""
    if (wanting := audio.wanting()) is not None or audio.inbox is None:
        return SkipReason(wanting)
    from lake.ingest.inbox.place import InboxUnreachableError

    try:
        state, new, due = state_of_inbox(lake.lake(), audio.open(lake.lake()))
    except InboxUnreachableError as error:
        return SkipReason(str(error))
    if state == context.cursor:
        return SkipReason("nothing has changed in the inbox since the last run was asked for")
    for job in (AUDIO, MAIN_WITH_AUDIO):
        if context.instance.get_runs(RunsFilter(job_name=job.name, statuses=UNFINISHED), limit=1):
            return SkipReason("the inbox has changed; the run that is under way comes first")
    context.update_cursor(state)
    if not new and not due and not _may_link(lake.lake()):
        return SkipReason("all that lies in the inbox was heard")
    return RunRequest(tags={"lacquer/new_files": str(new), "lacquer/due_files": str(due)})


def _may_link(store: "Lake") -> bool:
    """Whether a file without a track waits for one."""
    from lake.ingest.inbox.audio_files import read_files

    return any(row["track_id"] is None and row["copies"] for row in read_files(store).values())
